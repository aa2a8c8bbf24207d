import type { JournalEntry } from './journal.ts';

export interface LoopSummary {
  readonly taskId: string;
  readonly description: string;
  readonly mode: string;
  readonly state: string;
  readonly iteration: number;
  readonly outcome: string | null;
  readonly startedAt: number;
  readonly updatedAt: number;
}

/** For how many days rows stay in the index; then they move into its archive, where they stay for good. */
export interface RowRetention {
  readonly auditDays: number;
  readonly transactionDays: number;
}

/** The sql.js index: rebuilt or caught up from the journals, never the truth. */
export interface ReadModel {
  /** Applies entries not seen yet (by sequence number); safe to repeat. */
  apply(taskId: string, entries: readonly JournalEntry[]): Promise<void>;
  lastSeq(taskId: string): Promise<number>;
  loops(): Promise<readonly LoopSummary[]>;
  query(
    sql: string,
    parameters?: readonly (string | number | null)[],
  ): Promise<readonly Record<string, string | number | null>[]>;
  snapshot(): Promise<void>;
  dispose(): Promise<void>;
}
