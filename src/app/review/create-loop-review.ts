import { ok, type Result } from '../../base/result.ts';
import type { GitError } from '../../ports/worktrees.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { readLoop } from '../stored-loop.ts';
import type { LoopReview } from './loop-review.ts';
import { revisionsOf } from './revisions.ts';

export function createLoopReview({ store, repository }: Pick<LoopDeps, 'store' | 'repository'>): LoopReview {
  return {
    revisions: async (taskId) => {
      const stored = await readLoop(store, taskId);
      return stored.ok ? ok(revisionsOf(stored.value)) : stored;
    },
    compare: async (from, to) => told(await repository.compare(from, to)),
    counts: async (from, to) => told(await repository.changes(from, to)),
  };
}

const told = <T>(result: Result<T, GitError>): Result<T, LoopError> =>
  result.ok ? result : fail('internal', result.error.message);
