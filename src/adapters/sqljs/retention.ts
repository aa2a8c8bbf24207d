import * as z from 'zod';
import type { RowRetention } from '../../ports/read-model.ts';
import type { SqlDatabase, SqlRow } from './database.ts';

/** Files of rows that left the index: one for each table and month, kept for good. */
export interface RowArchive {
  /** `null` when there is none. */
  read(name: string): Promise<readonly string[] | null>;
  /** Replaces it as a whole and reads it back; rejects when that is not what was written. */
  write(name: string, lines: readonly string[]): Promise<void>;
}

const TABLES = [
  { table: 'audit_logs', days: 'auditDays', key: ['task_id', 'seq'] },
  { table: 'transactions', days: 'transactionDays', key: ['task_id', 'first_seq', 'last_seq'] },
] as const;

const DAY_MS = 86_400_000;
const rowSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));

/**
 * Moves old rows into their month's archive. They leave the table only once the archive holds them, and one that
 * comes back because the index was rebuilt from the journals is not archived twice. Returns how many left.
 */
export async function archiveRows(request: {
  readonly database: SqlDatabase;
  readonly archive: RowArchive;
  readonly retention: RowRetention;
  readonly now: number;
}): Promise<number> {
  const { database, archive, retention, now } = request;
  let moved = 0;
  for (const { table, days, key } of TABLES) {
    const before = isoSeconds(now - retention[days] * DAY_MS);
    const rows = database.query(`SELECT * FROM ${table} WHERE created_at <= ? ORDER BY id`, [before]);
    const newest = rows.at(-1)?.['id'];
    if (newest === undefined) continue;
    for (const [month, ofMonth] of byMonth(rows)) await merge(archive, `${table}-${month}`, ofMonth, key);
    // Not by time alone: meanwhile older rows may have arrived.
    database.execute(`DELETE FROM ${table} WHERE created_at <= ? AND id <= ?`, [before, newest]);
    moved += rows.length;
  }
  return moved;
}

function byMonth(rows: readonly SqlRow[]): ReadonlyMap<string, readonly SqlRow[]> {
  const months = new Map<string, SqlRow[]>();
  for (const row of rows) {
    const month = String(row['created_at']).slice(0, 7);
    months.set(month, [...(months.get(month) ?? []), row]);
  }
  return months;
}

async function merge(
  archive: RowArchive,
  name: string,
  rows: readonly SqlRow[],
  key: readonly string[],
): Promise<void> {
  const nameOf = (row: SqlRow): string => JSON.stringify(key.map((column) => row[column] ?? null));
  const kept = new Map<string, string>();
  for (const line of (await archive.read(name)) ?? [])
    kept.set(nameOf(rowSchema.parse(JSON.parse(line))), line);
  const known = kept.size;
  for (const { id: _id, archived_at: _archived, ...row } of rows) {
    if (!kept.has(nameOf(row))) kept.set(nameOf(row), JSON.stringify(row));
  }
  if (kept.size > known) await archive.write(name, [...kept.values()]);
}

export function isoSeconds(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
