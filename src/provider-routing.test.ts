import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from './base/logger.ts';
import { createProviderKeys, createProviderRouting } from './provider-routing.ts';

const KEY = 'not-a-real-key-0123456789';
const TODAY = new Date().toISOString().slice(0, 10);

let folder: string;
let server: Server;
let url: string;
let seen: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
let answer: { status: number; headers?: Record<string, string>; body: string };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-routing-'));
  seen = [];
  answer = { status: 200, body: JSON.stringify({ data: [{ id: 'm-1' }, { id: 'm-2' }] }) };
  server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', headers: request.headers });
    if (answer.status === 0) return;
    response.writeHead(answer.status, answer.headers ?? {}).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const routesFile = () => join(folder, 'cfn', 'routes.json');

async function routing(env: Record<string, string> = {}, kept: Record<string, string> = {}, auth = 'bearer') {
  const local = {
    preset: 'claude',
    model: 'm-1',
    baseUrl: url,
    keyVariable: 'LOCAL_API_KEY',
    modelsUrl: `${url}/v1/models`,
    auth,
  };
  await mkdir(join(folder, 'cfn'), { recursive: true });
  await writeFile(routesFile(), JSON.stringify({ version: 1, routes: { local } }));
  const given = options(env, kept);
  return createProviderRouting(given, createProviderKeys(given).keyOf);
}

const options = (env: Record<string, string>, kept: Record<string, string>) => ({
  logger: silentLogger,
  env: { XDG_CONFIG_HOME: folder, ...env },
  programs: folder,
  providerKey: (variable: string) => Promise.resolve(kept[variable] ?? null),
});

const probeLocal = async (signal = new AbortController().signal, ...given: Parameters<typeof routing>) => {
  const probed = await (await routing(...given)).probe(signal);
  if (!probed.ok) throw new Error(probed.error);
  return probed.value.find(({ provider }) => provider === 'local');
};

describe('[X-21] the providers of a person', () => {
  it('say whether their keys are there, and never what they are', async () => {
    const standings = await (await routing({ ZAI_API_KEY: KEY }, { LOCAL_API_KEY: KEY })).standings();
    if (!standings.ok) throw new Error(standings.error);
    const has = Object.fromEntries(standings.value.map(({ provider, hasKey }) => [provider, hasKey]));
    expect(has).toMatchObject({ zai: true, local: true, kimi: false, max: null });
    expect(JSON.stringify(standings)).not.toContain(KEY);
    expect(seen).toEqual([]);
  });

  it('are asked with their own key, and the day is written down', async () => {
    const before = new AbortController().signal;
    expect(await probeLocal(before, { LOCAL_API_KEY: KEY })).toMatchObject({
      status: 'there',
      lastVerified: TODAY,
      message: 'local has the model m-1.',
    });
    expect(seen).toMatchObject([{ path: '/v1/models', headers: { authorization: `Bearer ${KEY}` } }]);
    const kept = await readFile(routesFile(), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({
      routes: { local: { model: 'm-1', baseUrl: url, lastVerified: { model: 'm-1', day: TODAY } } },
    });
    expect(kept).not.toContain(KEY);
  });

  it('are asked as each of them wants it', async () => {
    const { signal } = new AbortController();
    await probeLocal(signal, { LOCAL_API_KEY: KEY }, {}, 'x-api-key');
    answer = { status: 200, body: JSON.stringify({ models: [{ name: 'models/m-1' }] }) };
    expect(await probeLocal(signal, { LOCAL_API_KEY: KEY }, {}, 'x-goog-api-key')).toMatchObject({
      status: 'there',
    });
    expect(seen).toMatchObject([
      { headers: { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' } },
      { headers: { 'x-goog-api-key': KEY } },
    ]);
  });

  it('that have not the model say so, and nothing is written down', async () => {
    answer = { status: 200, body: JSON.stringify({ data: [{ id: 'm-3' }] }) };
    expect(await probeLocal(undefined, { LOCAL_API_KEY: KEY })).toMatchObject({
      status: 'absent',
      lastVerified: null,
      message: 'local has no model m-1; it lists 1 others.',
    });
    expect(await readFile(routesFile(), 'utf8')).not.toContain('lastVerified');
  });

  it.each([
    [{ status: 401, body: KEY }, 'local: It refuses the key (HTTP 401).'],
    [{ status: 500, body: '' }, 'local: It answered HTTP 500.'],
    [{ status: 200, body: '<html>' }, 'local: It could not be asked (its answer is no JSON).'],
    [{ status: 200, body: '{}' }, 'local: Its answer is no list of models.'],
    [
      { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      'local: It could not be asked (the request failed).',
    ],
  ])('that answer %j are told of without a word of theirs', async (given, message) => {
    answer = given;
    expect(await probeLocal(undefined, { LOCAL_API_KEY: KEY })).toMatchObject({ status: 'unknown', message });
  });

  it('that do not answer are let go of', async () => {
    answer = { status: 0, body: '' };
    const controller = new AbortController();
    const probing = probeLocal(controller.signal, { LOCAL_API_KEY: KEY });
    server.once('request', () => controller.abort());
    expect(await probing).toMatchObject({ status: 'unknown', message: 'local: It was cancelled.' });
  });

  it('without a key are not asked', async () => {
    expect(await probeLocal()).toMatchObject({
      status: 'unknown',
      message: 'local was not asked: LOCAL_API_KEY is not set.',
    });
    expect(seen).toEqual([]);
  });

  it('stand in a file that is right, or nothing is routed', async () => {
    const own = await routing({ PROVIDER_ROUTES: 'local:m-2' });
    const table = await own.routes();
    expect(table.ok && table.value.get('local')).toMatchObject({ model: 'm-2' });
    await writeFile(routesFile(), '{"version": 2}');
    expect(await own.routes()).toMatchObject({
      ok: false,
      error: expect.stringContaining('routes.json takes'),
    });
  });
});

it('keys are secrets wherever this process writes', async () => {
  const { keyOf, redactor } = createProviderKeys(options({}, { LOCAL_API_KEY: KEY }));
  expect(redactor.redact(KEY)).toBe(KEY);
  expect(await keyOf('LOCAL_API_KEY')).toBe(KEY);
  expect(redactor.redact(`it is ${KEY}`)).toMatch(/^it is \[secret sha256:[0-9a-f]{8}\]$/);
  expect(await keyOf('NO_SUCH_KEY')).toBeNull();
});
