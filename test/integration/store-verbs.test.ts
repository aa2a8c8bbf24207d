import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { LEASE_GRACE_MS, PIECE_MS, take } from '../../src/app/coordination/take.ts';
import { dispatch } from '../../src/cli/dispatch.ts';
import { keys } from '../../src/protocol/keys.ts';
import { startTestStore, type TestStore } from './store-support.ts';

let store: TestStore;
let folder: string;
beforeEach(async () => {
  store = await startTestStore();
  folder = mkdtempSync(join(tmpdir(), 'cfn-verbs-'));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: unknown;
  readonly out: string;
  readonly err: string;
}

async function cfn(
  words: readonly string[],
  options: { env?: Record<string, string>; stdin?: string; stdout?: Writable } = {},
): Promise<Run> {
  const texts = { out: '', err: '' };
  const sink = (name: 'out' | 'err') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString();
        done();
      },
    });
  const env: Record<string, string> = {
    CFN_REDIS_URL: store.taskUrl('t1'),
    TASK_ID: 't1',
    AGENT_ID: 'a1',
    ...options.env,
  };
  const code = await dispatch(words, '0.0.0', {
    io: {
      stdin: Readable.from([options.stdin ?? '']),
      stdout: options.stdout ?? sink('out'),
      stderr: sink('err'),
      env,
      cwd: folder,
      platform: process.platform,
    },
    programs: folder,
    loadCore: () => Promise.reject(new Error('the core is not needed here')),
    loadBench: () => Promise.reject(new Error('the bench is not needed here')),
    openComposePlace: () => Promise.reject(new Error('no checkout is needed here')),
    openStore: (url) => openRespClient({ url, deadlineMs: 1000 }),
    onSignal: () => ({ dispose: () => undefined }),
    leaveNow: () => undefined,
  });
  return { code, ...texts };
}

const get = (key: string): unknown => {
  const value = store.engine.keyspace.find(key, 'string');
  return value && value !== 'wrong-type' ? Buffer.from(value.text, 'latin1').toString() : null;
};

describe('cfn context', () => {
  it('[SI-039] stores a value with its TTL and gets it back', async () => {
    const stored = await cfn([
      'context',
      'store',
      '--task-id',
      't1',
      '--key',
      'deliverables',
      '--value',
      '["ä"]',
      '--ttl',
      '3600',
    ]);
    expect(stored).toEqual({ code: 0, out: '[INFO] Stored context:t1:deliverables for 3600 s\n', err: '' });
    expect(get('context:t1:deliverables')).toBe('["ä"]');
    expect(await cfn(['context', 'get', '--key', 'deliverables'])).toEqual({
      code: 0,
      out: '["ä"]\n',
      err: '',
    });
    store.advance(3601_000);
    expect(await cfn(['context', 'get', '--key', 'deliverables'])).toMatchObject({ code: 1, out: '' });
  });

  it('[X-12] refuses a TTL shorter than the run and keeps a day by default', async () => {
    const env = { AGENT_TIMEOUT: '3600' };
    const short = await cfn(['context', 'store', '--key', 'k', '--value', 'v', '--ttl', '600'], { env });
    expect(short).toMatchObject({ code: 2, err: expect.stringContaining('3600') });
    expect(get('context:t1:k')).toBe(null);
    expect(await cfn(['context', 'store', '--key', 'k', '--value', 'v'], { env })).toMatchObject({
      code: 0,
      out: /86400 s/,
    });
  });

  it.each([
    [['context']],
    [['context', 'drop', '--key', 'k']],
    [['context', 'store', '--key', 'k']],
    [['context', 'store', '--value', 'v']],
    [['context', 'store', '--key', 'a:b', '--value', 'v']],
    [['context', 'store', '--key', 'k', '--value', 'v', '--ttl', '0']],
    [['context', 'get', '--key', 'k', '--task-id', '../x']],
    [['context', 'get', '--key', 'k', '--nonsense']],
  ])('ends with 2 for %j', async (words) => {
    const run = await cfn(words);
    expect(run.code).toBe(2);
    expect(run.err.trim().split('\n')).toHaveLength(1);
  });

  it("can not reach another task's values", async () => {
    const run = await cfn(['context', 'get', '--key', 'k', '--task-id', 't2']);
    expect(run).toMatchObject({ code: 1, err: /refused: NOPERM/ });
  });
});

