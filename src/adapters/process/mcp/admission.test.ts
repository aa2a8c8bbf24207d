import { assert, constantFrom, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { admissionOf, MAX_BODY, resourceMetadata, type Asked } from './admission.ts';
import { createMcpTokens, type TokenVerdict } from './mcp-token.ts';

const PORT = 4711;
const address = {
  hosts: [`127.0.0.1:${PORT}`, `localhost:${PORT}`],
  servers: new Set(['playwright', 'redis-tools']),
};
const good: Asked = {
  method: 'POST',
  target: '/mcp',
  host: `127.0.0.1:${PORT}`,
  origin: undefined,
  length: 100,
  token: () => 'good',
};
const admission = (change: Partial<Asked>) => admissionOf({ ...good, ...change }, address);
const status = (change: Partial<Asked>) => {
  const found = admission(change);
  return found.kind === 'refused' ? found.status : 200;
};
const worth = (verdict: TokenVerdict) => ({ token: () => verdict });

it('[P3-054] answers POST /mcp with the token, and nothing else of its own', () => {
  expect(status({})).toBe(200);
  expect(status({ host: `localhost:${PORT}`, length: null, target: '/mcp?x=1' })).toBe(200);
  expect(status({ target: '/' })).toBe(404);
  expect(status({ target: '/mcp/' })).toBe(404);
  expect(status({ target: '/.well-known/oauth-protected-resource' })).toBe(404);
  expect(status({ method: 'GET' })).toBe(405);
  expect(status({ method: 'DELETE' })).toBe(405);
  expect(status(worth('missing'))).toBe(401);
  expect(status({ length: MAX_BODY })).toBe(200);
  expect(status({ length: MAX_BODY + 1 })).toBe(413);
});

it('[DP-091] [SI-007] leads to the servers that the agent sees, and to no other', () => {
  const place = (target: string, method = 'POST') => {
    const found = admission({ target, method });
    return found.kind === 'admitted' ? found.place : found.status;
  };
  expect(place('/servers/playwright/mcp')).toEqual({ audience: 'playwright', call: 'mcp' });
  expect(place('/servers/redis-tools/execute')).toEqual({ audience: 'redis-tools', call: 'execute' });
  expect(place('/servers/n8n/mcp')).toBe(404);
  expect(place('/servers/playwright')).toBe(404);
  expect(place('/servers/../mcp')).toBe(404);
  expect(place('/servers/playwright/mcp', 'GET')).toBe(405);
  const metadata = '/.well-known/oauth-protected-resource/servers/playwright/mcp';
  expect(place(metadata)).toBe(405);
  expect(place(metadata, 'GET')).toEqual({ audience: 'playwright', call: 'metadata' });
  expect(place('/.well-known/oauth-protected-resource/servers/n8n/mcp', 'GET')).toBe(404);
});

it('[X-26] says 401 to what is no token and 403 to one for another server, with a challenge that tells more', () => {
  const at = { target: '/servers/playwright/mcp' };
  const challenge = (verdict: TokenVerdict, target = at.target) => {
    const found = admission({ target, ...worth(verdict) });
    return found.kind === 'refused' ? [found.status, found.headers['www-authenticate']] : found.kind;
  };
  const more = `resource_metadata="http://127.0.0.1:${PORT}/.well-known/oauth-protected-resource/servers/playwright/mcp", scope="mcp:playwright"`;
  expect(challenge('missing')).toEqual([401, `Bearer ${more}`]);
  expect(challenge('bad')).toEqual([
    401,
    `Bearer error="invalid_token", error_description="The token is none of this agent.", ${more}`,
  ]);
  expect(challenge('expired')).toEqual([
    401,
    `Bearer error="invalid_token", error_description="The token has expired.", ${more}`,
  ]);
  expect(challenge('other-server')).toEqual([
    403,
    `Bearer error="insufficient_scope", error_description="The token is for another server.", ${more}`,
  ]);
  expect(challenge('missing', '/mcp')).toEqual([401, 'Bearer']);
  expect(resourceMetadata(`http://127.0.0.1:${PORT}`, 'playwright')).toEqual({
    resource: `http://127.0.0.1:${PORT}/servers/playwright/mcp`,
    resource_name: 'playwright',
    scopes_supported: ['mcp:playwright'],
    bearer_methods_supported: ['header'],
  });
});

it('a token opens the server that it was made for alone', () => {
  const tokens = createMcpTokens();
  const ids = ['cfn', 'playwright', 'redis-tools'];
  const paths = ['/mcp', '/servers/playwright/mcp', '/servers/redis-tools/mcp'];
  const statuses = ids.map((audience) => {
    const claims = { agentId: 'a', taskId: 't', audience, at: 0, expiresAt: 9e12 };
    const header = `Bearer ${tokens.issue(claims).value}`;
    return paths.map((target) => status({ target, token: (asked) => tokens.check(header, asked, 1) }));
  });
  expect(statuses).toEqual([
    [200, 403, 403],
    [403, 200, 403],
    [403, 403, 200],
  ]);
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
  const target = constantFrom('/mcp', '/', '/mcp?token=1', '/servers/playwright/execute');
  const verdict = constantFrom<TokenVerdict>('missing', 'bad', 'expired', 'other-server');
  assert(
    property(method, target, string(), verdict, (asked, path, host, found) => {
      const from = host === '' ? good.host : host;
      expect(status({ method: asked, target: path, host: from, ...worth(found) })).not.toBe(200);
    }),
  );
});
