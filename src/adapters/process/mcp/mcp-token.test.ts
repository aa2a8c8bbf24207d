import { assert, constantFrom, integer, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { createMcpTokens } from './mcp-token.ts';

const AT = 1_795_795_800_123;
const claims = {
  agentId: 'backend-1',
  taskId: 'task-1',
  audience: 'playwright',
  at: AT,
  expiresAt: AT + 60_000,
};

it('[DP-090] [X-26] says whose token it is, for what and until when, and is as random as a key', () => {
  const { value, secret } = createMcpTokens().issue(claims);
  expect(value).toBe(`agent-backend-1-task-1-1795795800.playwright.1795795860.${secret}`);
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(createMcpTokens().issue(claims).secret).not.toBe(secret);
});

it('[DP-090] takes the token behind `Bearer`, for its server, until it expires', () => {
  const tokens = createMcpTokens();
  const { value, secret } = tokens.issue(claims);
  const check = (header: string | undefined, audience = 'playwright', now = AT) =>
    tokens.check(header, audience, now);
  expect(check(`Bearer ${value}`)).toBe('good');
  expect(check(`bearer ${value}`, 'playwright', AT + 59_000)).toBe('good');
  expect(check(`Bearer ${value}`, 'playwright', AT + 60_000)).toBe('expired');
  expect(check(`Bearer ${value}`, 'cfn')).toBe('other-server');
  expect([check(undefined), check('')]).toEqual(['missing', 'missing']);
  for (const header of [value, 'Bearer ', `Bearer ${secret}`, `Bearer ${value} `, `Basic ${value}`]) {
    expect(check(header)).toBe('bad');
  }
  expect(check(`Bearer ${createMcpTokens().issue(claims).value}`)).toBe('bad');
});

it('[X-26] no character of a token can be another one', () => {
  const tokens = createMcpTokens();
  const { value } = tokens.issue(claims);
  assert(
    property(
      integer({ min: 0, max: value.length - 1 }),
      constantFrom('A', 'B', 'a', 'b', '0', '9', '-', '_', '.'),
      (at, by) => {
        const changed = `${value.slice(0, at)}${by}${value.slice(at + 1)}`;
        const verdict = tokens.check(`Bearer ${changed}`, 'playwright', AT);
        expect(verdict).toBe(changed === value ? 'good' : 'bad');
      },
    ),
  );
  assert(
    property(string(), (text) => {
      expect(tokens.check(`Bearer ${text}`, 'playwright', AT)).toBe(text === value ? 'good' : 'bad');
      expect(tokens.check(`Bearer ${value}${text}`, 'playwright', AT)).toBe(text === '' ? 'good' : 'bad');
    }),
  );
});
