import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { listOf, textOf } from '../../src/app/keys/resp-words.ts';
import type { RespValue, StoreCommands } from '../../src/ports/store-commands.ts';
import { startCluster } from '../support/redis-topologies.ts';
import { ADMIN_PASSWORD, findProgram, startFront, startRedis, startTestStore } from './store-support.ts';

interface Store {
  readonly adminUrl: string;
  taskUrl(taskId: string): string;
  /** Writes past our front, as another program at the same server does; absent where there is none. */
  readonly outside?: (name: string) => Promise<void>;
  close(): Promise<void>;
}

const missing = ['redis-server', 'redis-cli'].filter((name) => !findProgram(name));
if (missing.length > 0)
  process.stderr.write(`[skipped] browsing a real Redis: no ${missing.join(', no ')}\n`);

async function embedded(): Promise<Store> {
  return startTestStore();
}

async function single(args: readonly string[] = []): Promise<Store> {
  const redis = await startRedis({ args });
  if (!redis) throw new Error('redis-server did not start');
  const front = await startFront({ url: `redis://127.0.0.1:${redis.port}` });
  const outside = async (name: string): Promise<void> => {
    const url = `redis://default:${ADMIN_PASSWORD}@127.0.0.1:${redis.port}`;
    const client = await openRespClient({ url, deadlineMs: 2000 });
    if (!client.ok) throw new Error(client.error.message);
    await client.value.command(['SET', `cfn:{${front.namespace}:t1}:${name}`, 'x']);
    client.value.close();
  };
  return {
    adminUrl: front.adminUrl,
    taskUrl: (taskId) => front.taskUrl(taskId),
    outside,
    close: async () => {
      await front.close();
      await redis.close();
    },
  };
}

async function cluster(): Promise<Store> {
  const nodes = await startCluster();
  if (!nodes) throw new Error('the cluster did not start');
  const front = await startFront({ url: nodes.url });
  return {
    adminUrl: front.adminUrl,
    taskUrl: (taskId) => front.taskUrl(taskId),
    close: async () => {
      await front.close();
      await nodes.close();
    },
  };
}

const STORES = [
  { name: 'the embedded store', start: embedded, source: 'own', count: 'exact' },
  { name: 'a real Redis', start: single, source: 'tracking', count: 'at-most' },
  { name: 'a cluster of three masters', start: cluster, source: 'tracking', count: 'at-most' },
].filter(({ source }) => source === 'own' || missing.length === 0);

const clients: StoreCommands[] = [];
async function connect(url: string, bytes = false): Promise<StoreCommands> {
  const client = await openRespClient({ url, deadlineMs: 10_000, bytes });
  if (!client.ok) throw new Error(client.error.message);
  clients.push(client.value);
  return client.value;
}

async function ask(client: StoreCommands, ...words: string[]): Promise<RespValue> {
  const reply = await client.command(words);
  if (!reply.ok) throw new Error(`${words.join(' ')}: ${reply.error.message}`);
  return reply.value;
}

