import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts';
import {
  findProgram,
  openRaw,
  startFront,
  startRedis,
  ADMIN_PASSWORD,
  type FrontedRedis,
  type RealRedis,
} from './store-support.ts';

const reason = findProgram('redis-server') ? null : 'redis-server is not installed';
if (reason) process.stderr.write(`[skipped] faults of a real Redis: ${reason}\n`);

/** Within it a loss is noticed and shown, whatever kind it is. */
const NOTICED_MS = 2000;
const UNAVAILABLE = /^-UNAVAILABLE /;

describe.skipIf(reason !== null)('the front before a Redis that fails', () => {
  let redis: RealRedis;
  let proxy: FaultProxy;
  let front: FrontedRedis;
  const clients: Redis[] = [];

  beforeAll(async () => {
    const started = await startRedis();
    if (!started) throw new Error('redis-server did not start');
    redis = started;
  });
  afterAll(() => redis?.close());
  beforeEach(async () => {
    proxy = await startFaultProxy(redis);
    front = await startFront({ url: `redis://127.0.0.1:${proxy.port}` });
    await vi.waitUntil(() => front.server.state.up);
  });
  afterEach(async () => {
    redis.thaw();
    for (const client of clients.splice(0)) client.disconnect();
    await front.close();
    await proxy.close();
  });

  const connect = (): Redis => {
    const client = new Redis(front.adminUrl, { maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  const direct = (): Redis => {
    const client = new Redis({ port: redis.port, password: ADMIN_PASSWORD });
    clients.push(client);
    return client;
  };
  const becomes = (up: boolean) =>
    vi.waitUntil(() => front.server.state.up === up, { timeout: 20_000, interval: 10 });

  const FAULTS: Readonly<Record<string, { break(): unknown; mend(): unknown }>> = {
    'is frozen': { break: () => redis.freeze(), mend: () => redis.thaw() },
    'is behind a black hole': { break: () => proxy.blackhole(), mend: () => proxy.pass() },
    'refuses connections': { break: () => proxy.refuse(), mend: () => proxy.pass() },
    'is cut off in the middle of replies': { break: () => proxy.cutAfter(3), mend: () => proxy.pass() },
    'is too slow': { break: () => proxy.latency(3000), mend: () => [proxy.pass(), proxy.reset()] },
    'was killed': { break: () => redis.kill(), mend: () => redis.restart() },
  };

  it.each(Object.entries(FAULTS))(
    '[DP-111] [SI-033] one that %s is noticed within two seconds, refused for, and used again by itself',
    async (_how, fault) => {
      const client = connect();
      await client.set('coord:t1:x', 'before');
      const start = performance.now();
      await fault.break();
      await becomes(false);
      expect(performance.now() - start).toBeLessThan(NOTICED_MS);
      expect(front.lines.join('\n')).toContain('[WARNING] Redis unavailable, using local cache');
      expect(front.lines.join('\n')).not.toContain(ADMIN_PASSWORD);
      const asked = performance.now();
      await expect(client.get('coord:t1:x')).rejects.toThrow(/^UNAVAILABLE /);
      await expect(client.call('CFN.LOCK', 'r1', 'token-of-mine', '1000')).rejects.toThrow(/^UNAVAILABLE /);
      expect(performance.now() - asked).toBeLessThan(200);
      expect(await client.ping()).toBe('PONG');
      await fault.mend();
      await becomes(true);
      await client.set('coord:t1:x', 'after');
      expect(await client.get('coord:t1:x')).toBe('after');
    },
  );

  it('[X-16] a frozen one never holds a caller for longer than the deadline of a command', async () => {
    const client = connect();
    await client.ping();
    redis.freeze();
    const start = performance.now();
    await expect(client.get('coord:t1:x')).rejects.toThrow(/^UNAVAILABLE /);
    expect(performance.now() - start).toBeLessThan(NOTICED_MS);
  });

  it('[DP-111] what was cached is read on, and nothing else', async () => {
    const client = connect();
    await client.set('context:t1:plan', 'the plan', 'EX', 60);
    await client.set('coord:t1:x', 'state', 'EX', 60);
    await client.set('context:t1:gone', 'x', 'EX', 60);
    await client.del('context:t1:gone');
    proxy.refuse();
    await becomes(false);
    expect(await client.get('context:t1:plan')).toBe('the plan');
    expect(await client.ttl('context:t1:plan')).toBeGreaterThan(50);
    for (const key of ['coord:t1:x', 'context:t1:gone', 'context:t1:never']) {
      await expect(client.get(key)).rejects.toThrow(/^UNAVAILABLE /);
    }
    await expect(client.set('context:t1:plan', 'x')).rejects.toThrow(/^UNAVAILABLE /);
    const stranger = new Redis(front.taskUrl('t2'));
    clients.push(stranger);
    await expect(stranger.get('context:t1:plan')).rejects.toThrow(/^NOPERM /);
  });

  it('a wait goes on over a loss and gets what comes after it; one that ends meanwhile gets nothing', async () => {
    const waiter = await openRaw(front.port, [ADMIN_PASSWORD]);
    const short = await openRaw(front.port, [ADMIN_PASSWORD]);
    const got = waiter.askOne('BLPOP', 'coord:t1:signal:x', '0');
    const nothing = short.askOne('BLPOP', 'coord:t1:signal:y', '1.5');
    await expect.poll(async () => (await direct().info('clients')).includes('blocked_clients:2')).toBe(true);
    proxy.refuse();
    await becomes(false);
    expect(await nothing).toBe('*-1\r\n');
    proxy.pass();
    await becomes(true);
    await connect().lpush('coord:t1:signal:x', 'go');
    expect(await got).toBe('*2\r\n$17\r\ncoord:t1:signal:x\r\n$2\r\ngo\r\n');
    waiter.end();
    short.end();
  });

  it('a client that goes takes nothing from a list', async () => {
    const waiter = await openRaw(front.port, [ADMIN_PASSWORD]);
    waiter.write('*3\r\n$5\r\nBLPOP\r\n$6\r\nx:t1:q\r\n$1\r\n0\r\n');
    const watcher = direct();
    await expect.poll(async () => (await watcher.info('clients')).includes('blocked_clients:1')).toBe(true);
    waiter.socket.end();
    await expect.poll(async () => (await watcher.info('clients')).includes('blocked_clients:0')).toBe(true);
    const client = connect();
    await client.lpush('x:t1:q', 'kept');
    expect(await client.llen('x:t1:q')).toBe(1);
  });

  it.each([
    ['a wipe', () => direct().flushall()],
    ['a restart', () => redis.restart()],
  ])(
    'after %s the generation is another one, and locks that are held are there again',
    async (_how, lose) => {
      const client = connect();
      const first = await client.call('CFN.LOCK', 'r1', 'token-of-mine', '60000');
      await client.set('coord:t1:x', 'v');
      const { generation } = front.server.state;
      await lose();
      await expect
        .poll(() => front.server.state.up && front.server.state.generation !== generation, {
          timeout: 20_000,
        })
        .toBe(true);
      await expect.poll(() => client.call('CFN.LOCK', 'r1', 'token-of-other', '60000')).toBe(null);
      expect(await client.get('coord:t1:x')).toBe(null);
      expect(Number(await client.call('CFN.LOCK', 'r1', 'token-of-mine', '60000'))).toBeGreaterThan(
        Number(first),
      );
      expect(await client.call('CFN.UNLOCK', 'r1', 'token-of-mine')).toBe(1);
      expect(Number(await client.call('CFN.LOCK', 'r1', 'token-of-other', '60000'))).toBeGreaterThan(0);
    },
  );

  it('[X-16] [SI-032] [SI-033] the fallback server is read for caches and for nothing else', async () => {
    const spare = await startRedis();
    if (!spare) throw new Error('redis-server did not start');
    const settings = {
      url: `redis://127.0.0.1:${proxy.port}`,
      fallbackUrl: `redis://127.0.0.1:${spare.port}`,
    };
    const both = await startFront(settings);
    const copy = new Redis({ port: spare.port, password: ADMIN_PASSWORD });
    const client = new Redis(both.adminUrl, { maxRetriesPerRequest: 0, retryStrategy: () => null });
    clients.push(copy, client);
    // As a replica would have them.
    const place = `cfn:{${both.namespace}:t1}:`;
    await copy.set(`${place}context:t1:plan`, 'from the fallback');
    await copy.set(`${place}coord:t1:x`, 'from the fallback');
    await client.ping();
    proxy.refuse();
    await expect.poll(() => both.server.state.up, { timeout: 10_000 }).toBe(false);
    expect(await client.get('context:t1:plan')).toBe('from the fallback');
    expect(
      both.lines.filter((line) => line === '[WARNING] Primary Redis failed, using fallback'),
    ).toHaveLength(1);
    await expect(client.get('coord:t1:x')).rejects.toThrow(/^UNAVAILABLE /);
    await expect(client.set('context:t1:plan', 'x')).rejects.toThrow(/^UNAVAILABLE /);
    await expect(client.call('CFN.LOCK', 'r1', 'token-of-mine', '1000')).rejects.toThrow(/^UNAVAILABLE /);
    expect(await copy.dbsize()).toBe(2);
    await both.close();
    await spare.close();
  });

  it('[DP-101] waits take connections of their own up to a limit, and share one for everything else', async () => {
    const few = await startFront({ url: `redis://127.0.0.1:${redis.port}`, blockingConnections: 2 });
    const waiters = await Promise.all([1, 2].map(() => openRaw(few.port, [ADMIN_PASSWORD])));
    const waiting = waiters.map((waiter) => waiter.askOne('BLPOP', 'x:t1:q', '0'));
    const watcher = direct();
    await expect.poll(async () => (await watcher.info('clients')).includes('blocked_clients:2')).toBe(true);
    const third = await openRaw(few.port, [ADMIN_PASSWORD]);
    expect(await third.askOne('BLPOP', 'x:t1:q', '0')).toMatch(/^-BUSY all 2 connections/);
    expect(await third.askOne('RPUSH', 'x:t1:q', 'a', 'b')).toBe(':2\r\n');
    await Promise.all(waiting);
    const before = (await watcher.info('stats')).match(/total_connections_received:(\d+)/)?.[1];
    await Promise.all(waiters.map((waiter) => waiter.askOne('BLPOP', 'x:t1:q', '0.01')));
    for (const _round of [1, 2, 3]) expect(await third.askOne('GET', 'x:t1:y')).toBe('$-1\r\n');
    expect((await watcher.info('stats')).match(/total_connections_received:(\d+)/)?.[1]).toBe(before);
    for (const waiter of [...waiters, third]) waiter.end();
    await few.close();
  });

  it('keeps to its namespace: a wipe through the front leaves what others have on the server', async () => {
    const other = direct();
    await other.set('theirs', 'v');
    const client = connect();
    await client.mset('coord:t1:x', '1', 'plain', '2');
    expect((await client.keys('*')).sort()).toEqual(['coord:t1:x', 'plain']);
    expect(await client.dbsize()).toBe(2);
    await client.flushall();
    expect(await client.dbsize()).toBe(0);
    expect(await other.get('theirs')).toBe('v');
    await other.del('theirs');
  });

  it('a task sees and reaches its own keys alone, also on a real server', async () => {
    const admin = connect();
    await admin.mset('coord:t1:x', '1', 'coord:t2:x', '2');
    const task = await openRaw(front.port, ['task-t1', new URL(front.taskUrl('t1')).password]);
    expect(await task.askOne('GET', 'coord:t1:x')).toBe('$1\r\n1\r\n');
    expect(await task.askOne('GET', 'coord:t2:x')).toMatch(/^-NOPERM /);
    expect(await task.askOne('KEYS', '*')).toBe('*1\r\n$10\r\ncoord:t1:x\r\n');
    expect(await task.askOne('SCAN', '0', 'COUNT', '1000')).toBe(
      '*2\r\n$1\r\n0\r\n*1\r\n$10\r\ncoord:t1:x\r\n',
    );
    expect(await task.askOne('FLUSHALL')).toMatch(/^-NOPERM /);
    expect(await task.askOne('XADD', 'coord:t1:s', '*', 'a', 'b')).toMatch(/^-ERR unknown command/);
    expect(await task.askOne('EVAL', 'return 1', '0')).toMatch(/^-ERR unsupported script/);
    proxy.refuse();
    await becomes(false);
    expect(await task.askOne('GET', 'coord:t1:x')).toMatch(UNAVAILABLE);
    task.end();
  });
});
