import type { AttemptStanding } from '../../ports/agent-runtime.ts';
import { readRecord, readState } from './attempt-files.ts';
import type { ProcessTable } from './process-entry.ts';
import { isAlive } from './process-table.ts';

/** How an attempt stands by its files, and by its runner's process where there is no record. */
export async function standingOf(folder: string, table: ProcessTable): Promise<AttemptStanding> {
  const state = readState(folder);
  const early = finished(folder);
  if (early !== null) return early;
  if (state === null) return { kind: 'starting' };
  if (await isAlive(table, state.runner)) return { kind: 'running', pid: state.agent?.pid ?? null };
  // It may have been written between the look for it and the look for its runner.
  return finished(folder) ?? { kind: 'gone' };
}

function finished(folder: string): AttemptStanding | null {
  const record = readRecord(folder);
  return record === null ? null : { kind: 'finished', ending: record.ending };
}
