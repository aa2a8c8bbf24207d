import { assert, string, property } from 'fast-check';
import { expect, it } from 'vitest';
import { readExecute } from './execute-call.ts';

it('[SI-007] reads the call of the design as the tool that it means', () => {
  expect(readExecute('{"tool":"browser","action":"navigate","url":"https://example.com"}')).toEqual({
    ok: true,
    value: { name: 'browser_navigate', arguments: { url: 'https://example.com' } },
  });
  expect(readExecute('{"tool":"get","key":"a"}')).toEqual({
    ok: true,
    value: { name: 'get', arguments: { key: 'a' } },
  });
});

it.each([
  ['', 'no JSON'],
  ['[]', 'The body takes'],
  ['{}', 'tool is missing'],
  ['{"tool":"a b"}', 'tool is "a b"'],
  ['{"tool":"a","action":7}', 'action is 7'],
])('refuses %s', (body, message) => {
  expect(readExecute(body)).toMatchObject({ ok: false, error: expect.stringContaining(message) });
});

it('takes any text without a throw', () => {
  assert(property(string(), (text) => void readExecute(text)));
});
