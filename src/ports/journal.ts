import type { EngineAddress } from '../domain/containers/engine.ts';
import type { Result } from '../base/result.ts';

export interface JournalEntry {
  readonly seq: number;
  readonly event: unknown;
}

export type JournalError =
  | { readonly kind: 'damaged'; readonly message: string; readonly keptAside: string }
  | { readonly kind: 'disk'; readonly message: string }
  /** Nothing of it was written; the same append may succeed once there is space. */
  | { readonly kind: 'full'; readonly message: string }
  | { readonly kind: 'missing'; readonly message: string }
  /** Another process took the loop over; this one must not write any more. */
  | { readonly kind: 'fenced'; readonly message: string };

/** Append-only, checksummed, one per loop. An append is acknowledged only once it is on disk. */
export interface Journal {
  /** Sequence number of the last event, 0 when empty. */
  readonly lastSeq: number;
  append(events: readonly unknown[]): Promise<Result<void, JournalError>>;
  close(): Promise<void>;
}

export interface LoopHolder {
  readonly epoch: number;
  /** Before the loop begins or goes on: from now on it is whose store this is, until somebody else runs it. */
  begin(): Promise<void>;
  release(): Promise<void>;
}
export type ForwardedCommand = unknown;
export type HoldError =
  | { readonly kind: 'held'; readonly pid: number; readonly epoch: number }
  | { readonly kind: 'disk'; readonly message: string };

export interface LeftLoop {
  readonly taskId: string;
  /** False: its process died, and may have left things that have to be put away. */
  readonly letGo: boolean;
}

/** Everything durable about loops, one folder per repository outside of it. */
export interface LoopStore {
  /** Absolute path of a loop's folder. */
  folder(taskId: string): string;
  list(): Promise<readonly string[]>;
  exists(taskId: string): Promise<boolean>;
  /** Another text after every change of any journal; reads none of them. */
  stamp(): Promise<string>;
  /** Reads without holding: for followers and for status. */
  read(taskId: string): Promise<Result<readonly JournalEntry[], JournalError>>;
  /** Calls back with entries as they are appended, starting after `afterSeq`; ends with the signal. */
  follow(
    taskId: string,
    afterSeq: number,
    onEntry: (entry: JournalEntry) => void,
    signal: AbortSignal,
  ): Promise<void>;
  open(taskId: string, epoch: number): Promise<Result<Journal, JournalError>>;
  /** At most one process writes a loop; `answer` serves commands that others forward to the holder. */
  hold(
    taskId: string,
    answer: (command: ForwardedCommand) => Promise<unknown>,
  ): Promise<Result<LoopHolder, HoldError>>;
  /** Holds it to put something in order only: nobody can say anything to it, and whose loop it is stays. */
  care(taskId: string): Promise<Result<LoopHolder, HoldError>>;
  /** Loops with events that this store's owner ran last, and nobody runs now. */
  left(): Promise<readonly LeftLoop[]>;
  /** Whether some process holds the loop; one that is suspended, or cannot be asked about, does. */
  held(taskId: string): Promise<boolean>;
  /** What cleans up holds the repository's lease: one at a time. Loops do not need it. */
  lease(): Promise<Result<LoopHolder, HoldError>>;
  /** Sends a command to the living holder; `null` when there is none, or none that answers in time. Never rejects for that. */
  forward(taskId: string, command: ForwardedCommand): Promise<unknown>;
}

export type LedgerEntry =
  | {
      readonly kind: 'attempt';
      readonly id: string;
      readonly taskId: string;
      readonly folder: string;
      readonly runToken: string;
    }
  /** A test or set-up command, found again by the token that its processes carry. */
  | {
      readonly kind: 'command';
      readonly id: string;
      readonly taskId: string;
      readonly runToken: string;
      /** Missing: it is a process of this machine. */
      readonly engine?: EngineAddress;
    }
  | { readonly kind: 'worktree'; readonly id: string; readonly taskId: string; readonly path: string }
  | { readonly kind: 'checkout'; readonly id: string; readonly taskId: string; readonly path: string }
  | { readonly kind: 'ref'; readonly id: string; readonly taskId: string; readonly ref: string }
  | {
      readonly kind: 'ports';
      readonly id: string;
      readonly taskId: string;
      readonly branch: string;
      readonly base: number;
    };

/** What we made, written down before it is made. */
export interface Ledger {
  record(entry: LedgerEntry): Promise<void>;
  forget(id: string): Promise<void>;
  entries(taskId?: string): Promise<readonly LedgerEntry[]>;
}
