/** The doctor's looks at real things: a store, an index file, folders, ports, a gateway. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStoreProbe } from '../../src/adapters/coordination/store-probe.ts';
import { createRepositoryProbe } from '../../src/adapters/git/repository-probe.ts';
import { createRowArchive } from '../../src/adapters/journal/row-archive.ts';
import { createSnapshotFile } from '../../src/adapters/journal/snapshot-file.ts';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { createMachineProbe } from '../../src/adapters/machine/machine-probe.ts';
import { pushMetrics } from '../../src/adapters/metrics/pushgateway.ts';
import { signInOf } from '../../src/adapters/providers/sign-in.ts';
import { createIndexProbe } from '../../src/adapters/sqljs/index-probe.ts';
import { systemClock } from '../../src/base/clock.ts';
import { ok } from '../../src/base/result.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { passing, startedLoop } from '../../src/domain/loop/test-loop.ts';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { ADMIN_PASSWORD, freePort, startTestStore, type TestStore } from './store-support.ts';

let folder: string;
const signal = AbortSignal.timeout(60_000);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-probes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

describe('the look at the store', () => {
  const program = { execPath: process.execPath, args: ['-e', 'process.exit(1)'] };
  const storeFile = (port: number) =>
    writeFile(
      join(folder, 'store.json'),
      JSON.stringify({
        version: 1,
        pid: process.pid,
        port,
        adminPassword: ADMIN_PASSWORD,
        runId: 'run-1',
        fence: 0,
        tasks: {},
      }),
    );
  const probe = (deadlineMs = 2000) => createStoreProbe({ folder, program, redis: ok(null), deadlineMs });
  let store: TestStore;
  beforeAll(async () => {
    store = await startTestStore();
  });
  afterAll(() => store.close());

  it('[SI-123] [DP-123] measures a PONG, and that strangers are turned away', async () => {
    await storeFile(store.port);
    const found = await probe().look(signal);
    expect(found).toMatchObject({ kind: 'answers', port: store.port, guarded: true, keys: 0 });
    expect(found.kind === 'answers' && found.latencyMs).toBeGreaterThan(0);
  });

  it('[SI-127] [DP-144] lists keys of a pattern with type and time to live, at most as many as asked for', async () => {
    const client = await openRespClient({ url: store.adminUrl, deadlineMs: 2000 });
    if (!client.ok) throw new Error(client.error.message);
    for (let number = 0; number < 30; number += 1) {
      await client.value.command(['SET', `coord:t:${String(number).padStart(2, '0')}`, 'x', 'EX', '100']);
    }
    await client.value.command(['LPUSH', 'other', 'x']);
    client.value.close();
    await storeFile(store.port);
    const keys = await probe().keys({ pattern: 'coord:*', limit: 20 }, signal);
    if (!keys.ok) throw new Error(keys.error);
    expect(keys.value).toHaveLength(20);
    expect(
      keys.value.every(
        ({ name, type, ttlSeconds }) =>
          name.startsWith('coord:') && type === 'string' && (ttlSeconds ?? 0) > 90,
      ),
    ).toBe(true);
    expect(await probe().keys({ pattern: 'oth?r', limit: 20 }, signal)).toEqual({
      ok: true,
      value: [{ name: 'other', type: 'list', ttlSeconds: null }],
    });
  });

  it('[SI-124] tells a store that ended from one that hangs and from something else on its port', async () => {
    await storeFile(await freePort());
    expect(await probe().look(signal)).toMatchObject({ kind: 'ended' });
    const mute = createServer(() => undefined);
    await storeFile(await listen(mute));
    expect(await probe(200).look(signal)).toMatchObject({
      kind: 'silent',
      message: 'no answer within 200 ms',
    });
    mute.close();
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await storeFile(await listen(other));
    expect(await probe().look(signal)).toMatchObject({ kind: 'silent' });
    other.close();
    await rm(join(folder, 'store.json'));
    expect(await probe().look(signal)).toEqual({ kind: 'ended', port: null });
  });
});

it("[SI-123] a store does not count as answering while the user's own Redis behind it does not serve", async () => {
  const bulks = (...words: readonly string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
  const front = createServer((socket) => {
    socket.on('data', (chunk) =>
      socket.write(
        chunk.toString().includes('CFN.STATE')
          ? bulks('down', 'g1', 'connection refused', '127.0.0.1:6379')
          : '+PONG\r\n',
      ),
    );
  });
  const file = {
    version: 1,
    pid: 1,
    port: await listen(front),
    adminPassword: ADMIN_PASSWORD,
    runId: 'r',
    fence: 0,
    tasks: {},
  };
  await writeFile(join(folder, 'store.json'), JSON.stringify(file));
  const program = { execPath: process.execPath, args: [] };
  const found = await createStoreProbe({ folder, program, redis: ok(null) }).look(signal);
  front.close();
  expect(found).toMatchObject({
    kind: 'silent',
    message: '127.0.0.1:6379 does not serve (connection refused)',
  });
});

describe('the look at the index', () => {
  it('[SI-123] asks for SELECT 1, finds damage, and makes it anew from the journals', async () => {
    const stateFolder = join(folder, 'state');
    const path = join(stateFolder, 'index.sqlite');
    const loops = createLoopStore({ stateFolder });
    const holder = await loops.hold('task-001', () => Promise.resolve(null));
    if (!holder.ok) throw new Error('The loop could not be held');
    const journal = await loops.open('task-001', holder.value.epoch);
    if (!journal.ok) throw new Error(journal.error.message);
    const loop = startedLoop();
    loop.run({ agent: passing });
    await journal.value.append(loop.events);
    await journal.value.close();
    await holder.value.release();

    const probe = createIndexProbe({
      path,
      snapshotFile: createSnapshotFile(path),
      archive: createRowArchive(join(folder, 'archive')),
      retention: null,
      clock: systemClock,
      logger: silentLogger,
    });
    expect(await probe.look()).toEqual({ kind: 'missing' });
    expect(await probe.exists()).toBe(false);
    expect(await probe.batches('task-001')).toBeNull();
    await writeFile(path, 'this is no database, however long it is '.repeat(200));
    expect(await probe.look()).toMatchObject({ kind: 'unreadable' });
    expect(await probe.rebuild(loops)).toEqual({
      ok: true,
      value: `It holds ${loop.events.length} events of 1 loop.`,
    });
    expect(await probe.look()).toMatchObject({ kind: 'readable', loops: 1, events: loop.events.length });
    expect(await probe.batches('task-001')).toEqual({ events: loop.events.length, transactions: 1 });
  });
});

describe('the look at the machine', () => {
  const machine = createMachineProbe();

  it('[SI-126] finds by itself which process listens on a port', async () => {
    const server = createServer();
    const port = await listen(server);
    const free = await freePort();
    const found = await machine.listeners([port, free], signal);
    server.close();
    expect(found).toMatchObject({ ok: true, value: [{ port, address: '127.0.0.1', pid: process.pid }] });
    expect(found.ok && found.value[0]?.program).toMatch(/node/);
  });

  it('says of a folder whether it exists, who may enter it and what it holds', async () => {
    const at = join(folder, 'some');
    await mkdir(join(at, 'below'), { recursive: true });
    await chmod(at, 0o700);
    await writeFile(join(at, 'below', 'a'), 'x'.repeat(1000));
    const mode = process.platform === 'win32' ? null : 0o700;
    expect(await machine.folder(at)).toMatchObject({ exists: true, mode, writable: true });
    expect(await machine.folder(join(at, 'no', 'where'))).toMatchObject({
      exists: false,
      nearest: at,
      mode: null,
    });
    expect(await machine.size(at, signal)).toEqual({ bytes: 1000, files: 1, complete: true });
    expect(await machine.size(at, AbortSignal.abort())).toMatchObject({ complete: false });
    expect(await machine.text(join(at, 'none'))).toEqual({ ok: true, value: null });
  });

  it('looks at a repository without marking it as ours', async () => {
    const probe = createRepositoryProbe({ worktreeRoot: () => null });
    expect(await probe.look(folder, signal)).toMatchObject({ kind: 'none' });
    expect(await probe.gitVersion(signal)).toMatchObject({ ok: true });
    const repository = join(folder, 'repository');
    const git = (...args: readonly string[]) =>
      promisify(execFile)('git', [
        '-C',
        repository,
        '-c',
        'user.name=T',
        '-c',
        'user.email=t@example.org',
        ...args,
      ]);
    await mkdir(repository);
    await git('init', '--quiet', '--initial-branch=main');
    expect(await probe.look(repository, signal)).toMatchObject({
      kind: 'unusable',
      message: expect.stringContaining('has no commits yet') as string,
    });
    await git('commit', '--quiet', '--allow-empty', '-m', 'base');
    await writeFile(join(repository, '.git', 'MERGE_HEAD'), '');
    expect(await probe.look(join(repository, '.'), signal)).toMatchObject({
      kind: 'usable',
      branch: 'main',
      operation: 'merge',
      id: null,
    });
    expect(await readdir(join(repository, '.git'))).not.toContain('cfn-id');
  });

  it('tells a sign-in by its traces, and does not read them', async () => {
    const home = join(folder, 'home');
    await mkdir(join(home, '.codex'), { recursive: true });
    await writeFile(join(home, '.codex', 'auth.json'), 'not even JSON', { mode: 0o000 });
    expect(await signInOf('claude', { ANTHROPIC_API_KEY: 'x' }, home)).toEqual({
      kind: 'key',
      where: 'ANTHROPIC_API_KEY',
    });
    expect(await signInOf('claude', { ANTHROPIC_API_KEY: '' }, home)).toEqual({
      kind: 'unknown',
      where: null,
    });
    expect(await signInOf('codex', {}, home)).toMatchObject({ kind: 'login' });
    expect((await stat(join(home, '.codex', 'auth.json'))).size).toBeGreaterThan(0);
    expect(await signInOf('demo', {}, home)).toEqual({ kind: 'unknown', where: null });
  });
});

describe('the push to a gateway', () => {
  it('[DP-121] [X-20] posts to the path of the seeds, with a body that ends its line', async () => {
    const requests: { readonly line: string; readonly body: string; readonly login: string | undefined }[] =
      [];
    let status = 200;
    const server = createHttpServer((request: IncomingMessage, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        requests.push({
          line: `${request.method} ${request.url}`,
          body,
          login: request.headers.authorization,
        });
        response.writeHead(status).end('told');
      });
    });
    const port = await listen(server);
    const body = 'cfn_loop_duration_seconds 6.341\n';
    const push = (url: string, deadlineMs = 2000) => pushMetrics({ url, job: 'cfn_loop', body, deadlineMs });
    expect(await push(`http://127.0.0.1:${port}/`)).toEqual({ ok: true, value: undefined });
    expect(await push(`http://me:pass%20word@127.0.0.1:${port}/proxy`)).toMatchObject({ ok: true });
    expect(requests).toEqual([
      { line: 'POST /metrics/job/cfn_loop', body, login: undefined },
      {
        line: 'POST /proxy/metrics/job/cfn_loop',
        body,
        login: `Basic ${Buffer.from('me:pass word').toString('base64')}`,
      },
    ]);
    status = 400;
    expect(await push(`http://127.0.0.1:${port}`)).toEqual({
      ok: false,
      error: 'the Pushgateway answered 400: told',
    });
    server.close();
    expect(await push('prometheus')).toMatchObject({ ok: false });
    const mute = createServer(() => undefined);
    expect(await push(`http://127.0.0.1:${await listen(mute)}`, 200)).toMatchObject({ ok: false });
    mute.close();
  });
});
