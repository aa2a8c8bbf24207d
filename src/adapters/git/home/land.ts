import { ok, type Result } from '../../../base/result.ts';
import type { BranchMoved, LandOutcome, LandRequest } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { treeOf } from '../tree.ts';
import { takeStep } from './bring.ts';
import type { HomeContext } from './context.ts';
import { splitLayers } from './layers.ts';
import { planOf, type Plan } from './plan.ts';
import { settleAll } from './settle.ts';
import { checkNewBranch, findTarget } from './target.ts';

/** Several results in one step: their files and the branch move once, so no process that is killed leaves some of them. */
export async function land(
  context: HomeContext,
  request: LandRequest,
  signal: AbortSignal,
): Promise<Result<LandOutcome, GitError>> {
  const settled = await settleAll(context);
  if (!settled.ok) return settled;
  const planned = await planLanding(context, request, signal);
  if (!planned.ok) return planned;
  if (planned.value.kind === 'moved') return ok(planned.value);
  const { plan } = planned.value;
  const { preview } = plan;
  if (preview.obstacle !== null) return ok({ kind: 'not-done', preview });
  const { layers } = request;
  const { taskId, commit } = layers[0];
  const step = { request: { ...request, taskId, commit }, planned: plan, layers };
  const landed = await takeStep(context, step, signal);
  if (!landed.ok) return landed;
  return ok({ kind: 'done', integrations: await splitLayers(context, landed.value), preview });
}

/** The stacked commits as they are: nothing is merged again. */
export async function planLanding(
  context: HomeContext,
  request: LandRequest,
  signal: AbortSignal,
): Promise<Result<BranchMoved | { readonly kind: 'planned'; readonly plan: Plan }, GitError>> {
  const target = await findTarget(context, request);
  if (!target.ok) return target;
  const { commit: branchCommit } = target.value;
  if (branchCommit !== request.onto) return ok({ kind: 'moved', branchCommit });
  if (request.newBranch !== null) {
    const free = await checkNewBranch(context, request.newBranch);
    if (!free.ok) return free;
  }
  const { commit, tip } = request.layers.at(-1) ?? request.layers[0];
  const tree = await treeOf(context.harness, tip);
  if (!tree.ok) return tree;
  const planned = await planOf(
    context,
    {
      request: { ...request, commit, base: request.onto },
      target: target.value,
      combined: { kind: 'clean', tree: tree.value, commit: tip },
    },
    signal,
  );
  return planned.ok ? ok({ kind: 'planned', plan: planned.value }) : planned;
}