describe('cfn signal', () => {
  it('[SI-040] [SI-041] sends and waits, the oldest first', async () => {
    await cfn(['signal', 'send', '--task-id', 't1', '--channel', 'agent-complete', '--payload', 'one']);
    await cfn(['signal', 'send', '--channel', 'agent-complete', '--payload', '{"n":2}']);
    expect(store.engine.keyspace.expiresAt('coord:t1:signal:agent-complete')).toBeTypeOf('number');
    expect(await cfn(['signal', 'wait', '--channel', 'agent-complete', '--timeout', '5'])).toEqual({
      code: 0,
      out: 'one\n',
      err: '',
    });
    expect((await cfn(['signal', 'wait', '--channel', 'agent-complete', '--timeout', '5'])).out).toBe(
      '{"n":2}\n',
    );
    const waiting = cfn(['signal', 'wait', '--channel', 'start-loop2', '--timeout', '10']);
    await expect.poll(() => store.engine.waiters.size).toBe(1);
    await cfn(['signal', 'send', '--channel', 'start-loop2', '--payload', 'go']);
    expect((await waiting).out).toBe('go\n');
  });

  it('[DP-050] falls back to a default when the time is over', async () => {
    const run = await cfn(['signal', 'wait', '--channel', 'never', '--timeout', '0.05']);
    expect(run).toEqual({
      code: 0,
      out: 'default_value\n',
      err: '[WARNING] Timeout waiting for coord:t1:signal:never, using default\n',
    });
    expect(
      (await cfn(['signal', 'wait', '--channel', 'never', '--timeout', '0.05', '--value', 'ABORT'])).out,
    ).toBe('ABORT\n');
  });

  it("[SI-065] without a channel uses the agent's own", async () => {
    await cfn(['signal', 'send', '--agent-id', 'a2', '--payload', 'x']);
    expect(store.engine.keyspace.typeOf('coord:t1:signal:a2')).toBe('list');
  });

  it.each(['0', '-1', 'x', '1e9', ''])('refuses --timeout %j', async (timeout) => {
    expect(await cfn(['signal', 'wait', '--channel', 'c', `--timeout=${timeout}`])).toMatchObject({
      code: 2,
    });
  });
});

describe('[DP-060] cfn chain', () => {
  it('goes from one agent to the next, on the list that redis-cli reads', async () => {
    const sent = await cfn(['chain', 'send', '--agent-id', 'agent1', '--payload', 'payload']);
    expect(sent).toEqual({ code: 0, out: '[INFO] agent1 is done, the chain goes on\n', err: '' });
    expect(store.engine.keyspace.typeOf('chain:t1:agent1:complete')).toBe('list');
    expect(store.engine.keyspace.expiresAt('chain:t1:agent1:complete')).toBeTypeOf('number');
    expect(await cfn(['chain', 'wait', '--from', 'agent1'])).toEqual({ code: 0, out: 'payload\n', err: '' });
    expect(store.engine.keyspace.typeOf('chain:t1:agent1:complete')).toBe(null);
  });

  it('names what is missing', async () => {
    expect(await cfn(['chain', 'wait'])).toMatchObject({ code: 2, err: /--from/ });
    expect(await cfn(['chain', 'send'], { env: { AGENT_ID: '' } })).toMatchObject({
      code: 2,
      err: /--agent-id/,
    });
    expect(await cfn(['chain', 'skip'])).toMatchObject({ code: 2, err: /send or wait/ });
    expect(await cfn(['chain', 'constructor'])).toMatchObject({ code: 2 });
  });
});

