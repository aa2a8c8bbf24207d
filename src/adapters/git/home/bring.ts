import { err, ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import { branchRef, homeRef, rescueRef } from '../../../domain/worktree/naming.ts';
import type { HomeOutcome, HomeRequest, Integration } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { failed } from '../git-process.ts';
import { keepRef } from '../kept-ref.ts';
import { commitTree, overlay } from '../tree.ts';
import type { HomeContext } from './context.ts';
import { plan, type Plan } from './plan.ts';
import { settleAll } from './settle.ts';
import { carryOut, takeBack } from './steps.ts';

/** Looks, writes down what is about to be done, does it, and writes down that it is done. */
export async function bring(
  context: HomeContext,
  request: HomeRequest,
  signal: AbortSignal,
): Promise<Result<HomeOutcome, GitError>> {
  const settled = await settleAll(context);
  if (!settled.ok) return settled;
  const planned = await plan(context, request, signal);
  if (!planned.ok) return planned;
  const { combined, preview } = planned.value;
  if (combined.kind !== 'clean' || preview.obstacle !== null) return ok({ kind: 'not-done', preview });
  const carried = await takeStep(context, { request, planned: planned.value, layers: null }, signal);
  if (!carried.ok) return carried;
  const integration: Integration = { ...carried.value, state: 'done' };
  await context.records.write(integration);
  return ok({ kind: 'done', integration, preview });
}

export interface Step {
  readonly request: Pick<HomeRequest, 'taskId' | 'commit' | 'way' | 'newBranch'>;
  readonly planned: Plan;
  readonly layers: Integration['layers'];
}

/** Writes down what is about to be done and does it. The record says `begun` still; callers write that it is done. */
export async function takeStep(
  context: HomeContext,
  step: Step,
  signal: AbortSignal,
): Promise<Result<Integration, GitError>> {
  const prepared = await prepare(context, step);
  if (!prepared.ok) return prepared;
  if (signal.aborted) return err(failed('Bringing home was cancelled'));
  const begun = prepared.value;
  await context.records.write(begun);
  const moved = await carryOut(context, begun);
  if (moved.ok) return ok(begun);
  const back = await takeBack(context, begun);
  if (!back.ok) return back;
  await context.records.write({ ...begun, state: 'dropped' });
  return moved;
}

async function prepare(
  context: HomeContext,
  { request, planned, layers }: Step,
): Promise<Result<Integration, GitError>> {
  const { target, combined, preview } = planned;
  if (combined.kind !== 'clean') return err(failed('Only a clean merge can be brought home'));
  const id = context.ids.token();
  const common = {
    id,
    taskId: request.taskId,
    at: context.clock.now(),
    way: request.way,
    commit: request.commit,
    state: 'begun',
    pushed: null,
    layers,
  } as const;
  const rescued = await rescueDisplaced(context, request, planned);
  if (!rescued.ok) return rescued;
  if (combined.commit === null) {
    const checkout = await pinFiles(context, { taskId: request.taskId, id, planned, tree: combined.tree });
    return checkout.ok
      ? ok({ ...common, ref: null, checkout: checkout.value, rescued: rescued.value })
      : checkout;
  }
  const ref =
    request.newBranch === null
      ? { name: branchRef(target.branch ?? ''), from: target.commit, to: combined.commit }
      : { name: branchRef(request.newBranch), from: null, to: combined.commit };
  const checkout =
    preview.checkout === 'moves'
      ? { root: context.checkout.checkout.root, before: target.commit, after: combined.commit, moved: true }
      : null;
  return ok({ ...common, ref, checkout, rescued: rescued.value });
}

/** Commits of the touched files before and after, so that an undo finds them however late it comes. */
async function pinFiles(
  context: HomeContext,
  files: { readonly taskId: string; readonly id: string; readonly planned: Plan; readonly tree: string },
): Promise<Result<NonNullable<Integration['checkout']>, GitError>> {
  const { target, known } = files.planned;
  const message = (when: string) => `Files of the checkout ${when} ${files.taskId} was applied`;
  const tree = await overlay(context.harness, target.commit, known);
  if (!tree.ok) return tree;
  const before = await commitFiles(context, tree.value, target.commit, message('before'));
  if (!before.ok) return before;
  const after = await commitFiles(context, files.tree, before.value, message('after'));
  if (!after.ok) return after;
  const kept = await keepRef(
    { ...context, taskId: files.taskId },
    homeRef(files.taskId, files.id),
    after.value,
  );
  if (!kept.ok) return kept;
  return ok({
    root: context.checkout.checkout.root,
    before: before.value,
    after: after.value,
    moved: false,
  });
}

async function rescueDisplaced(
  context: HomeContext,
  { taskId }: Step['request'],
  { target, displaced }: Plan,
): Promise<Result<Integration['rescued'], GitError>> {
  if (displaced.length === 0) return ok(null);
  const tree = await overlay(context.harness, target.commit, displaced);
  if (!tree.ok) return tree;
  const message = `Uncommitted files that gave way to ${taskId}`;
  const commit = await commitFiles(context, tree.value, target.commit, message);
  if (!commit.ok) return commit;
  const ref = rescueRef(taskId, 'checkout', commit.value);
  const kept = await keepRef({ ...context, taskId }, ref, commit.value);
  return kept.ok ? ok({ ref, commit: commit.value, paths: displaced.map(({ path }) => path) }) : kept;
}

const commitFiles = (
  { harness, clock }: HomeContext,
  tree: string,
  parent: Commit,
  message: string,
): Promise<Result<Commit, GitError>> =>
  commitTree(harness, { tree, parents: [parent], message, at: Math.floor(clock.now() / 1000) });
