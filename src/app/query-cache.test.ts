import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import { err, ok } from '../base/result.ts';
import { createQueryCache, KEEP_FROM_MS } from './query-cache.ts';

/** An index that counts and takes its time, and a store that can be taken away; `order` notes who was asked first. */
function world() {
  const kept = new Map<string, { value: string; ttl: number }>();
  const order: string[] = [];
  const warnings: string[] = [];
  const index = { events: 2, queries: 0, tookMs: 2 * KEEP_FROM_MS, onAnswer: () => undefined as void };
  let reachable = true;
  let now = 0;
  const gone = err({ kind: 'unavailable', message: 'no store' } as const);
  const cache = createQueryCache({
    stamp: () => Promise.resolve(`journals with ${index.events} events`),
    answer: () => {
      index.queries += 1;
      order.push('index');
      now += index.tookMs;
      const rows = [{ sum: index.events }];
      index.onAnswer();
      return Promise.resolve(rows);
    },
    coordination: {
      get: (key) => Promise.resolve(reachable ? ok(kept.get(key)?.value ?? null) : gone),
      put: (key, value, ttl) => {
        if (!reachable) return Promise.resolve(gone);
        order.push('cache');
        kept.set(key, { value, ttl });
        return Promise.resolve(ok(undefined));
      },
    },
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    logger: { ...silentLogger, warn: (message) => void warnings.push(message) },
    now: () => now,
  });
  return { cache, index, kept, order, warnings, reach: (value: boolean) => (reachable = value) };
}
const SQL = 'SELECT count(*) AS sum FROM events';

describe('the query cache', () => {
  it('[DP-002] [SI-050] [DP-080] [X-15] asks the index first, then keeps the answer for an hour under cache:query', async () => {
    const { cache, index, kept, order } = world();
    expect(await cache.query({ sql: SQL })).toEqual([{ sum: 2 }]);
    expect(await cache.query({ sql: SQL })).toEqual([{ sum: 2 }]);
    expect(index.queries).toBe(1);
    expect(order).toEqual(['index', 'cache']);
    expect([...kept.keys()]).toEqual([expect.stringMatching(/^cache:query:[0-9a-f]{64}$/)]);
    expect([...kept.values()].map(({ ttl }) => ttl)).toEqual([3600]);
  });

  it('[DP-010] keeps no answer that is as fast to ask for again', async () => {
    const { cache, index, kept } = world();
    index.tookMs = KEEP_FROM_MS - 1;
    await cache.query({ sql: SQL });
    await cache.query({ sql: SQL });
    expect(index.queries).toBe(2);
    expect(kept.size).toBe(0);
  });

  it('never gives an answer from before a write', async () => {
    const { cache, index } = world();
    await cache.query({ sql: SQL });
    index.events = 7;
    expect(await cache.query({ sql: SQL })).toEqual([{ sum: 7 }]);
    expect(index.queries).toBe(2);
  });

  it('keeps no answer during which something was written', async () => {
    const { cache, index, kept } = world();
    index.onAnswer = () => void (index.events += 1);
    await cache.query({ sql: SQL });
    expect(kept.size).toBe(0);
  });

  it('tells statements and parameters apart', async () => {
    const { cache, kept } = world();
    await cache.query({ sql: SQL });
    await cache.query({ sql: `${SQL} ` });
    await cache.query({ sql: SQL, parameters: [1] });
    await cache.query({ sql: SQL, parameters: ['1'] });
    expect(kept.size).toBe(4);
  });

  it('[X-15] fails no query when the store is away or holds nonsense, and says so once', async () => {
    const { cache, kept, reach, warnings } = world();
    reach(false);
    expect(await cache.query({ sql: SQL })).toEqual([{ sum: 2 }]);
    expect(await cache.query({ sql: SQL })).toEqual([{ sum: 2 }]);
    expect(warnings).toHaveLength(1);
    reach(true);
    await cache.query({ sql: SQL });
    for (const entry of kept.values()) entry.value = '[{"sum":';
    expect(await cache.query({ sql: SQL })).toEqual([{ sum: 2 }]);
  });
});
