import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { pendingRevision } from '../../domain/review/review-feedback.ts';
import { sourceWords, type TakenFile } from '../../domain/review/taken.ts';
import type { RevisionRequest } from '../../ports/worktrees.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail, told } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { readLoop } from '../stored-loop.ts';
import type { LoopReview, MovedResult } from './loop-review.ts';
import { resultTip, tipOf, type ResultTip } from './result-tip.ts';

type Deps = Pick<LoopDeps, 'store' | 'repository' | 'logger'>;
type ResultSteps = Pick<
  LoopReview,
  'revise' | 'wouldTake' | 'leaveOut' | 'leaveOutSent' | 'take' | 'takeBack'
>;

/** Commits as a person wants them, and the result branch of an ended loop on the way to them and back. */
export function createResultSteps(deps: Deps): ResultSteps {
  return {
    revise: (taskId, request) => revise(deps, taskId, request),
    wouldTake: (paths, way) => wouldTake(deps, paths, way),
    leaveOut: (taskId, request) => leaveOut(deps, taskId, request),
    leaveOutSent: (taskId) => leaveOutSent(deps, taskId),
    take: (taskId, taken) => take(deps, taskId, taken),
    takeBack: (taskId) => takeBack(deps, taskId),
  };
}

const LEFT_OUT = 'Leave out what was rejected in the review';
const TAKEN = 'Take over files in the review';

async function revise(
  { store, repository }: Deps,
  taskId: string,
  { commit, rejected, taken }: Parameters<LoopReview['revise']>[1],
): ReturnType<LoopReview['revise']> {
  if (rejected.length === 0 && taken.length === 0) return ok(null);
  const stored = await readLoop(store, taskId);
  if (!stored.ok) return stored;
  const { state } = stored.value;
  if (state.current?.integrated?.commit !== commit) return ok(null);
  return told(
    await repository.task(taskId).revise({
      iteration: state.current.number,
      commit,
      onto: pendingRevision(state),
      rejected,
      taken,
      message: rejected.length === 0 ? TAKEN : LEFT_OUT,
    }),
  );
}

async function wouldTake(
  { repository }: Deps,
  paths: readonly string[],
  { from, to }: Parameters<LoopReview['wouldTake']>[1],
): ReturnType<LoopReview['wouldTake']> {
  const compared = told(await repository.compare(to, from));
  if (!compared.ok) return compared;
  return ok(
    paths.flatMap((path) => {
      const file = compared.value.find(({ before, after }) => before?.path === path || after?.path === path);
      const there = file?.after?.path;
      const both = new Set([file?.before?.path, there].filter((each) => each !== undefined));
      return [...both].map((each) => ({ path: each, from, gone: each !== there }));
    }),
  );
}

async function leaveOut(
  deps: Deps,
  taskId: string,
  { commit, rejected }: Parameters<LoopReview['leaveOut']>[1],
): Promise<Result<MovedResult, LoopError>> {
  const tip = await resultTip(deps, taskId);
  if (!tip.ok) return tip;
  if (tip.value.commit !== commit) {
    return fail(
      'state',
      `The branch ${tip.value.branch} has moved since these changes were rejected; look at it again and choose there.`,
    );
  }
  return moveOn(deps, taskId, tip.value, { rejected, taken: [], message: LEFT_OUT });
}

async function leaveOutSent(deps: Deps, taskId: string): Promise<Result<MovedResult, LoopError>> {
  const tip = await resultTip(deps, taskId);
  if (!tip.ok) return tip;
  const { commit, iteration, held } = tip.value;
  return held === null
    ? fail('state', `The result of "${taskId}" holds nothing that a review which was sent wanted otherwise.`)
    : move(deps, taskId, { from: commit, to: held.revised, iteration });
}

async function take(
  deps: Deps,
  taskId: string,
  taken: readonly TakenFile[],
): Promise<Result<MovedResult, LoopError>> {
  const stored = await readLoop(deps.store, taskId);
  if (!stored.ok) return stored;
  const { state } = stored.value;
  const strange = taken.find(({ from }) => sourceWords(state, from) === null);
  if (strange) {
    return fail(
      'input',
      `${strange.from.slice(0, 12)} is no commit of an iteration or an attempt of "${taskId}", so no file is taken from it.`,
    );
  }
  const tip = await tipOf(deps, stored.value);
  if (!tip.ok) return tip;
  const lines = taken.map(({ path, from }) => `${path} as it is in ${sourceWords(state, from)}`);
  const message = `${lines.length === 1 ? `Take ${lines[0]}` : TAKEN}\n\n${lines.join('\n')}`;
  return moveOn(deps, taskId, tip.value, { rejected: [], taken, message });
}

/** On top of where the branch is, so that nothing on it is lost. */
async function moveOn(
  deps: Deps,
  taskId: string,
  { commit, iteration }: ResultTip,
  change: Pick<RevisionRequest, 'rejected' | 'taken' | 'message'>,
): Promise<Result<MovedResult, LoopError>> {
  const request = { iteration, commit, onto: null, ...change };
  const revised = told(await deps.repository.task(taskId).revise(request));
  return revised.ok ? move(deps, taskId, { from: commit, to: revised.value, iteration }) : revised;
}

async function move(
  { repository, logger }: Deps,
  taskId: string,
  { from, to, iteration }: { readonly from: Commit; readonly to: Commit; readonly iteration: number },
): Promise<Result<MovedResult, LoopError>> {
  const moved = told(await repository.task(taskId).publishResult(to, iteration));
  if (!moved.ok) return moved;
  logger.info('Moved a result by a review', { taskId, from, to });
  return ok({ branch: moved.value.branch, commit: to });
}

async function takeBack(deps: Deps, taskId: string): Promise<Result<MovedResult, LoopError>> {
  const tip = await resultTip(deps, taskId);
  if (!tip.ok) return tip;
  const { branch, commit, standing, iteration } = tip.value;
  switch (standing) {
    case 'ended':
      return fail('state', `No review changed the result of "${taskId}", so there is nothing to undo.`);
    case 'restored':
      return fail('state', `The branch ${branch} is at iteration ${iteration}; restore another one instead.`);
    case 'foreign':
      return fail('state', `The branch ${branch} holds commits that no review made; move it back by hand.`);
    case 'revised': {
      const parent = await deps.repository.resolve(`${commit}^`);
      return parent.ok ? move(deps, taskId, { from: commit, to: parent.value, iteration }) : told(parent);
    }
  }
}
