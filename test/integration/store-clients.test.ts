import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UNLOCK_SCRIPT, UNLOCK_SHA } from '../../src/adapters/embedded/commands/locks.ts';
import {
  ADMIN_PASSWORD,
  findProgram,
  frame,
  openRaw,
  startTestStore,
  type TestStore,
} from './store-support.ts';

const run = promisify(execFile);
const cli = findProgram('redis-cli');
const bash = findProgram('bash');
if (!cli || !bash)
  process.stderr.write('[skipped] redis-cli against the store: redis-cli or bash is not installed\n');

let store: TestStore;
beforeEach(async () => {
  store = await startTestStore();
});
afterEach(() => store.close());

const clients: Redis[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

function redis(protocol: 2 | 3, url = store.adminUrl): Redis {
  const client = new Redis(url, { protocol, maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

const NOPERM = /^-NOPERM /;

describe.each([2, 3] as const)('ioredis with RESP%d', (protocol) => {
  it('runs commands, pipelines and transactions', async () => {
    const client = redis(protocol);
    expect(await client.ping()).toBe('PONG');
    const binary = Buffer.from([0, 255, 13, 10, 128]);
    await client.set('b', binary, 'EX', 10);
    expect(await client.getBuffer('b')).toEqual(binary);
    expect(await client.pipeline().set('a', '1').incr('a').get('a').exec()).toEqual([
      [null, 'OK'],
      [null, 2],
      [null, '2'],
    ]);
    expect(await client.multi().hset('h', 'f', 'v').hgetall('h').exec()).toEqual([
      [null, 1],
      [null, expect.anything()],
    ]);
    expect(await client.hgetall('h')).toEqual({ f: 'v' });
    await client.sadd('s', 'x', 'y');
    expect((await client.smembers('s')).sort()).toEqual(['x', 'y']);
    const thousand = client.pipeline();
    for (let index = 0; index < 5000; index++) thousand.rpush('many', String(index));
    expect((await thousand.exec())?.at(-1)).toEqual([null, 5000]);
    expect(await client.lrange('many', -1, -1)).toEqual(['4999']);
  });

  it('[X-04] is woken from BLPOP in the order of waiting, and by transactions as a whole', async () => {
    const [first, second, writer] = [redis(protocol), redis(protocol), redis(protocol)];
    await Promise.all([first.ping(), second.ping(), writer.ping()]);
    const one = first.blpop('q', 5);
    await expect.poll(() => store.engine.waiters.size).toBe(1);
    const two = second.blpop('other', 'q', 5);
    await expect.poll(() => store.engine.waiters.size).toBe(2);
    await writer.multi().lpush('q', 'a').lpush('q', 'b').exec();
    expect(await one).toEqual(['q', 'b']);
    expect(await two).toEqual(['q', 'a']);
    expect(await writer.blpop('none', 0.02)).toBe(null);
  });

  it('publishes to channels and patterns', async () => {
    const [listener, writer] = [redis(protocol), redis(protocol)];
    const heard: string[] = [];
    listener.on('message', (channel, message) => heard.push(`${channel} ${message}`));
    listener.on('pmessage', (_pattern, channel, message) => heard.push(`p ${channel} ${message}`));
    await listener.subscribe('c1');
    await listener.psubscribe('c*');
    expect(await writer.publish('c1', 'hi')).toBe(2);
    expect(await writer.publish('c2', 'ho')).toBe(1);
    await expect.poll(() => heard).toEqual(['c1 hi', 'p c1 hi', 'p c2 ho']);
  });

  it('fails a transaction whose watched key was changed, has ended, or was deleted', async () => {
    const [client, other] = [redis(protocol), redis(protocol)];
    for (const change of [
      () => other.set('w', '2'),
      () => other.del('w'),
      () => Promise.resolve(store.advance(60_000)),
      () => other.flushall(),
    ]) {
      await client.set('w', '1', 'EX', 30);
      await client.watch('w');
      await change();
      expect(await client.multi().set('done', 'x').exec()).toBe(null);
    }
    await client.set('w', '1');
    await client.watch('w');
    await other.set('another', '1');
    expect(await client.multi().get('w').exec()).toEqual([[null, '1']]);
  });
});

describe('a connection', () => {
  it('that is gone takes nothing from a list', async () => {
    const waiter = await openRaw(store.port, [ADMIN_PASSWORD]);
    waiter.write(frame(['BLPOP', 'q', '0']));
    await expect.poll(() => store.engine.waiters.size).toBe(1);
    waiter.socket.end();
    await expect.poll(() => store.engine.waiters.size).toBe(0);
    const client = redis(2);
    await client.lpush('q', 'kept');
    expect(await client.llen('q')).toBe(1);
  });

  it('answers what was sent behind a blocking command only after it', async () => {
    const waiter = await openRaw(store.port, [ADMIN_PASSWORD]);
    waiter.write(frame(['BLPOP', 'q', '0']) + frame(['ECHO', 'after']));
    await expect.poll(() => store.engine.waiters.size).toBe(1);
    await redis(2).lpush('q', 'v');
    expect(await waiter.until('after\r\n')).toBe('*2\r\n$1\r\nq\r\n$1\r\nv\r\n$5\r\n');
    waiter.end();
  });

  it('has to log in before anything else, with small requests only', async () => {
    const stranger = await openRaw(store.port);
    expect(await stranger.askOne('GET', 'a')).toMatch(/^-NOAUTH /);
    expect(await stranger.askOne('AUTH', 'wrong')).toMatch(/^-WRONGPASS /);
    stranger.write(`*2\r\n$3\r\nGET\r\n$20000\r\n`);
    expect(await stranger.closed()).toContain('unauthenticated bulk length');
    const guesser = await openRaw(store.port);
    for (let index = 0; index < 10; index++) guesser.write(frame(['AUTH', `guess${index}`]));
    expect(await guesser.closed()).toMatch(/WRONGPASS/);
  });

  it('of a browser is closed without taking its lines for commands', async () => {
    const page = await openRaw(store.port);
    page.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nAUTH x\r\n');
    expect(await page.closed()).toBe('');
  });

  it('can be anything: random bytes never harm the others', async () => {
    const client = redis(2);
    let seed = 12_345;
    const next = (): number => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff);
    for (let round = 0; round < 60; round++) {
      const noise = await openRaw(store.port, round % 2 === 0 ? [ADMIN_PASSWORD] : null);
      noise.socket.write(Buffer.from(Array.from({ length: 200 }, () => next() & 0xff)));
      noise.write(`*${next() % 5}\r\n$${next() % 9}\r\nxxxx`);
      noise.end();
    }
    expect(await client.ping()).toBe('PONG');
  });

  it('that does not read does not fill the memory', async () => {
    const client = redis(2);
    await client.set('big', 'x'.repeat(1024 * 1024));
    const greedy = await openRaw(store.port, [ADMIN_PASSWORD]);
    greedy.socket.pause();
    const before = process.memoryUsage().rss;
    greedy.write(frame(['GET', 'big']).repeat(2000));
    expect(await client.ping()).toBe('PONG');
    await client.incr('n');
    expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(300);
    greedy.end();
  });
});

describe('limits', () => {
  it('a full store refuses what makes it larger, and takes it again after something went', async () => {
    await store.close();
    store = await startTestStore({ memoryBytes: 1024 * 1024 });
    const client = redis(2);
    const fill = async (): Promise<never> => {
      for (let index = 0; ; index++) await client.set(`k${index}`, 'x'.repeat(50_000));
    };
    await expect(fill()).rejects.toThrow(/^OOM command not allowed/);
    await expect(client.lpush('l', 'x')).rejects.toThrow(/^OOM/);
    expect(await client.get('k0')).toHaveLength(50_000);
    await client.del('k0', 'k1');
    expect(await client.set('small', 'x')).toBe('OK');
  });

  it('a reply that is larger than it may be is an error', async () => {
    await store.close();
    store = await startTestStore({ replyBytes: 1024 * 1024 });
    const client = redis(2);
    await client.set('k', 'x'.repeat(100_000));
    await expect(client.mget(...Array.from({ length: 20 }, () => 'k'))).rejects.toThrow(/reply is larger/);
    expect(await client.strlen('k')).toBe(100_000);
  });

  it('keys end by themselves even when nobody asks for them', async () => {
    const client = redis(2);
    await client.psetex('short', 30, 'v');
    await expect.poll(() => store.engine.keyspace.size).toBe(0);
  });
});

describe("a task's credential", () => {
  it("reaches the task's keys, whatever stands before and after its id, and no others", async () => {
    const task = redis(2, store.taskUrl('t1'));
    expect(await task.acl('WHOAMI')).toBe('task-t1');
    expect(await task.set('coord:t1:decision', 'PROCEED')).toBe('OK');
    expect(await task.lpush('anything:t1', 'v')).toBe(1);
    for (const key of [
      'coord:t2:decision',
      'coord:T1:x',
      't1',
      'lock:t1',
      'lock:t1:x',
      'cache:query:x',
      'coord:t10:x',
      '',
    ]) {
      await expect(task.get(key)).rejects.toThrow('NOPERM');
    }
  });

  it('is checked for every key of every command', async () => {
    const task = await openRaw(store.port, ['task-t1', new URL(store.taskUrl('t1')).password]);
    const admin = redis(2);
    await admin.set('a:t2', 'secret');
    await admin.rpush('l:t2', 'secret');
    for (const command of [
      ['MGET', 'a:t1', 'a:t2'],
      ['MSET', 'a:t1', 'v', 'a:t2', 'v'],
      ['DEL', 'a:t1', 'a:t2'],
      ['EXISTS', 'a:t2'],
      ['RENAME', 'a:t1', 'a:t2'],
      ['RENAME', 'a:t2', 'a:t1'],
      ['LMOVE', 'l:t2', 'l:t1', 'LEFT', 'LEFT'],
      ['LMOVE', 'l:t1', 'l:t2', 'LEFT', 'LEFT'],
      ['BLMOVE', 'l:t2', 'l:t1', 'LEFT', 'LEFT', '1'],
      ['RPOPLPUSH', 'l:t2', 'l:t1'],
      ['BRPOPLPUSH', 'l:t2', 'l:t1', '1'],
      ['BLPOP', 'l:t1', 'l:t2', '1'],
      ['BRPOP', 'l:t2', '1'],
      ['SMOVE', 's:t1', 's:t2', 'x'],
      ['SUNION', 's:t1', 's:t2'],
      ['WATCH', 'a:t2'],
      ['TYPE', 'a:t2'],
      ['TTL', 'a:t2'],
      ['EXPIRE', 'a:t2', '1'],
      ['EVAL', UNLOCK_SCRIPT, '1', 'a:t2', 'secret'],
      ['EVALSHA', UNLOCK_SHA, '1', 'lock:t1', 'x'],
      ['PUBLISH', 'coord:t2:x', 'v'],
      ['SUBSCRIBE', 'coord:t1:x', 'coord:t2:x'],
      ['FLUSHALL'],
      ['FLUSHDB'],
      ['DBSIZE'],
      ['SHUTDOWN'],
      ['CFN.GRANT', 't2'],
      ['CFN.REVOKE', 't2'],
    ]) {
      expect(`${command.join(' ')} ${await task.ask(...command)}`).toMatch(/ -NOPERM /);
    }
    expect(await admin.get('a:t2')).toBe('secret');
    task.end();
  });

  it('lists and hears only what is its own', async () => {
    const admin = redis(2);
    await admin.mset('coord:t1:a', '1', 'coord:t2:a', '1', 'lock:t1', '1');
    const task = redis(2, store.taskUrl('t1'));
    expect(await task.keys('*')).toEqual(['coord:t1:a']);
    expect((await task.scan(0, 'COUNT', 100))[1]).toEqual(['coord:t1:a']);
    const heard: string[] = [];
    task.on('pmessage', (_pattern, channel) => heard.push(channel));
    await task.psubscribe('*');
    expect(await admin.publish('coord:t2:x', 'v')).toBe(0);
    expect(await admin.publish('coord:t1:x', 'v')).toBe(1);
    await expect.poll(() => heard).toEqual(['coord:t1:x']);
  });

  it('holds within a transaction and after a change of the user', async () => {
    const raw = await openRaw(store.port, ['task-t1', new URL(store.taskUrl('t1')).password]);
    expect(await raw.askOne('MULTI')).toBe('+OK\r\n');
    expect(await raw.askOne('SET', 'a:t2', 'x')).toMatch(NOPERM);
    expect(await raw.askOne('EXEC')).toMatch(/^-EXECABORT/);
    const other = new URL(store.taskUrl('t2'));
    await raw.askOne('SUBSCRIBE', 'coord:t1:x');
    expect(await raw.askOne('RESET')).toBe('+RESET\r\n');
    expect(await raw.askOne('AUTH', other.username, other.password)).toBe('+OK\r\n');
    expect(await redis(2).publish('coord:t1:x', 'v')).toBe(0);
    expect(await raw.ask('GET', 'a:t1')).toMatch(NOPERM);
    raw.end();
  });

  it('ends at once when it is revoked', async () => {
    const url = new URL(store.taskUrl('t1'));
    const raw = await openRaw(store.port, [url.username, url.password]);
    await redis(2).call('CFN.REVOKE', 't1');
    await raw.closed();
    await expect(openRaw(store.port, [url.username, url.password])).rejects.toThrow('WRONGPASS');
  });
});

describe('[X-08] locks', () => {
  it('are held by one owner, end by themselves and are released by their owner only', async () => {
    const one = redis(2, store.taskUrl('t1'));
    const two = redis(2, store.taskUrl('t2'));
    const first = await one.call('CFN.LOCK', 'src/auth.ts', 'token-one', '5000');
    expect(first).toBeTypeOf('number');
    expect(await two.call('CFN.LOCK', 'src/auth.ts', 'token-two', '5000')).toBe(null);
    expect(await two.call('CFN.UNLOCK', 'src/auth.ts', 'token-two')).toBe(0);
    // The right token in the wrong hands.
    expect(await two.call('CFN.UNLOCK', 'src/auth.ts', 'token-one')).toBe(0);
    expect(await one.call('CFN.LOCK', 'src/auth.ts', 'token-one', '5000')).toBeGreaterThan(Number(first));
    store.advance(6000);
    const second = await two.call('CFN.LOCK', 'src/auth.ts', 'token-two', '5000');
    expect(second).toBeGreaterThan(Number(first));
    // The first owner comes back too late.
    expect(await one.call('CFN.UNLOCK', 'src/auth.ts', 'token-one')).toBe(0);
    expect(await two.call('CFN.UNLOCK', 'src/auth.ts', 'token-two')).toBe(1);
    for (const words of [
      ['a b', 'token-one', '5'],
      ['r', 'short', '5'],
      ['r', 'token-one', '0'],
      ['r', 'token-one', 'x'],
    ]) {
      await expect(one.call('CFN.LOCK', ...words)).rejects.toThrow('ERR');
    }
  });

  it('of one resource have one winner among many', async () => {
    const contenders = Array.from({ length: 20 }, () => redis(2));
    const results = await Promise.all(
      contenders.map((client, index) => client.call('CFN.LOCK', 'r', `token-${index}-x`, '5000')),
    );
    expect(results.filter((result) => result !== null)).toHaveLength(1);
  });

  it('made with SET NX PX are released by the known script and by no other', async () => {
    const admin = redis(2);
    expect(await admin.set('lock:r', 'mine', 'PX', 5000, 'NX')).toBe('OK');
    expect(await admin.set('lock:r', 'other', 'PX', 5000, 'NX')).toBe(null);
    expect(await admin.eval(UNLOCK_SCRIPT, 1, 'lock:r', 'other')).toBe(0);
    expect(await admin.call('SCRIPT', 'LOAD', UNLOCK_SCRIPT)).toBe(UNLOCK_SHA);
    expect(await admin.evalsha(UNLOCK_SHA, 1, 'lock:r', 'mine')).toBe(1);
    await expect(admin.eval('return 1', 0)).rejects.toThrow('unsupported script');
    await expect(admin.evalsha('0'.repeat(40), 0)).rejects.toThrow('NOSCRIPT');
  });
});

describe.skipIf(!cli || !bash)("the scripts' own commands with redis-cli", () => {
  const shell = async (script: string): Promise<string> => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      CFN_REDIS_URL: store.taskUrl('t1'),
      TASK_ID: 't1',
      AGENT_ID: 'a1',
      REDISCLI_AUTH: '',
    };
    const alias = 'redis-cli() { command redis-cli --no-auth-warning -u "$CFN_REDIS_URL" "$@"; }\n';
    return (await run('bash', ['-c', `set -u\n${alias}${script}`], { env })).stdout.trim();
  };

  it('[DP-040] [DP-041] [DP-042] [DP-043] always leave a decision and a confidence', async () => {
    const out = await shell(`
DECISION="\${PARSED_DECISION:-ABORT}"
CONFIDENCE="\${EXTRACTED_CONFIDENCE:-0.0}"
redis-cli LPUSH "swarm:$TASK_ID:decision" "$DECISION" >/dev/null
redis-cli LPUSH "swarm:$TASK_ID:confidence:$AGENT_ID" "$CONFIDENCE" >/dev/null
echo "[INFO] Stored $DECISION to Redis (confidence: $CONFIDENCE)"
redis-cli LINDEX "swarm:$TASK_ID:decision" 0
redis-cli LINDEX "swarm:$TASK_ID:confidence:$AGENT_ID" 0`);
    expect(out).toBe('[INFO] Stored ABORT to Redis (confidence: 0.0)\nABORT\n0.0');
  });

  it('[DP-050] [DP-060] wait with a deadline and fall back', async () => {
    const out = await shell(`
RESULT=$(timeout 5 redis-cli BLPOP "swarm:$TASK_ID:key" 0.05 2>/dev/null || echo "")
if [ -z "$RESULT" ]; then RESULT="default_value"; fi
echo "$RESULT"
redis-cli LPUSH "chain:$TASK_ID:agent1:complete" "payload" >/dev/null
redis-cli BLPOP "chain:$TASK_ID:agent1:complete" 60`);
    expect(out).toBe('default_value\nchain:t1:agent1:complete\npayload');
  });

  it('[DP-061] [DP-063] broadcast and mesh', async () => {
    const out = await shell(`
for agent_id in a1 a2; do redis-cli LPUSH "broadcast:$TASK_ID:$agent_id" "payload" >/dev/null; done
redis-cli LPUSH "mesh:$TASK_ID:a1:a2" "payload" >/dev/null
redis-cli --scan --pattern "*:t1:*" | sort`);
    expect(out).toBe('broadcast:t1:a1\nbroadcast:t1:a2\nmesh:t1:a1:a2');
  });

  it('[SI-067] [SI-068] signal and count completions', async () => {
    const out = await shell(`
signal_completion() {
  local task_id="$1" agent_id="$2" result="\${3:-success}" payload="\${4:-}"
  redis-cli LPUSH "coord:\${task_id}:complete" "$agent_id:$result" >/dev/null
  if [ -n "$payload" ]; then redis-cli LPUSH "coord:\${task_id}:payload:\${agent_id}" "$payload" >/dev/null; fi
}
signal_completion "$TASK_ID" a1
signal_completion "$TASK_ID" a2 failed '{"x":1}'
redis-cli LLEN "coord:$TASK_ID:complete"
redis-cli LRANGE "coord:$TASK_ID:complete" 0 -1
redis-cli LINDEX "coord:$TASK_ID:payload:a2" 0`);
    expect(out).toBe('2\na2:failed\na1:success\n{"x":1}');
  });

  it('[DP-112] leave locks to cfn lock', async () => {
    expect(await shell('redis-cli SETNX "lock:$TASK_ID" 1 2>&1')).toContain('NOPERM');
  });

  it('read inline commands and RESP3', async () => {
    expect(await shell('redis-cli -3 HSET h:t1 a 1; redis-cli -3 HGETALL h:t1; redis-cli --raw PING')).toBe(
      '1\na 1\nPONG',
    );
    const child = spawn('bash', [
      '-c',
      `exec 3<>/dev/tcp/127.0.0.1/${store.port}; printf 'AUTH ${ADMIN_PASSWORD}\\r\\nset "a b" 1\\r\\nGET "a b"\\r\\nQUIT\\r\\n' >&3; cat <&3`,
    ]);
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    expect(out).toBe('+OK\r\n+OK\r\n$1\r\n1\r\n+OK\r\n');
  });
});
