import { ok } from '../../base/result.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { told } from '../loop-error.ts';
import { readLoop } from '../stored-loop.ts';
import type { LoopReview } from './loop-review.ts';
import { createReviewHunks } from './review-hunks.ts';
import { iterationStandings } from './iteration-standings.ts';
import { restoreIteration } from './restore-iteration.ts';
import { createResultSteps } from './result-steps.ts';
import { tipOf } from './result-tip.ts';
import { revisionsOf } from './revisions.ts';

export function createLoopReview(deps: Pick<LoopDeps, 'store' | 'repository' | 'logger'>): LoopReview {
  const { store, repository } = deps;
  return {
    revisions: async (taskId) => {
      const stored = await readLoop(store, taskId);
      if (!stored.ok) return stored;
      const revisions = revisionsOf(stored.value);
      if (revisions.at(-1)?.kind !== 'result') return ok(revisions);
      // Without its branch, what the loop ended with is all there is.
      const tip = await tipOf(deps, stored.value);
      if (!tip.ok) return ok(revisions);
      const { branch: _branch, ...result } = tip.value;
      return ok([...revisions.slice(0, -1), { kind: 'result', ...result }]);
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
    ...createResultSteps(deps),
  };
}