describe('[DP-061] cfn broadcast', () => {
  it('reaches each agent of a list once, and none when one id is wrong', async () => {
    const sent = await cfn(['broadcast', 'send', '--to', 'b c', '--to', 'c,d', '--payload', 'hello']);
    expect(sent).toMatchObject({ code: 0, out: '[INFO] Broadcast to 3 agents\n' });
    for (const id of ['b', 'c', 'd']) {
      expect(store.engine.keyspace.expiresAt(`broadcast:t1:${id}`)).toBeTypeOf('number');
      const run = await cfn(['broadcast', 'wait', '--agent-id', id, '--timeout', '5']);
      expect(run).toMatchObject({ code: 0, out: 'hello\n' });
    }
    expect(
      await cfn(['broadcast', 'wait', '--agent-id', 'c', '--timeout', '0.05', '--value', '-']),
    ).toMatchObject({ out: '-\n' });
    expect(await cfn(['broadcast', 'send', '--to', 'x ../y', '--payload', 'p'])).toMatchObject({ code: 1 });
    expect(store.engine.keyspace.typeOf('broadcast:t1:x')).toBe(null);
    expect(await cfn(['broadcast', 'send', '--to', ' , ', '--payload', 'p'])).toMatchObject({ code: 2 });
  });
});

describe('[DP-063] cfn mesh', () => {
  it('goes from any agent to any other, each direction by itself', async () => {
    await cfn(['mesh', 'send', '--agent-id', 'a', '--to', 'b', '--payload', 'to b']);
    await cfn(['mesh', 'send', '--agent-id', 'b', '--to', 'a', '--payload', 'to a']);
    expect(store.engine.keyspace.typeOf('mesh:t1:a:b')).toBe('list');
    expect((await cfn(['mesh', 'wait', '--agent-id', 'a', '--from', 'b'])).out).toBe('to a\n');
    expect((await cfn(['mesh', 'wait', '--agent-id', 'b', '--from', 'a'])).out).toBe('to b\n');
  });
});

describe('[DP-072] cfn handoff', () => {
  it('says that an implementer is done and waits for the start of the validators', async () => {
    await cfn(['handoff', 'complete', '--agent-id', 'impl']);
    expect(store.engine.keyspace.typeOf('coord:t1:loop3:complete')).toBe('list');
    const waiting = cfn(['handoff', 'wait', '--timeout', '10']);
    await expect.poll(() => store.engine.waiters.size).toBe(1);
    await cfn(['handoff', 'start', '--payload', '1']);
    expect((await waiting).out).toBe('1\n');
  });
});

describe('cfn vote', () => {
  const newest = async (key: string): Promise<unknown> => {
    const client = await openRespClient({ url: store.taskUrl('t1'), deadlineMs: 1000 });
    if (!client.ok) throw new Error(client.error.message);
    const value = await client.value.command(['LINDEX', key, '0']);
    client.value.close();
    return value.ok ? value.value : value.error;
  };

  it('[DP-042] [DP-043] stores decision and confidence and says so', async () => {
    const run = await cfn(['vote', 'store', '--decision', 'PROCEED', '--confidence', '0.95']);
    expect(run).toEqual({ code: 0, out: '[INFO] Stored PROCEED to Redis (confidence: 0.95)\n', err: '' });
    expect(await newest('swarm:t1:decision')).toBe('PROCEED');
    expect(await newest('swarm:t1:confidence:a1')).toBe('0.95');
    expect(store.engine.keyspace.expiresAt('swarm:t1:decision')).toBeTypeOf('number');
  });

  it.each([
    ['', ''],
    ['MAYBE', '92%'],
    ['proceed', '10.0'],
    ['PROCEED!', '-1'],
    ['ABORT\nPROCEED', '1e-1'],
  ])('[DP-043] never leaves a reader without keys: %j %j', async (decision, confidence) => {
    const run = await cfn(['vote', 'store', `--decision=${decision}`, `--confidence=${confidence}`]);
    expect(run).toMatchObject({
      code: 0,
      out: '[INFO] Stored ABORT to Redis (confidence: 0.0)\n',
      err: /WARNING.*safe default/,
    });
    expect(await newest('swarm:t1:decision')).toBe('ABORT');
    expect(await newest('swarm:t1:confidence:a1')).toBe('0.0');
  });
});

