import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { LEASE_GRACE_MS, PIECE_MS } from '../../src/app/coordination/take.ts';
import { deliver } from '../../src/app/coordination/post.ts';
import { keys } from '../../src/protocol/keys.ts';
import { startTestStore, type TestStore } from './store-support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let store: TestStore;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-hostile-'));
  await promisify(execFile)(process.execPath, ['esbuild.mjs', `--outdir=${folder}`], { cwd: root });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
beforeEach(async () => {
  store = await startTestStore();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await store.close();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built command, as an agent of task t1 calls it. */
function start(words: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(folder, 'cli.js'), ...words], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      CFN_REDIS_URL: store.taskUrl('t1'),
      TASK_ID: 't1',
      AGENT_ID: 'a1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      children.delete(child);
      resolve({ code, ...texts });
    });
  });
  return { child, ended };
}
const cfn = (words: readonly string[], env?: Record<string, string>): Promise<Ended> =>
  start(words, env).ended;

async function ask(...words: readonly string[]): Promise<unknown> {
  const client = await openRespClient({ url: store.adminUrl, deadlineMs: 5000 });
  if (!client.ok) throw new Error(client.error.message);
  const reply = await client.value.command(words);
  client.value.close();
  return reply.ok ? reply.value : reply.error.message;
}

async function blocked(count: number): Promise<void> {
  await expect.poll(() => store.engine.waiters.size, { timeout: 20_000 }).toBe(count);
}

