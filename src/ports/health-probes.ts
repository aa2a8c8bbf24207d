/** Looks at the machine and at what lies on it. Nothing here changes anything; what can not be told is null or an error. */
import type { Result } from '../base/result.ts';
import type { LoopStore } from './journal.ts';

export interface FolderLook {
  readonly path: string;
  readonly exists: boolean;
  /** Permission bits; null where the platform has none. */
  readonly mode: number | null;
  /** Of the folder, or of its nearest parent that exists. */
  readonly writable: boolean;
  readonly nearest: string;
  readonly freeBytes: number | null;
}

export interface FolderSize {
  readonly bytes: number;
  readonly files: number;
  /** False when there was too much to count in time. */
  readonly complete: boolean;
}

export interface Listener {
  readonly port: number;
  /** `127.0.0.1`, `::1`, `0.0.0.0`, `::`. */
  readonly address: string;
  readonly pid: number | null;
  readonly program: string | null;
}

export interface Resources {
  readonly cores: number;
  /** Average of the last minute; null where the platform has none. */
  readonly load: number | null;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface MachineProbe {
  /** Of the Node that runs this: `24.0.0`. */
  readonly nodeVersion: string;
  readonly platform: string;
  folder(path: string): Promise<FolderLook>;
  size(path: string, signal: AbortSignal): Promise<FolderSize>;
  file(path: string): Promise<{ readonly bytes: number } | null>;
  /** Null when it does not exist. */
  text(path: string): Promise<Result<string | null, string>>;
  /** What listens on these TCP ports, by the platform's own means. */
  listeners(ports: readonly number[], signal: AbortSignal): Promise<Result<readonly Listener[], string>>;
  resources(): Resources;
}

export type RepositoryLook =
  | { readonly kind: 'none'; readonly message: string }
  /** Loops cannot run in it; one sentence for a person. */
  | { readonly kind: 'unusable'; readonly message: string }
  | {
      readonly kind: 'usable';
      readonly root: string;
      readonly branch: string | null;
      /** `merge`, `rebase` and the like, when one is half done. */
      readonly operation: string | null;
      /** Paths of submodules whose files the checkout does not have. */
      readonly absentSubmodules: readonly string[];
      /** Null when no loop was ever opened here. */
      readonly id: string | null;
      readonly worktreesRoot: string;
    };

export interface RepositoryProbe {
  gitVersion(signal: AbortSignal): Promise<Result<string, string>>;
  look(folder: string, signal: AbortSignal): Promise<RepositoryLook>;
}

export type StoreLook =
  | {
      readonly kind: 'answers';
      /** Median of several pings. */
      readonly latencyMs: number;
      readonly port: number | null;
      readonly pid: number | null;
      readonly clients: number | null;
      readonly keys: number | null;
      /** The user's own Redis behind it; null where the store keeps the keys itself. */
      readonly behind: string | null;
      /** Whether a connection without a password is turned away. */
      readonly guarded: boolean;
    }
  /** None runs; one is started when a loop needs it. */
  | { readonly kind: 'ended'; readonly port: number | null }
  /** Something has its port and gives no PONG. */
  | { readonly kind: 'silent'; readonly port: number | null; readonly message: string };

export interface KeyLook {
  readonly name: string;
  readonly type: string;
  /** Null: it never ends. */
  readonly ttlSeconds: number | null;
}

export interface StoreProbe {
  look(signal: AbortSignal): Promise<StoreLook>;
  keys(
    request: { readonly pattern: string; readonly limit: number },
    signal: AbortSignal,
  ): Promise<Result<readonly KeyLook[], string>>;
  /** Starts the store, or finds that it runs. */
  start(signal: AbortSignal): Promise<Result<string, string>>;
}

export type IndexLook =
  | { readonly kind: 'missing' }
  | { readonly kind: 'readable'; readonly bytes: number; readonly loops: number; readonly events: number }
  | { readonly kind: 'unreadable'; readonly message: string };

export interface BatchLook {
  readonly events: number;
  readonly transactions: number;
}

export interface IndexProbe {
  exists(): Promise<boolean>;
  /** `SELECT 1` on the file as it lies there. */
  look(): Promise<IndexLook>;
  /** How the events of a loop came into the index; null when it is not in it. */
  batches(taskId: string): Promise<BatchLook | null>;
  /** Puts a new index in the place of the old one, made from the journals. */
  rebuild(loops: LoopStore): Promise<Result<string, string>>;
}

export interface HolderLook {
  readonly pid: number;
  readonly state: 'alive' | 'gone' | 'unknown' | 'released';
}

export interface HolderProbe {
  /** Null when nobody ever held the loop. */
  holder(taskId: string): Promise<HolderLook | null>;
}

export interface AttemptLook {
  /** Bytes of the result record; null when there is none. */
  readonly recordBytes: number | null;
  readonly runner: { readonly pid: number; readonly alive: boolean } | null;
  readonly agent: {
    readonly pid: number;
    readonly alive: boolean;
    /** True when it leads a process group of its own; null when it is gone or the platform has none. */
    readonly ownGroup: boolean | null;
  } | null;
}

export interface AttemptProbe {
  /** Null when the attempt's folder is gone. */
  look(folder: string): Promise<AttemptLook | null>;
}

export interface LogProbe {
  /** The newest lines of the log file, oldest first. */
  tail(lines: number): Promise<readonly string[]>;
  /** How many lines speak of a loop, over all files that are kept. */
  linesOf(taskId: string): Promise<number>;
}

export interface SignIn {
  /** `key`: a variable holds one. `login`: the CLI's own file is there. `unknown`: no sign of either, which proves nothing. */
  readonly kind: 'key' | 'login' | 'unknown';
  /** Name of the variable or path of the file. */
  readonly where: string | null;
}
