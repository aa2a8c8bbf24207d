import { ok, type Result } from '../../base/result.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import { resultBranch } from '../../domain/worktree/naming.ts';
import type { GitError } from '../../ports/worktrees.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { readLoop } from '../stored-loop.ts';

type Deps = Pick<LoopDeps, 'store' | 'repository'>;

/** A loop with a result that can be brought home. */
export interface EndedLoop {
  readonly config: LoopConfig;
  readonly state: LoopState;
  /** The tip of the result's branch, where that goes on from what the loop ended with. */
  readonly commit: Commit;
  readonly revised: boolean;
}

export async function endedLoop(deps: Deps, taskId: string): Promise<Result<EndedLoop, LoopError>> {
  const stored = await readLoop(deps.store, taskId);
  if (!stored.ok) return stored;
  const { state } = stored.value;
  const { config, phase } = state;
  if (phase.kind !== 'finished') {
    return fail('state', `The loop ${config.taskId} has not ended; decide or stop it first.`);
  }
  const { commit } = phase.event;
  if (commit === null) {
    return fail(
      'state',
      `The loop ${config.taskId} ended without a result, so there is nothing to bring home.`,
    );
  }
  const there = await deps.repository.resolve(commit);
  if (!there.ok) {
    return fail(
      'state',
      `The result ${commit.slice(0, 12)} of ${config.taskId} is no longer in the repository.`,
    );
  }
  const tip = await deps.repository.resolve(`refs/heads/${resultBranch(config.taskId)}`);
  if (!tip.ok || tip.value === commit) return ok({ config, state, commit, revised: false });
  const onward = await deps.repository.isAncestor(commit, tip.value);
  return ok(
    onward.ok && onward.value
      ? { config, state, commit: tip.value, revised: true }
      : { config, state, commit, revised: false },
  );
}

export const failed = (error: GitError) =>
  fail(error.kind === 'refused' ? 'state' : 'internal', error.message);
