import { stat } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { err, ok } from '../../base/result.ts';
import type { IndexProbe } from '../../ports/health-probes.ts';
import type { LoopStore } from '../../ports/journal.ts';
import { openDatabase, type SqlDatabase } from './database.ts';
import { createReadModel, type ReadModelOptions, type SnapshotFile } from './read-model.ts';

export interface IndexProbeDeps {
  /** Absolute path of the file that `snapshotFile` reads. */
  readonly path: string;
  readonly snapshotFile: SnapshotFile;
  readonly archive: ReadModelOptions['archive'];
  readonly retention: ReadModelOptions['retention'];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Looks at the index file as it lies there: the read model itself would silently rebuild a damaged one. */
export function createIndexProbe(deps: IndexProbeDeps): IndexProbe {
  const { path, snapshotFile } = deps;
  const use = async <T>(read: (database: SqlDatabase, bytes: number) => T): Promise<T | null> => {
    const bytes = await snapshotFile.read(0);
    if (bytes === null) return null;
    const database = await openDatabase(bytes);
    try {
      return read(database, bytes.length);
    } finally {
      database.close();
    }
  };
  return {
    exists: () =>
      stat(path).then(
        (found) => found.isFile() && found.size > 0,
        () => false,
      ),
    look: async () => {
      try {
        const found = await use((database, bytes) => {
          if (Number(database.query('SELECT 1 AS one')[0]?.['one']) !== 1)
            throw new Error('SELECT 1 gave no 1');
          const sound = database.query('PRAGMA quick_check(1)')[0]?.['quick_check'];
          if (sound !== 'ok') throw new Error(String(sound));
          return {
            kind: 'readable' as const,
            bytes,
            loops: count(database, 'loops'),
            events: count(database, 'events'),
          };
        });
        return found ?? { kind: 'missing' };
      } catch (error) {
        return { kind: 'unreadable', message: error instanceof Error ? error.message : String(error) };
      }
    },
    batches: async (taskId) => {
      const found = await use((database) =>
        database.execute(
          'SELECT count(*) AS transactions, sum(last_seq - first_seq + 1) AS events FROM transactions WHERE task_id = ?',
          [taskId],
        ),
      ).catch(() => null);
      const row = found?.[0];
      const transactions = Number(row?.['transactions'] ?? 0);
      return transactions === 0 ? null : { transactions, events: Number(row?.['events'] ?? 0) };
    },
    rebuild: async (loops) => {
      try {
        return ok(
          await rebuild(loops, {
            ...deps,
            snapshotFile: { ...snapshotFile, read: () => Promise.resolve(null) },
          }),
        );
      } catch (error) {
        return err(
          `The index could not be rebuilt: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    },
  };
}

async function rebuild(loops: LoopStore, deps: ReadModelOptions): Promise<string> {
  const model = createReadModel(deps);
  let events = 0;
  const taskIds = await loops.list();
  for (const taskId of taskIds) {
    const entries = await loops.read(taskId);
    if (!entries.ok) throw new Error(entries.error.message);
    await model.apply(taskId, entries.value);
    events += entries.value.length;
  }
  await model.snapshot();
  await model.dispose();
  return `It holds ${events} events of ${taskIds.length} ${taskIds.length === 1 ? 'loop' : 'loops'}.`;
}

function count(database: SqlDatabase, table: 'loops' | 'events'): number {
  return Number(database.query(`SELECT count(*) AS count FROM ${table}`)[0]?.['count'] ?? 0);
}
