import type { Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { FileHunks, Hunk } from '../../domain/review/hunks.ts';
import type { ComparedFile, FileChange, ObjectFacts, RejectedLines } from '../../ports/worktrees.ts';
import type { LoopError } from '../loop-service.ts';
import type { IterationStanding } from './iteration-standings.ts';
import type { Restored } from './restore-iteration.ts';

/** A commit of a loop that can be looked at and compared, with what it began at. */
export type Revision =
  | { readonly kind: 'base'; readonly commit: Commit }
  /** Where an iteration began. */
  | { readonly kind: 'start'; readonly iteration: number; readonly commit: Commit }
  | {
      /** What the work of all was combined to. */
      readonly kind: 'integrated';
      readonly iteration: number;
      readonly commit: Commit;
      readonly start: Commit;
      /** Whose work it holds. */
      readonly agents: readonly string[];
    }
  | {
      readonly kind: 'attempt';
      readonly iteration: number;
      readonly agentId: string;
      readonly attempt: number;
      readonly commit: Commit;
      readonly start: Commit;
      /** What it changed, relative to the root. */
      readonly paths: readonly string[];
    }
  /** What the loop ended with. */
  | { readonly kind: 'result'; readonly iteration: number; readonly commit: Commit };

/** What of the combined work of an iteration came from one agent. */
export interface AgentHunks {
  /** The hunks are of the difference from here. */
  readonly base: Commit;
  readonly files: readonly { readonly path: string; readonly hunks: readonly Hunk[] }[];
}

/** Looking at what loops made, straight from git's objects: no checkout is needed, and none is touched. */
export interface LoopReview {
  /** The base first, then by iteration: start, attempts, what was combined; the result of an ended loop last. */
  revisions(taskId: string): Promise<Result<readonly Revision[], LoopError>>;
  /** All iterations that came to a combined commit, with what was measured; one of them is the best. */
  standings(taskId: string): Promise<Result<readonly IterationStanding[], LoopError>>;
  /**
   * Points the result branch of an ended loop at an iteration's combined commit; `state` where the branch is checked
   * out, or holds what no iteration made. Restoring `before` undoes it.
   */
  restore(taskId: string, iteration: number): Promise<Result<Restored, LoopError>>;
  compare(from: Commit, to: Commit): Promise<Result<readonly ComparedFile[], LoopError>>;
  /** Added and removed lines of the same files by path; takes seconds where thousands differ. */
  counts(from: Commit, to: Commit): Promise<Result<readonly FileChange[], LoopError>>;
  /** One file's change, taken apart; null where it does not differ. `path` is that of `to`. */
  hunks(from: Commit, to: Commit, path: string): Promise<Result<FileHunks | null, LoopError>>;
  /** Takes a while where an agent changed thousands of files; stops early when `signal` says so. */
  hunksOfAgent(
    request: { readonly taskId: string; readonly commit: Commit; readonly agentId: string },
    signal: AbortSignal,
  ): Promise<Result<AgentHunks, LoopError>>;
  /** A commit on `commit` without the rejected lines, for `Review.revised`; no checkout and no branch changes. */
  revise(
    taskId: string,
    request: {
      readonly iteration: number;
      readonly commit: Commit;
      readonly rejected: readonly RejectedLines[];
    },
  ): Promise<Result<Commit, LoopError>>;
  /** Moves the result branch of an ended loop to a commit without the rejected lines. */
  leaveOut(
    taskId: string,
    rejected: readonly RejectedLines[],
  ): Promise<Result<{ readonly branch: string; readonly commit: Commit }, LoopError>>;
  /** Moves it back. */
  takeBack(taskId: string): Promise<Result<{ readonly branch: string; readonly commit: Commit }, LoopError>>;
  /** A file's bytes, of a link its target; null where the commit has no such file. */
  read(commit: Commit, path: string): Promise<Result<Uint8Array | null, LoopError>>;
  /** What is at a path of a commit, without its bytes; null where nothing is, or a folder. */
  look(commit: Commit, path: string): Promise<Result<ObjectFacts | null, LoopError>>;
}
