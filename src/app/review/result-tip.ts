import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { heldChanges, type HeldChanges } from '../../domain/review/held-changes.ts';
import { resultBranch } from '../../domain/worktree/naming.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { readLoop, type StoredLoop } from '../stored-loop.ts';
import type { ResultStanding } from './loop-review.ts';
import { revisionsOf } from './revisions.ts';

export interface ResultTip {
  readonly branch: string;
  /** What the branch is at now. */
  readonly commit: Commit;
  readonly standing: ResultStanding;
  /** Whose combined work it is, or goes on from. */
  readonly iteration: number;
  readonly held: HeldChanges | null;
}

type Deps = Pick<LoopDeps, 'store' | 'repository'>;

/** Where the result branch of an ended loop is, whoever moved it; `state` where there is none. */
export async function resultTip(deps: Deps, taskId: string): Promise<Result<ResultTip, LoopError>> {
  const stored = await readLoop(deps.store, taskId);
  return stored.ok ? tipOf(deps, stored.value) : stored;
}

export async function tipOf(
  { repository }: Pick<Deps, 'repository'>,
  stored: Pick<StoredLoop, 'state' | 'events'>,
): Promise<Result<ResultTip, LoopError>> {
  const { taskId } = stored.state.config;
  const revisions = revisionsOf(stored);
  const ended = revisions.find((each) => each.kind === 'result');
  if (ended?.kind !== 'result')
    return fail('state', `The loop "${taskId}" has not ended with a result yet; send a review instead.`);
  const branch = resultBranch(taskId);
  const tip = await repository.resolve(`refs/heads/${branch}`);
  if (!tip.ok) return fail('state', `The branch ${branch} is not there any more.`);
  const commit = tip.value;
  const { iteration } = ended;
  const held = heldChanges(stored.state, commit);
  if (commit === ended.commit) return ok({ branch, commit, standing: 'ended', iteration, held });
  const restored = revisions.findLast((each) => each.kind === 'integrated' && each.commit === commit);
  if (restored?.kind === 'integrated')
    return ok({ branch, commit, standing: 'restored', iteration: restored.iteration, held });
  const ours = await repository.task(taskId).isRevision(commit);
  return ok({ branch, commit, standing: ours.ok && ours.value ? 'revised' : 'foreign', iteration, held });
}