describe('what a wait takes', () => {
  const message = ['signal', 'send', '--channel', 'c', '--payload', 'one'];
  const left = (): readonly string[] =>
    ['taken', 'lease', 'takers'].flatMap((part) =>
      Array.from(store.engine.keyspace.keys()).filter((key) => key.includes(part)),
    );

  it('is gone with its traces once it was acknowledged, and after a wait in vain', async () => {
    await cfn(message);
    await cfn(['signal', 'wait', '--channel', 'c']);
    await cfn(['signal', 'wait', '--channel', 'c', '--timeout', '0.05']);
    expect(left()).toEqual([]);
  });

  it('comes back, first of all, when its taker died with it', async () => {
    const client = await openRespClient({ url: store.taskUrl('t1'), deadlineMs: 1000 });
    if (!client.ok) throw new Error(client.error.message);
    await cfn(message);
    const dying = await take(client.value, {
      list: keys.signal('t1', 'c'),
      ttlSeconds: 60,
      timeoutMs: 1000,
      taker: 'dying',
      now: () => performance.now(),
      signal: new AbortController().signal,
    });
    expect(dying).toMatchObject({ ok: true, value: { text: 'one' } });
    expect(store.engine.keyspace.expiresAt('coord:t1:signal:c:taken:dying')).toBeTypeOf('number');
    await cfn(['signal', 'send', '--channel', 'c', '--payload', 'two']);
    // While its lease holds, it is its taker's.
    expect((await cfn(['signal', 'wait', '--channel', 'c'])).out).toBe('two\n');
    await cfn(['signal', 'send', '--channel', 'c', '--payload', 'three']);
    store.advance(PIECE_MS + LEASE_GRACE_MS + 1);
    expect((await cfn(['signal', 'wait', '--channel', 'c'])).out).toBe('one\n');
    expect((await cfn(['signal', 'wait', '--channel', 'c'])).out).toBe('three\n');
    expect(dying.ok && (await dying.value?.acknowledge())).toEqual({ ok: true, value: false });
    expect(left()).toEqual([]);
    client.value.close();
  });

  it('is kept when the reader of the output has gone away', async () => {
    await cfn(message);
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    broken.on('error', () => undefined);
    expect((await cfn(['signal', 'wait', '--channel', 'c'], { stdout: broken })).code).toBe(1);
    store.advance(PIECE_MS + LEASE_GRACE_MS + 1);
    expect((await cfn(['signal', 'wait', '--channel', 'c'])).out).toBe('one\n');
  });

  it('is left alone by a wait that is cancelled', async () => {
    const client = await openRespClient({ url: store.taskUrl('t1'), deadlineMs: 1000 });
    if (!client.ok) throw new Error(client.error.message);
    const abort = new AbortController();
    const waiting = take(client.value, {
      list: keys.signal('t1', 'c'),
      ttlSeconds: 60,
      timeoutMs: 60_000,
      taker: 'cancelled',
      now: () => performance.now(),
      signal: abort.signal,
    });
    await expect.poll(() => store.engine.waiters.size).toBe(1);
    abort.abort();
    expect(await waiting).toEqual({ ok: false, error: { kind: 'unavailable', message: 'cancelled' } });
    await expect.poll(() => store.engine.waiters.size).toBe(0);
    await cfn(message);
    expect((await cfn(['signal', 'wait', '--channel', 'c'])).out).toBe('one\n');
  });
});

describe('[SI-067] cfn signal complete', () => {
  it('announces the agent and leaves its payload', async () => {
    const run = await cfn(['signal', 'complete', '--payload', '{"n":1}']);
    expect(run).toEqual({ code: 0, out: '[INFO] a1 completed: success\n', err: '' });
    await cfn(['vote', 'store', '--decision', 'PROCEED', '--confidence', '1']);
    const collected = await cfn(['collect', '--expected', '1', '--threshold', '0.9']);
    expect(JSON.parse(collected.out)).toMatchObject({
      consensus: true,
      agents: [{ agentId: 'a1', result: 'success', confidence: 1 }],
    });
    expect(store.engine.keyspace.typeOf('coord:t1:payload:a1')).toBe('list');
    expect(await cfn(['signal', 'complete', '--result', 'a:b'])).toMatchObject({ code: 2 });
  });
});

