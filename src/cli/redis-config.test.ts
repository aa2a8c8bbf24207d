import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRedisConfig } from './redis-config.ts';

let folder: string;
let repository: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-redis-config-'));
  repository = join(folder, 'repository');
  mkdirSync(join(repository, '.git'), { recursive: true });
  mkdirSync(join(repository, '.cfn'));
  mkdirSync(join(folder, 'config', 'cfn'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (env: Readonly<Record<string, string>> = {}) =>
  readRedisConfig(
    { env: { XDG_CONFIG_HOME: join(folder, 'config'), ...env }, platform: 'linux' },
    repository,
  );
const own = (redis: unknown) =>
  writeFileSync(join(folder, 'config', 'cfn', 'config.json'), JSON.stringify({ redis }));
const shared = (redis: unknown) =>
  writeFileSync(join(repository, '.cfn', 'config.json'), JSON.stringify({ redis }));

it('[SI-030] [X-30] is none when nobody names one', async () => {
  expect(await read()).toEqual({ ok: true, value: null });
  expect(await read({ REDIS_PASSWORD: 'secret' })).toEqual({ ok: true, value: null });
});

it('[SI-031] [SI-032] is taken from the environment first', async () => {
  own({ url: 'redis://mine:1', commandTimeout: 300 });
  shared({ url: 'redis://localhost:2' });
  const env = {
    REDIS_URL: 'redis://theirs:3',
    REDIS_USERNAME: 'me',
    REDIS_PASSWORD: 'secret',
    REDIS_FALLBACK_1: 'redis://spare:4',
  };
  expect(await read(env)).toMatchObject({
    value: {
      primary: { endpoints: [{ host: 'theirs' }], username: 'me', password: 'secret', commandTimeout: 300 },
      fallback: { endpoints: [{ host: 'spare' }] },
    },
  });
  expect(await read({ REDIS_URL: '' })).toEqual({ ok: true, value: null });
  expect(await read()).toMatchObject({ value: { primary: { endpoints: [{ host: 'mine' }] } } });
});

it('is taken from the repository on this machine only, and never with a login', async () => {
  shared({ url: 'redis://localhost:2' });
  expect(await read()).toMatchObject({ value: { primary: { endpoints: [{ host: 'localhost', port: 2 }] } } });
  shared({ url: 'redis://elsewhere.example' });
  expect(await read({ REDIS_PASSWORD: 'secret' })).toMatchObject({
    ok: false,
    error: /^\.cfn\/config\.json: redis\.url takes a server on this machine only/,
  });
  shared({ url: 'redis://localhost', fallbackUrl: 'redis://elsewhere.example' });
  expect(await read()).toMatchObject({ ok: false });
  shared({ url: 'redis://:secret@localhost' });
  expect(await read()).toMatchObject({ ok: false, error: /REDIS_PASSWORD/ });
});

it('reads the certificate authority that the settings name', async () => {
  own({ url: 'rediss://h', ca: 'ca.pem' });
  expect(await read()).toMatchObject({ ok: false, error: /redis\.ca names .*ca\.pem, which does not exist/ });
  writeFileSync(join(folder, 'config', 'cfn', 'ca.pem'), 'PEM');
  expect(await read()).toMatchObject({ value: { primary: { tls: true, ca: 'PEM' } } });
});

it('names the field that is wrong', async () => {
  own({ url: 'redis://h', blockingConnections: 0 });
  expect(await read()).toMatchObject({
    error: /config\.json: redis\.blockingConnections takes a whole number/,
  });
  expect(await read({ REDIS_URL: 'nonsense' })).toMatchObject({
    error: /blockingConnections|^REDIS_URL takes/,
  });
});
