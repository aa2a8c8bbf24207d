import type { Effect } from '../../domain/loop/effects.ts';
import { iterations, type LoopState } from '../../domain/loop/state.ts';
import { resultBranch } from '../../domain/worktree/naming.ts';
import type { Repository } from '../../ports/worktrees.ts';
import { finalResult } from '../transfer-payloads.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import { write } from './transfer.ts';

/** Publishes the result's branch, stores the final record (transfer point 7) and ends the loop. */
export async function finish(
  scope: LoopScope,
  effect: Effect & { kind: 'finish' },
  context: EffectContext,
): Promise<void> {
  const { commit } = effect;
  const state = context.state();
  if (commit) await publish(scope, commit, iterationOf(state, commit));
  const end = await finalEnd(scope.repository, scope.config.taskId, effect);
  const receipt = await write(scope, { name: 'final', payload: finalResult(state, end) });
  const { key, sha256, verified } = receipt;
  await context.report({
    type: 'LoopFinished',
    ...end,
    iterations: iterations(state).length,
    finalPoint: { point: 7, part: 'main', key, sha256, verified },
  });
  await scope.coordination.revoke(scope.config.taskId);
}

/** How the loop ends; its branch is the one that is published for the commit. */
export async function finalEnd(
  repository: Repository,
  taskId: string,
  { outcome, stopReason, commit }: Pick<Effect & { kind: 'finish' }, 'outcome' | 'stopReason' | 'commit'>,
) {
  const branch = commit ? resultBranch(taskId) : null;
  const mergedToMain = commit !== null && (await isMerged(repository, commit));
  return { outcome, stopReason, commit, branch, mergedToMain };
}

/** The newest iteration that came to this commit. */
const iterationOf = (state: LoopState, commit: string): number =>
  iterations(state).findLast((record) => record.integrated?.commit === commit)?.number ?? 1;

async function publish(scope: LoopScope, commit: string, iteration: number): Promise<void> {
  const published = await scope.task.publishResult(commit, iteration);
  if (!published.ok) throw new LoopFault(published.error.message);
}

/** What git says: the result is part of the branch that the user has checked out. */
async function isMerged(repository: Repository, commit: string): Promise<boolean> {
  const head = await repository.resolve('HEAD');
  if (!head.ok) return false;
  const ancestor = await repository.isAncestor(commit, head.value);
  return ancestor.ok && ancestor.value;
}