describe('[DP-094] an agent id', () => {
  it.each(['-rf', 'a b', '../x', 'a;b', '__proto__', 'x'.repeat(65)])('%j is refused with 1', async (id) => {
    const run = await cfn(['signal', 'send', `--agent-id=${id}`, '--channel', 'c']);
    expect(run).toEqual({ code: 1, out: '', err: '[ERROR] Invalid agent ID format\n' });
  });
});

describe('cfn collect', () => {
  const complete = async (agent: string, confidence?: string): Promise<void> => {
    const client = await openRespClient({ url: store.taskUrl('t1'), deadlineMs: 1000 });
    if (!client.ok) throw new Error(client.error.message);
    await client.value.command(['LPUSH', 'coord:t1:complete', `${agent}:success`]);
    if (confidence !== undefined)
      await client.value.command(['LPUSH', `swarm:t1:confidence:${agent}`, confidence]);
    client.value.close();
  };

  it('[DP-062] [SI-042] [X-10] waits for both spellings of the count and judges the mean', async () => {
    const waiting = cfn([
      'collect',
      '--task-id',
      't1',
      '--expected',
      '2',
      '--threshold',
      '0.9',
      '--timeout',
      '10',
    ]);
    await complete('a', '0.95');
    await complete('b', '0.85');
    const run = await waiting;
    expect(run.code).toBe(0);
    expect(JSON.parse(run.out)).toMatchObject({ completed: 2, confidence: 0.9, consensus: true });
    expect(await cfn(['collect', '--required', '2', '--threshold', '0.91', '--timeout', '1'])).toMatchObject({
      code: 1,
    });
    expect(await cfn(['collect', '--required', '2', '--expected', '3'])).toMatchObject({ code: 2 });
  });

  it('[X-09] [SI-068] an agent that announces itself twice is one, and the time ends', async () => {
    await complete('a', '1');
    await complete('a', '1');
    const run = await cfn(['collect', '--expected', '2', '--timeout', '0.3']);
    expect(run).toEqual({ code: 1, out: '', err: '[ERROR] Timeout waiting for agent completion (1 of 2)\n' });
  });

  it.each(['', '10.0', '92%', 'nan'])(
    '[DP-041] takes the confidence %j for 0, and says so',
    async (confidence) => {
      await complete('a', confidence);
      const run = await cfn(['collect', '--expected', '1', '--threshold', '0.1']);
      expect(run.code).toBe(1);
      expect(JSON.parse(run.out)).toMatchObject({
        confidence: 0,
        agents: [{ agentId: 'a', confidence: 0, defaulted: true }],
      });
    },
  );
});

describe('cfn lock', () => {
  const env = { CFN_RUN_TOKEN: 'run-token-1' };

  it('[DP-112] ends with 0 when the task is in progress, and lets its owner release it', async () => {
    expect(await cfn(['lock', 'acquire', '--task-id', 't1'], { env })).toMatchObject({
      code: 0,
      out: /^\[INFO\] Lock acquired: t1 fence=\d+ ttl=330\n$/,
    });
    const other = { env: { CFN_RUN_TOKEN: 'run-token-2' } };
    expect(await cfn(['lock', 'acquire'], other)).toEqual({
      code: 0,
      out: '[INFO] Task already in progress\n',
      err: '',
    });
    expect(await cfn(['lock', 'release'], other)).toMatchObject({ code: 1 });
    expect(await cfn(['lock', 'release'], { env })).toMatchObject({
      code: 0,
      out: '[INFO] Lock released: t1\n',
    });
    expect(await cfn(['lock', 'acquire'], other)).toMatchObject({ code: 0, out: /acquired/ });
  });

  it('[X-08] ends by itself, and gives a person a token', async () => {
    const taken = await cfn(['lock', 'acquire', '--key', 'src/auth.ts', '--ttl', '10']);
    const token = /token=(\S+)/.exec(taken.out)?.[1] ?? '';
    expect(await cfn(['lock', 'release', '--key', 'src/auth.ts'])).toMatchObject({ code: 2 });
    expect((await cfn(['lock', 'acquire', '--key', 'src/auth.ts'])).out).toContain('already in progress');
    expect(await cfn(['lock', 'release', '--key', 'src/auth.ts', '--value', token])).toMatchObject({
      code: 0,
    });
    await cfn(['lock', 'acquire', '--key', 'src/auth.ts', '--ttl', '10'], { env });
    store.advance(11_000);
    expect((await cfn(['lock', 'acquire', '--key', 'src/auth.ts'])).out).toContain('acquired');
  });

  it('waits for a held lock when asked to', async () => {
    await cfn(['lock', 'acquire', '--key', 'r'], { env });
    const waiting = cfn(['lock', 'acquire', '--key', 'r', '--timeout', '10']);
    await cfn(['lock', 'release', '--key', 'r'], { env });
    expect((await waiting).out).toContain('acquired');
  });
});

