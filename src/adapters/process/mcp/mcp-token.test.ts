import { assert, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { carriesToken, createMcpToken } from './mcp-token.ts';

const make = () => createMcpToken({ agentId: 'backend-1', taskId: 'task-1', at: 1_795_795_800_123 });

it('[DP-090] [X-26] says whose token it is, and is as random as a key', () => {
  const { value, secret } = make();
  expect(value).toBe(`agent-backend-1-task-1-1795795800.${secret}`);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(make().secret).not.toBe(secret);
});

it('takes the token behind `Bearer` and nothing else', () => {
  const { value, secret } = make();
  expect(carriesToken(`Bearer ${value}`, value)).toBe(true);
  expect(carriesToken(`bearer ${value}`, value)).toBe(true);
  for (const header of [
    undefined,
    '',
    value,
    'Bearer ',
    `Bearer ${secret}`,
    `Bearer ${value} `,
    `Basic ${value}`,
  ]) {
    expect(carriesToken(header, value)).toBe(false);
  }
  expect(carriesToken(`Bearer ${make().value}`, value)).toBe(false);
  assert(
    property(string(), (text) => {
      expect(carriesToken(`Bearer ${text}`, value)).toBe(text === value);
    }),
  );
});
