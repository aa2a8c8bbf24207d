import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import { err, ok } from '../base/result.ts';
import type { ReadModel } from '../ports/read-model.ts';
import { createQueryCache } from './query-cache.ts';

/** An index that counts, and a store that can be taken away; `order` notes who was asked first. */
function world() {
  const seqs = new Map<string, number>([
    ['a', 1],
    ['b', 1],
  ]);
  const kept = new Map<string, { value: string; ttl: number }>();
  const order: string[] = [];
  const warnings: string[] = [];
  let reachable = true;
  let queries = 0;
  const gone = err({ kind: 'unavailable', message: 'no store' } as const);
  const readModel: Partial<ReadModel> = {
    lastSeq: (taskId) => Promise.resolve(seqs.get(taskId) ?? 0),
    query: (sql) => {
      if (sql.includes('GROUP BY task_id')) {
        return Promise.resolve([...seqs].map(([task_id, seq]) => ({ task_id, seq })));
      }
      queries += 1;
      order.push('index');
      return Promise.resolve([{ sum: [...seqs.values()].reduce((sum, seq) => sum + seq, 0) }]);
    },
  };
  const cache = createQueryCache({
    readModel: readModel as ReadModel,
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
  });
  return {
    cache,
    seqs,
    kept,
    order,
    warnings,
    queries: () => queries,
    reach: (value: boolean) => (reachable = value),
  };
}
const SQL = 'SELECT sum(seq) AS sum FROM events';

describe('the query cache', () => {
  it('[DP-002] [SI-050] [DP-080] [X-15] asks the index first, then keeps the answer for an hour under cache:query', async () => {
    const { cache, kept, order, queries } = world();
    expect(await cache.query({ sql: SQL, reads: null })).toEqual([{ sum: 2 }]);
    expect(await cache.query({ sql: SQL, reads: null })).toEqual([{ sum: 2 }]);
    expect(queries()).toBe(1);
    expect(order).toEqual(['index', 'cache']);
    expect([...kept.keys()]).toEqual([expect.stringMatching(/^cache:query:[0-9a-f]{64}$/)]);
    expect([...kept.values()].map(({ ttl }) => ttl)).toEqual([3600]);
  });

  it('never gives an answer from before a write to what it reads, and keeps it over other writes', async () => {
    const { cache, seqs, queries } = world();
    await cache.query({ sql: SQL, reads: ['a'] });
    seqs.set('b', 5);
    await cache.query({ sql: SQL, reads: ['a'] });
    expect(queries()).toBe(1);
    seqs.set('a', 2);
    expect(await cache.query({ sql: SQL, reads: ['a'] })).toEqual([{ sum: 7 }]);
    expect(queries()).toBe(2);
    await cache.query({ sql: SQL, reads: null });
    seqs.set('b', 6);
    expect(await cache.query({ sql: SQL, reads: null })).toEqual([{ sum: 8 }]);
  });

  it('tells statements, parameters and what is read apart', async () => {
    const { cache, kept } = world();
    await cache.query({ sql: SQL, reads: ['a'] });
    await cache.query({ sql: SQL, parameters: [1], reads: ['a'] });
    await cache.query({ sql: SQL, parameters: ['1'], reads: ['a'] });
    await cache.query({ sql: SQL, reads: ['b'] });
    expect(kept.size).toBe(4);
  });

  it('[X-15] fails no query when the store is away or holds nonsense, and says so once', async () => {
    const { cache, kept, reach, warnings } = world();
    reach(false);
    expect(await cache.query({ sql: SQL, reads: null })).toEqual([{ sum: 2 }]);
    expect(await cache.query({ sql: SQL, reads: null })).toEqual([{ sum: 2 }]);
    expect(warnings).toHaveLength(1);
    reach(true);
    await cache.query({ sql: SQL, reads: null });
    for (const entry of kept.values()) entry.value = '[{"sum":';
    expect(await cache.query({ sql: SQL, reads: null })).toEqual([{ sum: 2 }]);
  });
});
