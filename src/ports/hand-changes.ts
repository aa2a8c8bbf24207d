import type { Result } from '../base/result.ts';

/** What a person did to a key of the coordination store. Values are told by size and hash, never as they are. */
export interface HandChange {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly action: string;
  /** The key as people read it. */
  readonly key: string;
  /** `from 5:00 to 60:00`; empty when the action says it all. */
  readonly detail: string;
}

/** The durable record of changes by hand of one repository. */
export interface HandChanges {
  /** On disk when it resolves. */
  append(change: HandChange): Promise<Result<void, string>>;
  /** The newest ones, oldest first, and how many there are in all. */
  recent(limit: number): Promise<{ readonly changes: readonly HandChange[]; readonly count: number }>;
  /** Absolute path of the log, which need not exist yet. */
  readonly file: string;
}
