import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, startSentinel, startTls } from '../support/redis-topologies.ts';
import { ADMIN_PASSWORD, findProgram, startFront, startRedis, type FrontedRedis } from './store-support.ts';

const missing = ['redis-server', 'redis-cli'].filter((name) => !findProgram(name));
if (missing.length > 0) {
  process.stderr.write(
    `[skipped] Redis with TLS, users, Sentinel and Cluster: no ${missing.join(' and no ')}\n`,
  );
}

const open: { close(): Promise<unknown> }[] = [];
const clients: Redis[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const one of open.splice(0)) await one.close();
});

async function front(...args: Parameters<typeof startFront>): Promise<FrontedRedis> {
  const started = await startFront(...args);
  open.push(started);
  return started;
}
function connect(to: FrontedRedis): Redis {
  const client = new Redis(to.adminUrl, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

/** What a loop asks of a store, in one go. */
async function serves(client: Redis): Promise<void> {
  await client.del('coord:t1:list', 'coord:t1:h');
  await client.set('context:t1:plan', 'v', 'EX', 60);
  expect(await client.get('context:t1:plan')).toBe('v');
  expect(
    await client
      .multi()
      .lpush('coord:t1:list', 'a')
      .expire('coord:t1:list', 60)
      .hset('coord:t1:h', 'f', 'v')
      .exec(),
  ).toEqual([
    [null, 1],
    [null, 1],
    [null, 1],
  ]);
  expect(await client.brpop('coord:t1:list', 1)).toEqual(['coord:t1:list', 'a']);
  expect(Number(await client.call('CFN.LOCK', 'r1', 'token-of-mine', '1000'))).toBeGreaterThan(0);
  expect(await client.call('CFN.LOCK', 'r1', 'token-of-other', '1000')).toBe(null);
  expect(await client.call('CFN.UNLOCK', 'r1', 'token-of-mine')).toBe(1);
}

describe.skipIf(missing.length > 0)('a Redis of the user', () => {
  it('[SI-031] may want TLS with an authority of its own', async (context) => {
    const tls = await startTls();
    if ('reason' in tls) {
      process.stderr.write(`[skipped] Redis with TLS: ${tls.reason}\n`);
      context.skip(tls.reason);
      return;
    }
    open.push(tls);
    await serves(connect(await front({ url: tls.url }, { password: ADMIN_PASSWORD, ca: tls.ca })));
    const distrusted = await front({ url: tls.url }, { password: ADMIN_PASSWORD });
    expect(distrusted.server.state).toMatchObject({
      up: false,
      problem: /rediss:\/\/localhost:\d+ does not serve/,
    });
  });

  it('[SI-031] may want a user with few rights', async () => {
    const redis = await startRedis();
    if (!redis) throw new Error('redis-server did not start');
    open.push(redis);
    const admin = new Redis({ port: redis.port, password: ADMIN_PASSWORD });
    clients.push(admin);
    const rights = ['~cfn:*', '&cfn:*', '+@all', '-@admin', '-@dangerous'];
    await admin.call('ACL', 'SETUSER', 'crew', 'on', '>secret-of-the-crew', ...rights);
    const url = `redis://127.0.0.1:${redis.port}`;
    await serves(connect(await front({ url, username: 'crew' }, { password: 'secret-of-the-crew' })));
    const wrong = await front({ url, username: 'crew' }, { password: 'a-wrong-password' });
    expect(wrong.server.state.up).toBe(false);
    expect(wrong.server.state.problem).toMatch(/WRONGPASS/);
    expect(`${wrong.server.state.problem}${wrong.lines.join('')}`).not.toContain('a-wrong-password');
  });

  it('may be found by Sentinel, and is followed to another server', async () => {
    const sentinel = await startSentinel();
    if (!sentinel) throw new Error('redis-server did not start');
    open.push(sentinel);
    const followed = await front({ url: sentinel.url });
    await expect.poll(() => followed.server.state.up, { timeout: 10_000 }).toBe(true);
    const client = connect(followed);
    await serves(client);
    await client.call('CFN.LOCK', 'kept', 'token-of-mine', '60000');
    const { generation } = followed.server.state;
    await sentinel.master.kill();
    await expect.poll(() => followed.server.state.up, { timeout: 5000 }).toBe(false);
    await expect
      .poll(() => followed.server.state, { timeout: 30_000 })
      .toMatchObject({ up: true, problem: '' });
    expect(followed.server.state.generation).not.toBe(generation);
    await serves(client);
    await expect.poll(() => client.call('CFN.LOCK', 'kept', 'token-of-other', '60000')).toBe(null);
  });

  describe('in a cluster', () => {
    let cluster: NonNullable<Awaited<ReturnType<typeof startCluster>>>;
    beforeAll(async () => {
      const started = await startCluster();
      if (!started) throw new Error('the cluster did not start');
      cluster = started;
    });
    afterAll(() => cluster?.close());

    it('serves tasks on all masters, each with its keys in one place', async () => {
      const fronted = await front({ url: cluster.url });
      const client = connect(fronted);
      await serves(client);
      const tasks = Array.from({ length: 30 }, (_none, index) => `t${index}`);
      for (const task of tasks) {
        await client.mset(`coord:${task}:x`, task, `swarm:${task}:y`, task);
        expect(await client.mget(`coord:${task}:x`, `swarm:${task}:y`)).toEqual([task, task]);
      }
      await expect(client.mset('coord:t1:x', '1', 'coord:t2:x', '2')).rejects.toThrow(/same slot|CROSSSLOT/);
      const counts = await Promise.all(
        cluster.nodes.map(async (node) => {
          const direct = new Redis({ port: node.port, password: ADMIN_PASSWORD });
          clients.push(direct);
          return direct.dbsize();
        }),
      );
      for (const count of counts) expect(count).toBeGreaterThan(1);
      expect(await client.keys('swarm:*:y')).toHaveLength(30);
      const scanned = new Set<string>();
      for (let cursor = '0'; ;) {
        const [next, found] = await client.scan(cursor, 'MATCH', 'coord:*', 'COUNT', 7);
        for (const key of found) scanned.add(key);
        if ((cursor = next) === '0') break;
      }
      expect([...scanned].filter((key) => key.endsWith(':x')).sort()).toEqual(
        tasks.map((task) => `coord:${task}:x`).sort(),
      );
      const listener = connect(fronted);
      const heard = new Promise((resolve) => listener.once('message', (...words) => resolve(words)));
      await listener.subscribe('coord:t1:news');
      await client.publish('coord:t1:news', 'hi');
      expect(await heard).toEqual(['coord:t1:news', 'hi']);
    });

    it('notices when any of its masters was wiped, or hangs', async () => {
      const fronted = await front({ url: cluster.url });
      for (const node of cluster.nodes) {
        const { generation } = fronted.server.state;
        const direct = new Redis({ port: node.port, password: ADMIN_PASSWORD });
        clients.push(direct);
        await direct.flushall();
        await expect
          .poll(() => fronted.server.state.up && fronted.server.state.generation !== generation, {
            timeout: 10_000,
          })
          .toBe(true);
      }
      const [first] = cluster.nodes;
      const start = performance.now();
      first?.freeze();
      await expect.poll(() => fronted.server.state.up, { timeout: 5000, interval: 10 }).toBe(false);
      expect(performance.now() - start).toBeLessThan(2000);
      first?.thaw();
      await expect.poll(() => fronted.server.state.up, { timeout: 20_000 }).toBe(true);
      await serves(connect(fronted));
    });
  });
});
