import { ok } from '../../base/result.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { readLoop } from '../stored-loop.ts';
import type { LoopReview } from './loop-review.ts';
import { createReviewHunks, told } from './review-hunks.ts';
import { iterationStandings } from './iteration-standings.ts';
import { restoreIteration } from './restore-iteration.ts';
import { revisionsOf } from './revisions.ts';

export function createLoopReview(deps: Pick<LoopDeps, 'store' | 'repository' | 'logger'>): LoopReview {
  const { store, repository } = deps;
  return {
    revisions: async (taskId) => {
      const stored = await readLoop(store, taskId);
      return stored.ok ? ok(revisionsOf(stored.value)) : stored;
    },
    standings: async (taskId) => {
      const stored = await readLoop(store, taskId);
      return stored.ok ? ok(iterationStandings(stored.value.state)) : stored;
    },
    restore: (taskId, iteration) => restoreIteration(deps, taskId, iteration),
    compare: async (from, to) => told(await repository.compare(from, to)),
    read: async (commit, path) => told(await repository.show(commit, path)),
    look: async (commit, path) => told(await repository.look(commit, path)),
    counts: async (from, to) => told(await repository.changes(from, to)),
    ...createReviewHunks(deps),
  };
}
