import { assertNever, ok, type Result } from '../../base/result.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { tipOf } from '../review/result-tip.ts';
import { readLoop } from '../stored-loop.ts';

type Deps = Pick<LoopDeps, 'store' | 'repository'>;

/** A loop with a result that can be brought home. */
export interface EndedLoop {
  readonly config: LoopConfig;
  readonly state: LoopState;
  /** The tip of the result's branch: what the loop ended with, or what a person made of it or restored. */
  readonly commit: Commit;
  /** A person changed it after its evidence ran. */
  readonly revised: boolean;
  /** An iteration whose combined work a person restored as the result. */
  readonly restored: number | null;
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
  const asEnded = { config, state, commit, revised: false, restored: null };
  const tip = await tipOf(deps, stored.value);
  if (!tip.ok) return ok(asEnded);
  switch (tip.value.standing) {
    case 'ended':
      return ok(asEnded);
    case 'restored':
      return ok({ ...asEnded, commit: tip.value.commit, restored: tip.value.iteration });
    case 'revised':
      return ok({ ...asEnded, commit: tip.value.commit, revised: true });
    case 'foreign': {
      // Commits of the person's own count where they go on from the result; else the branch is used for something else.
      const onward = await deps.repository.isAncestor(commit, tip.value.commit);
      return ok(
        onward.ok && onward.value ? { ...asEnded, commit: tip.value.commit, revised: true } : asEnded,
      );
    }
    default:
      return assertNever(tip.value.standing);
  }
}
