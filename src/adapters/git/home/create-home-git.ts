import { err, ok, type Result } from '../../../base/result.ts';
import { branchRef, homeRef, resultBranch } from '../../../domain/worktree/naming.ts';
import type { HomeGit, HomeRequest, Integration, PreviewedLanding } from '../../../ports/home-git.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { refused } from '../git-process.ts';
import { diskError } from '../harness.ts';
import { keepRef } from '../kept-ref.ts';
import type { RepositoryParts } from '../repository.ts';
import { commitTree } from '../tree.ts';
import { bring } from './bring.ts';
import { createCheckoutGit } from './checkout-git.ts';
import { combine } from './combine.ts';
import type { HomeContext } from './context.ts';
import { land, planLanding } from './land.ts';
import { plan } from './plan.ts';
import { findRemote, push } from './push.ts';
import { createRecords } from './records.ts';
import { settleAll } from './settle.ts';
import { stackLoops } from './stack.ts';
import { moveRef } from './steps.ts';
import { findTarget, userBranches } from './target.ts';
import { undo } from './undo.ts';

export function createHomeGit(parts: RepositoryParts): HomeGit {
  const records = createRecords(parts.home);
  const checkout = createCheckoutGit(parts.git, parts.checkouts[0]);
  /** Errors of the file system are expected here: a full disk, a folder without permission. */
  const guarded = async <T>(
    what: string,
    work: (context: HomeContext) => Promise<Result<T, GitError>>,
  ): Promise<Result<T, GitError>> => {
    try {
      return await work({ ...parts, harness: await parts.harnessNow(), records, checkout });
    } catch (error) {
      return err(diskError(what, error));
    }
  };
  return {
    preview: (request, signal) =>
      guarded('The preview failed', async (context) => {
        const planned = await plan(context, request, signal);
        return planned.ok ? ok(planned.value.preview) : planned;
      }),
    bring: (request, signal) => guarded('Bringing home failed', (context) => bring(context, request, signal)),
    remote: (name) => guarded('The remote is not known', (context) => findRemote(context, name)),
    settle: () => guarded('Settling failed', settleAll),
    stack: (request, signal) => guarded('Stacking failed', (context) => stackLoops(context, request, signal)),
    previewLanding: (request, signal) =>
      guarded<PreviewedLanding>('The preview failed', async (context) => {
        const planned = await planLanding(context, request, signal);
        if (!planned.ok) return planned;
        if (planned.value.kind === 'moved') return ok(planned.value);
        return ok({ kind: 'preview', preview: planned.value.plan.preview });
      }),
    land: (request, signal) => guarded('Bringing home failed', (context) => land(context, request, signal)),
    push: (request, signal) => guarded('Pushing failed', (context) => push(context, request, signal)),
    discard: (request) => guarded('Discarding failed', (context) => discard(context, request)),
    undo: (id) => guarded('Undoing failed', (context) => undo(context, id)),
    conflicted: (request) => guarded('The merge failed', (context) => conflicted(context, request)),
    integrations: async (taskId) => {
      const all = await records.all();
      const wanted = taskId?.toLowerCase();
      return all.filter((one) => wanted === undefined || one.taskId.toLowerCase() === wanted);
    },
    branches: () => userBranches(parts),
  };
}

async function discard(
  context: HomeContext,
  { taskId, commit }: { readonly taskId: string; readonly commit: Commit },
): Promise<Result<Integration, GitError>> {
  const settled = await settleAll(context);
  if (!settled.ok) return settled;
  const branch = resultBranch(taskId);
  const name = branchRef(branch);
  const from = await context.user.readRef(name);
  if (from === null) return err(refused(`${branch} is not there; it was discarded already.`));
  const worktrees = await context.user.worktrees();
  if (!worktrees.ok) return worktrees;
  const holder = worktrees.value.find((entry) => entry.branch === name);
  if (holder) {
    return err(refused(`${branch} is checked out in ${holder.path}; switch it to another branch first.`));
  }
  const id = context.ids.token();
  // What somebody committed on the branch is in no other ref of ours.
  const kept = await keepRef({ ...context, taskId }, homeRef(taskId, id), from);
  if (!kept.ok) return kept;
  const ref = { name, from, to: null };
  const begun: Integration = {
    id,
    taskId,
    at: context.clock.now(),
    way: 'discard',
    commit,
    state: 'begun',
    ref,
    checkout: null,
    rescued: null,
    pushed: null,
    layers: null,
  };
  await context.records.write(begun);
  const moved = await moveRef(context, ref, `cfn: discard ${taskId}`);
  const integration: Integration = { ...begun, state: moved.ok ? 'done' : 'dropped' };
  await context.records.write(integration);
  return moved.ok ? ok(integration) : moved;
}

async function conflicted(context: HomeContext, request: HomeRequest): Promise<Result<Commit, GitError>> {
  const target = await findTarget(context, request);
  if (!target.ok) return target;
  const at = Math.floor(context.clock.now() / 1000);
  const onto = target.value.commit;
  const combined = await combine(context.harness, { ...request, way: 'merge', onto, at });
  if (!combined.ok) return combined;
  if (combined.value.kind !== 'conflicts') {
    return err(refused('There is no conflict any more; bring the result home as it is.'));
  }
  const commit = await commitTree(context.harness, {
    tree: combined.value.tree,
    parents: [onto, request.commit],
    message: `Merge of ${request.taskId} with its conflicts marked`,
    at,
  });
  if (!commit.ok) return commit;
  const ref = homeRef(request.taskId, `conflict-${commit.value.slice(0, 16)}`);
  const kept = await keepRef({ ...context, taskId: request.taskId }, ref, commit.value);
  return kept.ok ? commit : kept;
}
