import type { Result } from '../base/result.ts';

/** What is known of a checkpoint without its payload. */
export interface CheckpointInfo {
  /** Counts up within the task, also over restarts; never given twice. */
  readonly id: number;
  readonly taskId: string;
  readonly name: string;
  /** `null` when a person saved it. */
  readonly agentId: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of the payload. */
  readonly bytes: number;
}

export interface Checkpoint extends CheckpointInfo {
  /** JSON, byte for byte as it was saved. */
  readonly payload: string;
}

export interface SaveCheckpoint {
  readonly taskId: string;
  readonly name: string;
  readonly agentId: string | null;
  readonly payload: string;
}

/** Which of a task's checkpoints; without an id the newest that fits. */
export interface CheckpointQuery {
  readonly id?: number | undefined;
  readonly name?: string | undefined;
  readonly agentId?: string | undefined;
}

/** Snapshots that agents and scripts make of their own state; they outlive whoever wrote them, and the store. */
export interface Checkpoints {
  /** Acknowledged once it is on disk. The error is one sentence; nothing was saved. */
  save(request: SaveCheckpoint): Promise<Result<CheckpointInfo, string>>;
  /** `null` when there is none. */
  find(taskId: string, query: CheckpointQuery): Promise<Result<Checkpoint | null, string>>;
  /** Oldest first. */
  list(taskId: string, query: CheckpointQuery): Promise<Result<readonly CheckpointInfo[], string>>;
  close(): Promise<void>;
}
