import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { JournalEntry } from '../../ports/journal.ts';
import type { LoopSummary, ReadModel, RowRetention } from '../../ports/read-model.ts';
import { openDatabase, type SqlDatabase, type SqlParameters, type SqlRow } from './database.ts';
import { migrate } from './migrate.ts';
import { PROJECTIONS, RECORD_EVENT, TOUCH_LOOP } from './projections.ts';
import { archiveRows, isoSeconds, type RowArchive } from './retention.ts';
import { MIGRATIONS } from './schema.ts';

/** After so many events since the last one a snapshot is taken by itself. */
const SNAPSHOT_EVERY = 10_000;

export interface SnapshotFile {
  /** The newest (0) or the one before it (1); `null` when there is none. */
  read(age: 0 | 1): Promise<Uint8Array | null>;
  /** Replaces it as a whole and keeps the one before. */
  write(bytes: Uint8Array): Promise<void>;
}

export interface ReadModelOptions {
  readonly snapshotFile: SnapshotFile;
  readonly archive: RowArchive;
  /** `null`: nothing is archived, because nobody knows how long it was to stay. */
  readonly retention: RowRetention | null;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
}

const envelopeSchema = z.looseObject({
  type: z.string(),
  iteration: z.int(),
  at: z.number(),
  correlation: z.string().optional(),
});

/**
 * The index over all loops of a repository. It opens on first use from its newest usable snapshot; one that is
 * damaged or of another version is passed over, and without any everything is applied again (`lastSeq` then says 0).
 */
export function createReadModel(options: ReadModelOptions): ReadModel {
  const { clock, logger, snapshotFile, archive, retention } = options;
  let opening: Promise<SqlDatabase> | undefined;
  let unsaved = 0;
  let saving: Promise<void> = Promise.resolve();
  const open = (): Promise<SqlDatabase> => (opening ??= openIndex(options));

  const save = async (): Promise<void> => {
    const database = await open();
    if (retention) await archiveRows({ database, archive, retention, now: clock.now() });
    unsaved = 0;
    await snapshotFile.write(database.export());
  };
  const snapshot = (): Promise<void> => {
    saving = saving.catch(() => undefined).then(save);
    return saving;
  };

  return {
    apply: async (taskId, entries) => {
      const database = await open();
      unsaved += applyEntries(database, { taskId, entries, now: clock.now() });
      if (unsaved < SNAPSHOT_EVERY) return;
      unsaved = 0;
      void snapshot().catch((error: unknown) =>
        logger.warn('The index could not be saved; it will be rebuilt.', { error: String(error) }),
      );
    },
    lastSeq: async (taskId) => lastSeq(await open(), taskId),
    loops: async () => (await open()).query(LOOPS).map(summary),
    query: async (sql, parameters) => (await open()).query(sql, parameters),
    snapshot,
    dispose: async () => {
      if (!opening) return;
      try {
        if (unsaved > 0) await snapshot();
        else await saving;
      } catch (error) {
        logger.warn('The index could not be saved; it will be rebuilt.', { error: String(error) });
      }
      (await opening).close();
    },
  };
}

const LOOPS = `SELECT task_id, description, mode, iteration, outcome, started_at, updated_at,
  CASE WHEN outcome IS NOT NULL THEN 'done' WHEN waiting_for IS NOT NULL THEN 'waiting'
       WHEN paused THEN 'paused' ELSE step END AS state
  FROM loops ORDER BY started_at DESC, task_id`;

async function openIndex(options: ReadModelOptions): Promise<SqlDatabase> {
  const now = isoSeconds(options.clock.now());
  for (const age of [0, 1] as const) {
    try {
      const bytes = await options.snapshotFile.read(age);
      const database = bytes && (await openDatabase(bytes));
      const problem = database && check(database, now);
      if (database && problem === null) return database;
      database?.close();
      if (problem !== null) throw new Error(problem);
    } catch (error) {
      options.logger.warn('A saved index can not be used; what it held is read again from the journals.', {
        error: String(error),
      });
    }
  }
  const empty = await openDatabase(null);
  const migrated = migrate(empty, MIGRATIONS, now);
  if (!migrated.ok) throw new Error(migrated.error);
  return empty;
}

function check(database: SqlDatabase, now: string): string | null {
  const found = database.query('PRAGMA quick_check(1)')[0]?.['quick_check'];
  if (found !== 'ok') return `It is damaged: ${String(found)}`;
  const migrated = migrate(database, MIGRATIONS, now);
  return migrated.ok ? null : migrated.error;
}

/** Returns how many entries were new. All of them are applied, or none. */
function applyEntries(
  database: SqlDatabase,
  batch: { readonly taskId: string; readonly entries: readonly JournalEntry[]; readonly now: number },
): number {
  const { taskId, entries, now } = batch;
  const last = lastSeq(database, taskId);
  const fresh = entries.filter((entry) => entry.seq > last);
  const [first] = fresh;
  const end = fresh.at(-1);
  if (!first || !end) return 0;
  if (first.seq !== last + 1) {
    throw new Error(`Events ${last + 1} to ${first.seq - 1} of ${taskId} are missing in the index.`);
  }
  database.transaction(() => {
    for (const entry of fresh) project(database, taskId, entry);
    database.execute(
      'INSERT INTO transactions (task_id, first_seq, last_seq, created_at) VALUES (?, ?, ?, ?)',
      [taskId, first.seq, end.seq, isoSeconds(now)],
    );
  });
  return fresh.length;
}

function project(database: SqlDatabase, taskId: string, entry: JournalEntry): void {
  const event = envelopeSchema.parse(entry.event);
  const all = {
    $task: taskId,
    $seq: entry.seq,
    $iteration: event.iteration,
    $at: event.at,
    $correlation: event.correlation ?? null,
    $body: JSON.stringify(entry.event),
  };
  const statements = isProjected(event.type) ? (PROJECTIONS[event.type] ?? []) : [];
  for (const sql of [RECORD_EVENT, ...statements, TOUCH_LOOP]) database.execute(sql, used(sql, all));
}

function isProjected(type: string): type is keyof typeof PROJECTIONS {
  return Object.hasOwn(PROJECTIONS, type);
}

/** SQLite refuses parameters that a statement does not have. */
function used(sql: string, all: Readonly<Record<string, string | number | null>>): SqlParameters {
  return Object.fromEntries(Object.entries(all).filter(([name]) => sql.includes(name)));
}

function lastSeq(database: SqlDatabase, taskId: string): number {
  return Number(
    database.execute('SELECT max(seq) AS seq FROM events WHERE task_id = ?', [taskId])[0]?.['seq'] ?? 0,
  );
}

function summary(row: SqlRow): LoopSummary {
  return {
    taskId: String(row['task_id']),
    description: String(row['description']),
    mode: String(row['mode']),
    state: String(row['state']),
    iteration: Number(row['iteration']),
    outcome: row['outcome'] === null || row['outcome'] === undefined ? null : String(row['outcome']),
    startedAt: Number(row['started_at']),
    updatedAt: Number(row['updated_at']),
  };
}