describe.each(STORES)('$name, looked at', ({ start, source, count }) => {
  let store: Store;
  let admin: StoreCommands;
  beforeAll(async () => {
    store = await start();
    admin = await connect(store.adminUrl);
  });
  afterAll(async () => {
    for (const client of clients.splice(0)) client.close();
    await store?.close();
  });

  it('says who waits on which key, since when and how long still', async () => {
    const agent = await connect(store.taskUrl('t1'));
    await ask(agent, 'CLIENT', 'SETNAME', 'agent-1');
    const waiting = agent.command(['BLPOP', 'coord:t1:a', 'coord:t1:b', '30']);
    let waits: readonly RespValue[] = [];
    await expect.poll(async () => (waits = listOf(await ask(admin, 'CFN.WAITS'))).length).toBe(1);
    const [, user, name, command, since, left, ...keys] = listOf(waits[0] ?? null);
    expect([user, name, command, keys]).toEqual([
      'task-t1',
      'agent-1',
      'blpop',
      ['coord:t1:a', 'coord:t1:b'],
    ]);
    expect(Number(since)).toBeGreaterThanOrEqual(0);
    expect(Number(left)).toBeGreaterThan(20_000);
    await ask(admin, 'RPUSH', 'coord:t1:b', 'go');
    expect(await waiting).toMatchObject({ ok: true, value: ['coord:t1:b', 'go'] });
    await expect.poll(async () => listOf(await ask(admin, 'CFN.WAITS'))).toEqual([]);
    const refused = await agent.command(['CFN.WAITS']);
    expect(!refused.ok && refused.error.message).toContain('NOPERM');
  });

  it('tells of changed keys to who asks, once they change and whoever changes them', async () => {
    const [first] = listOf(await ask(admin, 'CFN.CHANGES', '0', '0'));
    await expect.poll(async () => listOf(await ask(admin, 'CFN.KEYSPACE'))[2]).toBe(source);
    const asking = await connect(store.adminUrl);
    const told = async (since: RespValue, wanted: string): Promise<RespValue> => {
      let number = since;
      for (;;) {
        const [next, kind, keys] = listOf(await ask(asking, 'CFN.CHANGES', textOf(number), '5000'));
        number = next ?? null;
        if (kind === 'named' && listOf(keys ?? null).includes(wanted)) return number;
      }
    };
    const hearing = told(first ?? null, 'context:t1:plan');
    await ask(await connect(store.taskUrl('t1')), 'SET', 'context:t1:plan', 'v', 'PX', '60000');
    const after = await hearing;
    const ending = told(after, 'context:t1:plan');
    await ask(admin, 'PEXPIRE', 'context:t1:plan', '1');
    await ending;
    if (store.outside) {
      const again = told(after, 'coord:t1:outside');
      await store.outside('coord:t1:outside');
      await again;
    }
  });

  it('answers a question without a change when its time is over', async () => {
    let [now] = listOf(await ask(admin, 'CFN.CHANGES', '0', '0'));
    // What the test before changed may still be on its way.
    await expect
      .poll(async () => {
        const before = now;
        const [then, kind, keys] = listOf(await ask(admin, 'CFN.CHANGES', textOf(now), '30'));
        now = then;
        return [then === before, kind, keys];
      })
      .toEqual([true, 'named', []]);
  });

  it('counts its keys', async () => {
    await ask(admin, 'FLUSHALL');
    await ask(admin, 'SET', 'coord:t1:x', '1');
    const [size, exact] = listOf(await ask(admin, 'CFN.KEYSPACE'));
    expect(exact).toBe(count);
    expect(Number(size)).toBeGreaterThanOrEqual(1);
    expect(await ask(admin, 'DBSIZE')).toBe(1);
    expect(Number(await ask(admin, 'MEMORY', 'USAGE', 'coord:t1:x'))).toBeGreaterThan(0);
  });

  it('gives large hashes and sets in pages that miss nothing which stays', async () => {
    const key = 'coord:t1:large';
    const names = Array.from({ length: 2000 }, (_, index) => `field-${index}`);
    for (const kind of ['HSET', 'SADD'] as const) {
      await ask(admin, 'DEL', key);
      await ask(admin, kind, key, ...names.flatMap((name) => (kind === 'HSET' ? [name, 'v'] : [name])));
      const met = new Set<string>();
      let cursor = '0';
      let pages = 0;
      do {
        const scan = kind === 'HSET' ? 'HSCAN' : 'SSCAN';
        const [next, items] = listOf(await ask(admin, scan, key, cursor, 'COUNT', '100'));
        for (const item of listOf(items ?? null)) met.add(textOf(item));
        cursor = textOf(next);
        pages += 1;
        const remove = kind === 'HSET' ? 'HDEL' : 'SREM';
        await ask(admin, remove, key, ...names.slice(0, pages));
        await ask(admin, kind, key, ...(kind === 'HSET' ? [`new-${pages}`, 'v'] : [`new-${pages}`]));
      } while (cursor !== '0');
      expect(pages).toBeGreaterThan(5);
      expect(names.slice(pages).filter((name) => !met.has(name))).toEqual([]);
    }
  });

  it('reads and writes bytes that are no UTF-8, where they are asked for as bytes', async () => {
    const bytes = await connect(store.adminUrl, true);
    await ask(bytes, 'SET', 'coord:t1:raw', 'a\u00ff\u0000\r\nb');
    expect(await ask(bytes, 'GET', 'coord:t1:raw')).toBe('a\u00ff\u0000\r\nb');
    expect(await ask(bytes, 'GETRANGE', 'coord:t1:raw', '1', '2')).toBe('\u00ff\u0000');
  });
});

describe.skipIf(missing.length > 0)('a Redis on which nobody may follow keys', () => {
  const follows = async (...args: string[]): Promise<string> => {
    const store = await single(args);
    const admin = await connect(store.adminUrl);
    try {
      await ask(admin, 'CFN.CHANGES', '0', '0');
      let source = 'none';
      await expect
        .poll(async () => (source = textOf(listOf(await ask(admin, 'CFN.KEYSPACE'))[2])))
        .toMatch(/^(?:none|keyspace-events)$/);
      return source;
    } finally {
      admin.close();
      await store.close();
    }
  };

  it('is listened to where it has keyspace events on already', async () => {
    const args = ['--rename-command', 'CLIENT', 'no-client', '--notify-keyspace-events', 'KA'];
    expect(await follows(...args)).toBe('keyspace-events');
  });

  it('is left as it is: nothing is switched on', async () => {
    expect(await follows('--rename-command', 'CLIENT', 'no-client')).toBe('none');
  });
});
