import type { Logger } from '../base/logger.ts';
import { ok, type Result } from '../base/result.ts';
import type { Coordination } from '../ports/coordination.ts';
import type { LoopStore } from '../ports/journal.ts';
import type { ReadModel } from '../ports/read-model.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import { createQueryCache, type Query, type Rows } from './query-cache.ts';

export interface LoopQueriesDeps {
  readonly loops: Pick<LoopStore, 'list' | 'read' | 'stamp'>;
  /** Opens the index anew; it is let go of after each answer. */
  readonly openIndex: () => ReadModel;
  readonly coordination: Pick<Coordination, 'get' | 'put'>;
  readonly hash: (text: string) => string;
  readonly logger: Pick<Logger, 'warn'>;
  readonly now: () => number;
}

/** Questions in SQL over all loops of a repository. */
export interface LoopQueries {
  /** `input`: the statement is wrong, or would change something. */
  query(query: Query): Promise<Result<Rows, LoopError>>;
}

/** How the index names the statement that failed. */
const REFUSED = '[ERROR] SQLite query failed:';

/** An answer covers everything that is in the journals when it is asked for. */
export function createLoopQueries(deps: LoopQueriesDeps): LoopQueries {
  const cache = createQueryCache({
    ...deps,
    stamp: () => deps.loops.stamp(),
    answer: async (query) => {
      const index = deps.openIndex();
      try {
        await catchUp(deps, index);
        return await index.query(query.sql, query.parameters);
      } finally {
        await index.dispose();
      }
    },
  });
  return {
    query: async (query) => {
      try {
        return ok(await cache.query(query));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return fail(message.startsWith(REFUSED) ? 'input' : 'internal', message);
      }
    },
  };
}

/** Only loops that go on are read again: one that has ended says nothing new. */
async function catchUp({ loops, logger }: LoopQueriesDeps, index: ReadModel): Promise<void> {
  const known = await index.loops();
  const ended = new Set(known.filter(({ outcome }) => outcome !== null).map(({ taskId }) => taskId));
  for (const taskId of await loops.list()) {
    if (ended.has(taskId)) continue;
    const entries = await loops.read(taskId);
    if (entries.ok) await index.apply(taskId, entries.value);
    else logger.warn(`The answer lacks what cannot be read: ${entries.error.message}`, { taskId });
  }
}
