import { assert, constantFrom, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_BODY, refusalOf, type Asked } from './admission.ts';

const PORT = 4711;
const good: Asked = {
  method: 'POST',
  target: '/mcp',
  host: `127.0.0.1:${PORT}`,
  origin: undefined,
  length: 100,
  carriesToken: true,
};
const status = (change: Partial<Asked>) => refusalOf({ ...good, ...change }, PORT)?.status ?? 200;

it('[P3-054] answers POST /mcp with the token, and nothing else', () => {
  expect(status({})).toBe(200);
  expect(status({ host: `localhost:${PORT}`, length: null, target: '/mcp?x=1' })).toBe(200);
  expect(status({ target: '/' })).toBe(404);
  expect(status({ target: '/mcp/' })).toBe(404);
  expect(status({ target: '/.well-known/oauth-protected-resource' })).toBe(404);
  expect(status({ method: 'GET' })).toBe(405);
  expect(status({ method: 'DELETE' })).toBe(405);
  expect(status({ carriesToken: false })).toBe(401);
  expect(status({ length: MAX_BODY })).toBe(200);
  expect(status({ length: MAX_BODY + 1 })).toBe(413);
});

it('is closed to web pages, also to one whose name leads to this machine', () => {
  expect(status({ host: undefined })).toBe(403);
  expect(status({ host: '127.0.0.1' })).toBe(403);
  expect(status({ host: 'evil.example' })).toBe(403);
  expect(status({ host: `evil.example:${PORT}` })).toBe(403);
  expect(status({ origin: 'null' })).toBe(403);
  expect(status({ origin: 'http://localhost:3000' })).toBe(403);
  expect(status({ origin: `http://localhost:${PORT}` })).toBe(200);
});

it('answers nobody without the token, whatever else is asked', () => {
  const method = constantFrom('POST', 'GET', 'OPTIONS', 'PUT');
  const target = constantFrom('/mcp', '/', '/mcp?token=1');
  assert(
    property(method, target, string(), (asked, path, host) => {
      const from = host === '' ? good.host : host;
      expect(
        refusalOf({ ...good, method: asked, target: path, host: from, carriesToken: false }, PORT),
      ).not.toBe(null);
    }),
  );
});
