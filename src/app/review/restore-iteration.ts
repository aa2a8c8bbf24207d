import { ok, type Result } from '../../base/result.ts';
import { resultBranch } from '../../domain/worktree/naming.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail, told } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { readLoop } from '../stored-loop.ts';
import { iterationStandings } from './iteration-standings.ts';

export interface Restored {
  readonly branch: string;
  /** What the branch was at before, to go back to. */
  readonly before: number;
}

/**
 * Points the result branch of an ended loop at what another of its iterations was combined to. The journal goes on
 * telling how the loop ended; no checkout changes, and every iteration stays where it is.
 */
export async function restoreIteration(
  { store, repository, logger }: Pick<LoopDeps, 'store' | 'repository' | 'logger'>,
  taskId: string,
  iteration: number,
): Promise<Result<Restored, LoopError>> {
  const stored = await readLoop(store, taskId);
  if (!stored.ok) return stored;
  const { state } = stored.value;
  if (state.phase.kind !== 'finished')
    return fail(
      'state',
      `The loop "${taskId}" has not ended; decide about the iteration that waits instead.`,
    );
  const all = iterationStandings(state);
  const wanted = all.find((each) => each.iteration === iteration);
  if (!wanted) return fail('input', `Iteration ${iteration} of "${taskId}" came to no combined result.`);
  const branch = resultBranch(taskId);
  const tip = await repository.resolve(`refs/heads/${branch}`);
  if (!tip.ok) return fail('state', `The branch ${branch} is not there, so nothing can be restored to it.`);
  const before = all.findLast(({ commit }) => commit === tip.value);
  // Commits that somebody made on the branch are in no other ref: moving it would leave them to git's clean-up.
  if (!before)
    return fail('state', `The branch ${branch} holds commits that no iteration made; move it by hand.`);
  const moved = told(await repository.task(taskId).publishResult(wanted.commit, iteration));
  if (!moved.ok) return moved;
  logger.info('Restored an iteration as the result', { taskId, iteration, before: before.iteration });
  return ok({ branch, before: before.iteration });
}
