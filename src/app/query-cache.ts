import * as z from 'zod';
import type { Logger } from '../base/logger.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { ReadModel } from '../ports/read-model.ts';
import { keys, TTL_SECONDS } from '../protocol/keys.ts';

export interface QueryCacheDeps {
  readonly readModel: ReadModel;
  readonly coordination: Pick<Coordination, 'get' | 'put'>;
  readonly hash: (text: string) => string;
  readonly logger: Pick<Logger, 'warn'>;
}

type Rows = Awaited<ReturnType<ReadModel['query']>>;
const rowsSchema = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])));

export interface CachedQuery {
  readonly sql: string;
  readonly parameters?: readonly (string | number | null)[];
  /** The loops whose rows the answer depends on; null: all. */
  readonly reads: readonly string[] | null;
}

/**
 * Answers of the index, kept for an hour under the key of their hash. It covers how far the index has got in what
 * the query reads, so a write makes a new key and never leaves an old answer behind, whichever process asks. The
 * index is always written first; a cache that cannot be reached is logged once and asked no more than that.
 */
export function createQueryCache(deps: QueryCacheDeps) {
  const { readModel, coordination, hash, logger } = deps;
  let warned = false;
  const warn = (what: string, reason: string): void => {
    if (!warned) logger.warn(`The query cache is left out: ${what}`, { error: reason });
    warned = true;
  };
  const stampOf = async (reads: CachedQuery['reads']): Promise<string> => {
    if (reads === null) {
      const all = await readModel.query(
        'SELECT task_id, max(seq) AS seq FROM events GROUP BY task_id ORDER BY task_id',
      );
      return JSON.stringify(all);
    }
    return JSON.stringify(await Promise.all(reads.map(async (id) => [id, await readModel.lastSeq(id)])));
  };
  const keep = async (key: string, rows: Rows): Promise<void> => {
    const put = await coordination.put(key, JSON.stringify(rows), TTL_SECONDS.cache);
    if (put.ok) warned = false;
    else warn('it could not be written', put.error.message);
  };
  return {
    query: async ({ sql, parameters = [], reads }: CachedQuery): Promise<Rows> => {
      const stamp = await stampOf(reads);
      const key = keys.queryCache(hash(JSON.stringify([sql, parameters, reads, stamp]))).name;
      const found = await coordination.get(key);
      if (!found.ok) warn('it could not be read', found.error.message);
      const cached = found.ok && found.value !== null ? rowsSchema.safeParse(parse(found.value)) : null;
      if (cached?.success) return cached.data;
      const rows = await readModel.query(sql, parameters);
      // A write that came in between belongs to another key; this answer may hold it already.
      if ((await stampOf(reads)) === stamp) await keep(key, rows);
      return rows;
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