describe('a store that is not there', () => {
  it('is one line and exit 1', async () => {
    const env = { CFN_REDIS_URL: 'redis://task-t1:x@127.0.0.1:1' };
    const run = await cfn(['signal', 'send', '--channel', 'c'], { env });
    expect(run).toMatchObject({
      code: 1,
      out: '',
      err: /^\[ERROR\] The coordination store is not reachable: .*\n$/,
    });
    expect(
      await cfn(['signal', 'send', '--channel', 'c'], { env: { CFN_REDIS_URL: 'nonsense' } }),
    ).toMatchObject({ code: 1 });
  });
});

describe('cfn report', () => {
  const env = (role: string, more: Record<string, string> = {}): Record<string, string> => ({
    CFN_RESULT_FILE: join(folder, 'result.json'),
    CFN_ROLE: role,
    CFN_NONCE: 'n1',
    ...more,
  });
  const reported = (): unknown => JSON.parse(readFileSync(join(folder, 'reported.json'), 'utf8'));

  it.each([
    ['implementer', { confidence: 0.9, summary: 'ä' }],
    ['validator', { score: 1, findings: [] }],
    ['product-owner', { decision: 'ITERATE', feedback: ['x'] }],
  ])('takes what a %s says from standard input and adds the nonce', async (role, result) => {
    const run = await cfn(['report'], { env: env(role), stdin: JSON.stringify(result) });
    expect(run).toEqual({ code: 0, out: '[INFO] Result reported\n', err: '' });
    expect(reported()).toEqual({ nonce: 'n1', ...result });
    expect(readdirSync(folder)).toEqual(['reported.json']);
  });

  it('takes a file, keeps its nonce and replaces an earlier report', async () => {
    writeFileSync(join(folder, 'r.json'), '{"nonce":"other","confidence":0.5}');
    await cfn(['report'], { env: env('implementer'), stdin: '{"confidence":0.1}' });
    expect(await cfn(['report', 'r.json'], { env: env('implementer') })).toMatchObject({ code: 0 });
    expect(reported()).toEqual({ nonce: 'other', confidence: 0.5 });
  });

  it.each([
    ['implementer', ''],
    ['implementer', 'no json'],
    ['implementer', '[]'],
    ['implementer', '{"confidence":"92%"}'],
    ['implementer', '{"confidence":10}'],
    ['validator', '{"confidence":0.9}'],
    ['product-owner', '{"decision":"MAYBE"}'],
  ])('refuses with 2 what a %s must not say: %s', async (role, stdin) => {
    const run = await cfn(['report'], { env: env(role), stdin });
    expect(run).toMatchObject({ code: 2, out: '', err: /^\[ERROR\] .*\n$/ });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends with 2 outside of an agent, and without a file', async () => {
    expect(await cfn(['report'], { stdin: '{"confidence":1}' })).toMatchObject({
      code: 2,
      err: /CFN_RESULT_FILE/,
    });
    expect(await cfn(['report', 'missing.json'], { env: env('implementer') })).toMatchObject({ code: 2 });
  });
});

describe('positive control', () => {
  it('the store under test is a real server', async () => {
    const child = spawn(process.execPath, [
      '-e',
      `require('node:net').connect(${store.port}).on('connect', () => process.exit(7))`,
    ]);
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(7);
  });
});
