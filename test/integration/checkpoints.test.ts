import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import type { StoreCommands } from '../../src/ports/store-commands.ts';
import { LARGEST_CHECKPOINT_BYTES } from '../../src/protocol/keys.ts';
import { STORE_FILE, storeFileSchema, storeUrl, type StoreFile } from '../../src/protocol/store-file.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const run = promisify(execFile);
let folder: string;
let state: string;
const children = new Set<ChildProcess>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-checkpoint-'));
  state = mkdtempSync(join(folder, 'state-'));
});
afterEach(async () => {
  for (const child of children) await kill(child);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function start(
  words: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): ChildProcess {
  const child = spawn(process.execPath, [...words], {
    cwd: options.cwd ?? folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The real store process; the same port and passwords again after a kill. */
async function startStore(): Promise<ChildProcess> {
  const child = start([join(dist, 'store.js'), '--folder', state]);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await Promise.race([
    once(child.stdout ?? child, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`The store ended: ${said}`))),
  ]);
  return child;
}

const storeFile = (at = state): StoreFile =>
  storeFileSchema.parse(JSON.parse(readFileSync(join(at, STORE_FILE), 'utf8')));

async function client(url: string): Promise<StoreCommands> {
  const opened = await openRespClient({ url, deadlineMs: 30_000 });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

async function taskUrl(taskId: string): Promise<string> {
  const { adminPassword, port } = storeFile();
  const admin = await client(storeUrl('default', adminPassword, port));
  const granted = await admin.command(['CFN.GRANT', taskId]);
  admin.close();
  if (!granted.ok || typeof granted.value !== 'string') throw new Error('no password');
  return storeUrl(`task-${taskId}`, granted.value, port);
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built command, as an agent calls it. */
async function cfn(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  stdin = '',
  cwd = folder,
): Promise<Ended> {
  const child = start([join(dist, 'cli.js'), 'checkpoint', ...words], { env, cwd });
  const texts = { out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

describe('cfn checkpoint within an agent', () => {
  it('[AF-032] [AF-033] saves from an argument, a file and standard input, and restores by key, id and newest', async () => {
    await startStore();
    const env = { CFN_REDIS_URL: await taskUrl('t1'), TASK_ID: 't1', AGENT_ID: 'api' };
    expect(await cfn(['save', '--key', 'progress', '--payload', '{"step": 5, "data": "…"}'], env)).toEqual({
      code: 0,
      out: '[INFO] Checkpoint saved: progress id=1 bytes=26\n',
      err: '',
    });
    writeFileSync(join(folder, 'plan.json'), '{\n  "plan": 1.0\n}\n');
    expect((await cfn(['save', '--name', 'plan', '--file', 'plan.json'], env)).out).toContain('id=2');
    const saved = await cfn(['save', '--json'], env, '[3]');
    expect(JSON.parse(saved.out)).toEqual({
      type: 'CheckpointSaved',
      taskId: 't1',
      id: 3,
      name: 'checkpoint',
      agentId: 'api',
      bytes: 3,
    });
    expect(await cfn(['restore', '--key', 'progress'], env)).toEqual({
      code: 0,
      out: '{"step": 5, "data": "…"}\n',
      err: '',
    });
    expect((await cfn(['restore', '--id', '2', '--agent-id', 'other'], env)).out).toBe(
      '{\n  "plan": 1.0\n}\n',
    );
    expect((await cfn(['restore'], env)).out).toBe('[3]\n');
    expect(JSON.parse((await cfn(['restore', '--key', 'plan', '--json'], env)).out)).toMatchObject({
      id: 2,
      name: 'plan',
      payload: { plan: 1 },
    });
    expect(await cfn(['restore', '--agent-id', 'other'], env)).toMatchObject({
      code: 1,
      out: '',
      err: /no such/,
    });
    expect((await cfn(['list'], env)).out).toMatch(
      /^1 +progress +api .*\n2 +plan +api .*\n3 +checkpoint +api .*\n$/,
    );
  });

  it.skipIf(process.platform === 'win32')('nobody else may read what was saved', async () => {
    await startStore();
    const env = { CFN_REDIS_URL: await taskUrl('t1'), TASK_ID: 't1' };
    expect(await cfn(['save', '--payload', '1'], env)).toMatchObject({ code: 0 });
    expect(statSync(join(state, 'loops', 't1', 'checkpoints.ndjson')).mode & 0o777).toBe(0o600);
    expect(statSync(join(state, 'loops', 't1')).mode & 0o777).toBe(0o700);
  });

  it("reaches its own task's checkpoints and no other's", async () => {
    await startStore();
    const env = { CFN_REDIS_URL: await taskUrl('t1'), TASK_ID: 't1', AGENT_ID: 'api' };
    await taskUrl('t2');
    for (const words of [['save', '--payload', '1'], ['restore'], ['list']]) {
      const refused = await cfn([...words, '--task-id', 't2'], env);
      expect(refused).toMatchObject({ code: 1, out: '', err: /refused: NOPERM/ });
    }
  });

  it('[AF-032] loses nothing that it said was saved, whenever the store is killed, and gives no id twice', async () => {
    let store = await startStore();
    const url = await taskUrl('t1');
    const acknowledged = new Map<number, string>();
    let total = 0;
    for (const killAt of [1, 9, 40, 90, 150]) {
      const until = acknowledged.size + killAt;
      const dead = once(store, 'exit');
      await Promise.all(
        [0, 1, 2, 3].map(async (writer) => {
          const commands = await client(url);
          for (;;) {
            const number = (total += 1);
            const payload = JSON.stringify({ number, filler: 'ä'.repeat(number * 7) });
            const agent = `w${writer}-${Math.floor(number / 50)}`;
            const saved = await commands.command([
              'CFN.CHECKPOINT',
              'SAVE',
              't1',
              'progress',
              agent,
              payload,
            ]);
            if (!saved.ok) break;
            expect(acknowledged.has(Number(saved.value))).toBe(false);
            acknowledged.set(Number(saved.value), payload);
            if (acknowledged.size === until) store.kill('SIGKILL');
          }
          commands.close();
        }),
      );
      await dead;
      store = await startStore();
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(290);
    const commands = await client(url);
    for (const [id, payload] of acknowledged) {
      const found = await commands.command(['CFN.CHECKPOINT', 'GET', 't1', 'ID', String(id)]);
      expect(found.ok && Array.isArray(found.value) ? found.value[5] : found).toBe(payload);
    }
    const list = await commands.command(['CFN.CHECKPOINT', 'LIST', 't1']);
    const ids =
      list.ok && Array.isArray(list.value) ? list.value.map((one: unknown) => String(one).split(',')[0]) : [];
    expect(new Set(ids).size).toBe(ids.length);
    // Besides the acknowledged ones at most those that were under way when the store was killed.
    expect(ids.length - acknowledged.size).toBeLessThanOrEqual(4 * 5);
    commands.close();
  });

  it('a command that is killed before it has everything saves nothing', async () => {
    await startStore();
    const env = { CFN_REDIS_URL: await taskUrl('t1'), TASK_ID: 't1', AGENT_ID: 'api' };
    const child = start([join(dist, 'cli.js'), 'checkpoint', 'save'], { env });
    await new Promise<void>((resolve) =>
      child.stdin?.write(`{"half":"${'x'.repeat(1_000_000)}`, () => resolve()),
    );
    await kill(child);
    expect((await cfn(['list'], env)).out).toBe('No checkpoint of t1 was saved.\n');
  });

  it('says in one sentence what is wrong, and saves nothing', async () => {
    await startStore();
    const env = { CFN_REDIS_URL: await taskUrl('t1'), TASK_ID: 't1', AGENT_ID: 'api' };
    const wrong: readonly [readonly string[], RegExp, string?][] = [
      [[], /checkpoint/],
      [['drop'], /takes save, restore or list/],
      [['save', '--payload', '{"a":'], /--payload is no JSON/],
      [['save'], /--payload is no JSON/],
      [['save', '--payload', '1', '--file', 'x'], /--payload and --file/],
      [['save', '--file', 'missing.json'], /--file can not be read/],
      [['save', '--payload', '1', '--key', 'a:b'], /--key is "a:b"/],
      [['save', '--payload', '1', '--id', '3'], /--id is for restore/],
      [['save', '--payload', '1', '--ttl', '60'], /unknown option '--ttl'/],
      [['save'], /at most 4194304 bytes/, `"${'x'.repeat(LARGEST_CHECKPOINT_BYTES)}"`],
      [['restore', '--id', 'first'], /--id is "first"/],
      [['restore', '--task-id', '../x'], /--task-id/],
    ];
    for (const [words, message, stdin] of wrong) {
      const ended = await cfn(words, env, stdin);
      expect({ words, code: ended.code, lines: ended.err.trim().split('\n').length }).toEqual({
        words,
        code: 2,
        lines: 1,
      });
      expect(ended.err).toMatch(message);
    }
    const commands = await client(env.CFN_REDIS_URL);
    for (const words of [
      ['SAVE', 't1', 'n', 'a', '{'],
      ['SAVE', 't1', 'n', '../a', '1'],
      ['SAVE', 't1', 'n', 'a'],
      ['GET', 't1', 'ID', '0'],
      ['GET', 't1', 'AGENT'],
      ['DROP', 't1'],
    ])
      expect(await commands.command(['CFN.CHECKPOINT', ...words])).toMatchObject({
        ok: false,
        error: { kind: 'rejected' },
      });
    commands.close();
    expect((await cfn(['list'], env)).out).toBe('No checkpoint of t1 was saved.\n');
  });
});

describe('cfn checkpoint of a person', () => {
  it('starts the store of the repository, and finds everything again after it ended', async () => {
    const repository = join(folder, 'repository');
    const home = join(folder, 'home');
    const git = (...words: readonly string[]) =>
      run('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words]);
    await run('git', ['init', '-q', repository]);
    await git('commit', '-q', '--allow-empty', '-m', 'base');
    const at = (...words: readonly string[]) =>
      cfn([...words, '--task-id', 'by-hand'], { CFN_STATE_HOME: home }, '', repository);
    const endStore = () => {
      const file = readdirSync(home, { recursive: true, encoding: 'utf8' }).find(
        (name) => basename(name) === STORE_FILE,
      );
      process.kill(storeFile(dirname(join(home, file ?? ''))).pid, 'SIGKILL');
    };
    expect(await at('save', '--key', 'notes', '--value', '{"n":1}')).toMatchObject({ code: 0, err: '' });
    endStore();
    expect(await at('restore')).toEqual({ code: 0, out: '{"n":1}\n', err: '' });
    expect((await at('save', '--payload', '2')).out).toContain('id=2');
    endStore();
  });
});
