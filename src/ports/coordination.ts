import type { Listen } from '../base/emitter.ts';
import type { Result } from '../base/result.ts';

/** `unavailable`: not reachable within the deadline. `rejected`: the store said no. */
export type CoordinationError =
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'rejected'; readonly message: string };

export interface TaskCredential {
  /** `redis://task-<id>:<password>@127.0.0.1:<port>`; reaches this task's keys alone. */
  readonly url: string;
}

export interface Completion {
  readonly taskId: string;
  readonly iteration: number;
  readonly agentId: string;
  /** `success`, or how the attempt ended. */
  readonly result: string;
  readonly payload?: string;
  readonly ttlSeconds: number;
}

export interface Restored {
  /** True when the store may have lost keys: what this process put is there again, lists have to be pushed anew. */
  readonly emptied: boolean;
}

export interface StoreHealth {
  readonly serving: boolean;
  /** `embedded`, or the address of the user's own Redis without credentials; empty before the first contact. */
  readonly behind: string;
  /** Why it does not serve; empty while it does. */
  readonly problem: string;
}

/** The orchestrator's view of the coordination store. Every key comes from `protocol/keys.ts`. */
export interface Coordination {
  /** JSON text under a key, with its TTL in seconds. */
  put(key: string, value: string, ttlSeconds: number): Promise<Result<void, CoordinationError>>;
  get(key: string): Promise<Result<string | null, CoordinationError>>;
  push(key: string, value: string, ttlSeconds: number): Promise<Result<void, CoordinationError>>;
  /** Newest first. */
  list(key: string): Promise<Result<readonly string[], CoordinationError>>;
  /** Takes a list away. */
  drop(key: string): Promise<Result<void, CoordinationError>>;
  /** Announces a completion once for each iteration and agent; `first` tells whether this was it. */
  complete(completion: Completion): Promise<Result<{ readonly first: boolean }, CoordinationError>>;
  /** Agent id → result of those that completed an iteration. */
  completed(
    taskId: string,
    iteration: number,
  ): Promise<Result<ReadonlyMap<string, string>, CoordinationError>>;
  /** Takes the oldest value of a list; `null` when none came in time. */
  waitSignal(
    key: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Result<string | null, CoordinationError>>;
  /** Creates the credential of a task, or renews it: its URL stays the same until it is revoked. */
  credential(taskId: string): Promise<Result<TaskCredential, CoordinationError>>;
  revoke(taskId: string): Promise<void>;
  health(): StoreHealth;
  /** The store, or the server behind it, is gone; calls wait for it within their deadline. */
  readonly onLost: Listen<string>;
  readonly onRestored: Listen<Restored>;
  dispose(): Promise<void>;
}
