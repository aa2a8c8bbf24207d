import * as z from 'zod';
import type { Logger } from '../base/logger.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { ReadModel } from '../ports/read-model.ts';
import { keys, TTL_SECONDS } from '../protocol/keys.ts';

export type Rows = Awaited<ReturnType<ReadModel['query']>>;

export interface Query {
  readonly sql: string;
  readonly parameters?: readonly (string | number | null)[];
}

export interface QueryCacheDeps {
  /** Another text whenever an answer may be another one; cheap beside an answer. */
  readonly stamp: () => Promise<string>;
  readonly answer: (query: Query) => Promise<Rows>;
  readonly coordination: Pick<Coordination, 'get' | 'put'>;
  readonly hash: (text: string) => string;
  readonly logger: Pick<Logger, 'warn'>;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** What is answered faster costs about as much to fetch from the store as to ask for again. */
export const KEEP_FROM_MS = 5;
const rowsSchema = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])));

/**
 * Answers that took long, kept for an hour under the key of their hash. It covers the stamp, so what changed makes a
 * new key and never leaves an old answer behind, whichever process asks. The index is always asked first; a cache that
 * cannot be reached is logged once and asked no more than that.
 */
export function createQueryCache(deps: QueryCacheDeps) {
  const { coordination, hash, logger } = deps;
  let warned = false;
  const warn = (what: string, reason: string): void => {
    if (!warned) logger.warn(`The query cache is left out: ${what}`, { error: reason });
    warned = true;
  };
  const keep = async (key: string, rows: Rows): Promise<void> => {
    const put = await coordination.put(key, JSON.stringify(rows), TTL_SECONDS.cache);
    if (put.ok) warned = false;
    else warn('it could not be written', put.error.message);
  };
  return {
    query: async (query: Query): Promise<Rows> => {
      const stamp = await deps.stamp();
      const key = keys.queryCache(hash(JSON.stringify([query.sql, query.parameters ?? [], stamp]))).name;
      const found = await coordination.get(key);
      if (!found.ok) warn('it could not be read', found.error.message);
      const cached = found.ok && found.value !== null ? rowsSchema.safeParse(parse(found.value)) : null;
      if (cached?.success) return cached.data;
      const askedAt = deps.now();
      const rows = await deps.answer(query);
      const paid = deps.now() - askedAt >= KEEP_FROM_MS;
      // A write that came in between belongs to another key; this answer may hold it already.
      if (paid && (await deps.stamp()) === stamp) await keep(key, rows);
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
