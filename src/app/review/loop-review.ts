import type { Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { ComparedFile, FileChange } from '../../ports/worktrees.ts';
import type { LoopError } from '../loop-service.ts';

/** A commit of a loop that can be looked at and compared, with what it began at. */
export type Revision =
  | { readonly kind: 'base'; readonly commit: Commit }
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
    }
  /** What the loop ended with. */
  | { readonly kind: 'result'; readonly iteration: number; readonly commit: Commit };

/** Looking at what loops made, straight from git's objects: no checkout is needed, and none is touched. */
export interface LoopReview {
  /** The base first, then by iteration: attempts, what they were combined to; the result of an ended loop last. */
  revisions(taskId: string): Promise<Result<readonly Revision[], LoopError>>;
  compare(from: Commit, to: Commit): Promise<Result<readonly ComparedFile[], LoopError>>;
  /** Added and removed lines of the same files by path; takes seconds where thousands differ. */
  counts(from: Commit, to: Commit): Promise<Result<readonly FileChange[], LoopError>>;
}