describe('the message verbs as processes', () => {
  it('two who wait get one message each, and neither gets both', async () => {
    const waits = [1, 2].map(() => start(['chain', 'wait', '--from', 'x', '--timeout', '60']));
    await blocked(2);
    await ask('LPUSH', 'chain:t1:x:complete', 'one');
    await ask('LPUSH', 'chain:t1:x:complete', 'two');
    const ended = await Promise.all(waits.map((wait) => wait.ended));
    expect(ended.map(({ code, out }) => `${code} ${out}`).sort()).toEqual(['0 one\n', '0 two\n']);
    expect(store.engine.keyspace.has('chain:t1:x:complete')).toBe(false);
  });

  it.skipIf(process.platform === 'win32')(
    'one who is killed while it holds a message loses none (POSIX signals)',
    async () => {
      // Nobody reads its output, so it is stopped between printing and acknowledging a message that no pipe holds.
      const text = 'x'.repeat(4 * 1024 * 1024);
      const dying = start(['mesh', 'wait', '--from', 'b', '--timeout', '60']);
      dying.child.stdout?.pause();
      await blocked(1);
      await ask('LPUSH', 'mesh:t1:b:a1', text);
      await expect.poll(() => store.engine.keyspace.has('mesh:t1:b:a1')).toBe(false);
      dying.child.kill('SIGKILL');
      dying.child.stdout?.resume();
      await dying.ended;
      store.advance(PIECE_MS + LEASE_GRACE_MS + 1);
      const next = await cfn(['mesh', 'wait', '--from', 'b', '--timeout', '60']);
      expect(next.code).toBe(0);
      expect(next.out.length).toBe(text.length + 1);
    },
  );

  it('one who is killed while it waits takes nothing that comes later', async () => {
    const dying = start(['broadcast', 'wait', '--timeout', '60']);
    await blocked(1);
    dying.child.kill('SIGKILL');
    await dying.ended;
    await blocked(0);
    await cfn(['broadcast', 'send', '--to', 'a1', '--payload', 'later']);
    expect((await cfn(['broadcast', 'wait', '--timeout', '60'])).out).toBe('later\n');
  });

  it('fifty who send at once lose nothing, each list has a TTL, and the order of one is kept', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `m${index}`);
    const clients = await Promise.all(
      names.map(() => openRespClient({ url: store.taskUrl('t1'), deadlineMs: 10_000 })),
    );
    // Processes for some and connections for all: fifty programs at once would test the machine.
    const processes = names
      .slice(0, 5)
      .map((name) => cfn(['signal', 'send', '--channel', 'c', '--payload', `p${name}`]));
    const sent = clients.map(async (client, index) => {
      if (!client.ok) throw new Error(client.error.message);
      for (const part of ['1', '2']) {
        await deliver(client.value, [{ key: keys.signal('t1', 'c'), text: `${names[index]}-${part}` }], 60);
      }
      client.value.close();
    });
    await Promise.all([...sent, ...processes]);
    const list = (await ask('LRANGE', 'coord:t1:signal:c', '0', '-1')) as string[];
    const wanted = [
      ...names.flatMap((name) => [`${name}-1`, `${name}-2`]),
      ...names.slice(0, 5).map((n) => `p${n}`),
    ];
    expect(list.toSorted()).toEqual(wanted.toSorted());
    for (const name of names) expect(list.indexOf(`${name}-2`)).toBeLessThan(list.indexOf(`${name}-1`));
    expect(await ask('TTL', 'coord:t1:signal:c')).toBeGreaterThan(0);
  });

  it('carries newlines, control characters and large texts as they are', async () => {
    const text = `a\nb\r\n\u0000`.replace('\u0000', '\u0001') + ' "\'$`\\ ä 漢 👩‍👩‍👧 ' + 'y'.repeat(100_000);
    expect(await cfn(['mesh', 'send', '--to', 'b', `--payload=${text}`])).toMatchObject({ code: 0 });
    const got = await cfn(['mesh', 'wait', '--agent-id', 'b', '--from', 'a1']);
    expect(got.out).toBe(`${text}\n`);
    expect(await cfn(['mesh', 'send', '--to', 'b', '--payload='])).toMatchObject({ code: 0 });
    expect((await cfn(['mesh', 'wait', '--agent-id', 'b', '--from', 'a1'])).out).toBe('\n');
    await cfn(['mesh', 'send', '--to', 'b', '--payload', '-rf']);
    expect((await cfn(['mesh', 'wait', '--agent-id', 'b', '--from', 'a1'])).out).toBe('-rf\n');
  });

  it.each(['-rf', '__proto__', 'a'.repeat(300), '..', 'a:b', 'a\nb', 'ä', 'CON'])(
    '[DP-094] refuses the id %j wherever one is taken, and writes nothing',
    async (id) => {
      const calls = [
        ['chain', 'send', `--agent-id=${id}`],
        ['chain', 'wait', `--from=${id}`, '--timeout=5'],
        ['mesh', 'send', `--to=${id}`],
        ['broadcast', 'send', `--to=b ${id}`],
        ['vote', 'store', `--task-id=${id}`],
      ];
      for (const words of id === 'a\nb' ? calls.slice(0, 3) : calls) {
        const run = await cfn(words);
        const code = words.some((word) => word.startsWith('--task-id')) ? 2 : 1;
        expect([words, run.code]).toEqual([words, code]);
        expect(run.err).toMatch(/^\[ERROR\] .*\n$/);
        expect(run.err.length).toBeLessThan(300);
      }
      expect(Array.from(store.engine.keyspace.keys())).toEqual([]);
    },
  );

  it("[X-12] refuses a TTL that is shorter than the run, wrong credentials and another task's keys", async () => {
    const env = { AGENT_TIMEOUT: '3600' };
    const sent = await cfn(['chain', 'send', '--ttl', '600', '--payload', 'p'], env);
    expect(sent).toMatchObject({ code: 2, err: expect.stringContaining('3600 s') });
    expect(await cfn(['vote', 'store', '--ttl', '599'], env)).toMatchObject({ code: 2 });
    const wrong = { CFN_REDIS_URL: store.taskUrl('t1').replace(/:[^:@]+@/, ':wrong@') };
    for (const words of [
      ['chain', 'send'],
      ['chain', 'wait', '--from', 'x'],
      ['collect', '--expected', '1'],
    ]) {
      expect(await cfn(words, wrong)).toMatchObject({ code: 1, out: '', err: /WRONGPASS/ });
    }
    const other = await cfn(['chain', 'wait', '--from', 'x', '--task-id', 't2', '--timeout', '5']);
    expect(other).toMatchObject({ code: 1, out: '', err: /NOPERM/ });
    expect(Array.from(store.engine.keyspace.keys())).toEqual([]);
  });
});
