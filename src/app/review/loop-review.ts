import type { Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { FileHunks, Hunk } from '../../domain/review/hunks.ts';
import type { HeldChanges } from '../../domain/review/held-changes.ts';
import type { PreparedTake, TakenFile } from '../../domain/review/taken.ts';
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
  | {
      /** What the loop ended with, or what a person made of it since. */
      readonly kind: 'result';
      readonly iteration: number;
      readonly commit: Commit;
      readonly standing: ResultStanding;
      /** What reviews that were sent wanted otherwise in this commit; null where nothing is left of that. */
      readonly held: HeldChanges | null;
    };

/**
 * `ended`: as the loop ended. `restored`: another iteration, by a person's wish. `revised`: without what a person rejected,
 * or with files that were taken. `foreign`: commits that we did not make.
 */
export type ResultStanding = 'ended' | 'restored' | 'revised' | 'foreign';

/** Where a result branch is now. */
export interface MovedResult {
  readonly branch: string;
  readonly commit: Commit;
}

/** What of the combined work of an iteration came from one agent. */
export interface AgentHunks {
  /** The hunks are of the difference from here. */
  readonly base: Commit;
  readonly files: readonly { readonly path: string; readonly hunks: readonly Hunk[] }[];
}

/** Looking at what loops made, straight from git's objects: no checkout is needed, and none is touched. */
export interface LoopReview {
  /** The base first, then by iteration: start, attempts, what was combined; last where the result branch of an ended loop is now. */
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
  /**
   * A commit on `commit` as the person wants it, for `Review.revised`; no checkout and no branch changes. Null where there is
   * nothing to change, or where agents have begun on another commit: those are told of it instead.
   */
  revise(
    taskId: string,
    request: {
      readonly commit: Commit;
      readonly rejected: readonly RejectedLines[];
      readonly taken: readonly TakenFile[];
    },
  ): Promise<Result<Commit | null, LoopError>>;
  /**
   * What taking files from one commit into another means: each one's path and, of a file that is named otherwise there,
   * the other one. Nothing of those that are the same in both.
   */
  wouldTake(
    paths: readonly string[],
    way: { readonly from: Commit; readonly to: Commit },
  ): Promise<Result<readonly PreparedTake[], LoopError>>;
  /** Moves the result branch of an ended loop from `commit` to one without the rejected lines; `state` where it moved. */
  leaveOut(
    taskId: string,
    request: { readonly commit: Commit; readonly rejected: readonly RejectedLines[] },
  ): Promise<Result<MovedResult, LoopError>>;
  /** Moves it to the commit that reviews which were sent wanted instead; `state` where they wanted none. */
  leaveOutSent(taskId: string): Promise<Result<MovedResult, LoopError>>;
  /** Moves it on to a commit with these files as other commits of the loop have them. */
  take(taskId: string, taken: readonly TakenFile[]): Promise<Result<MovedResult, LoopError>>;
  /** Moves it back by the last of these steps. */
  takeBack(taskId: string): Promise<Result<MovedResult, LoopError>>;
  /** A file's bytes, of a link its target; null where the commit has no such file. */
  read(commit: Commit, path: string): Promise<Result<Uint8Array | null, LoopError>>;
  /** What is at a path of a commit, without its bytes; null where nothing is, or a folder. */
  look(commit: Commit, path: string): Promise<Result<ObjectFacts | null, LoopError>>;
}
