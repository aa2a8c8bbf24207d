import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { rescueRef } from '../../domain/worktree/naming.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { keepRef } from './kept-ref.ts';
import { failed } from './git-process.ts';
import type { TaskContext } from './task-context.ts';
import { commitTree, treeOf } from './tree.ts';

export interface RescueRequest {
  readonly agentId: string;
  /** The worktree as it is. */
  readonly tree: string;
  readonly start: Commit;
  /** The agent's own commits, to be kept reachable. */
  readonly heads: readonly Commit[];
  /** Present when some files could not be read; nothing may be removed then. */
  readonly unreadable: string | null;
}

export interface Held {
  /** Its tree is the worktree's, and the agent's own commits are reachable. */
  readonly commit: Commit;
  /** A rescue ref was made for it now; else the start or a ref of the loop held it before. */
  readonly isNew: boolean;
}

/**
 * Makes sure that what is about to be replaced stays reachable: by an attempt's ref, by the start, or by a
 * rescue ref made now.
 */
export async function rescue(context: TaskContext, request: RescueRequest): Promise<Result<Held, GitError>> {
  if (request.unreadable !== null) {
    return err(
      failed(
        `The worktree of ${request.agentId} has unreadable files, so it is left alone`,
        request.unreadable,
      ),
    );
  }
  const kept = await keptCommits(context, request);
  if (!kept.ok) return kept;
  const loose = await looseHeads(context, request.heads, kept.value);
  const holder = loose.length === 0 ? await holderOf(context, request.tree, kept.value) : null;
  if (holder !== null) return ok({ commit: holder, isNew: false });
  const commit = await commitTree(context.harness, {
    tree: request.tree,
    parents: [request.start, ...loose.filter((head) => head !== request.start)],
    message: `Rescued from the worktree of ${request.agentId}`,
    at: Math.floor(context.clock.now() / 1000),
  });
  if (!commit.ok) return commit;
  const ref = rescueRef(context.taskId, request.agentId, commit.value);
  const set = await keepRef(context, ref, commit.value);
  if (!set.ok) return set;
  context.logger.info('Rescued files of a worktree', {
    taskId: context.taskId,
    agentId: request.agentId,
    ref,
  });
  return ok({ commit: commit.value, isNew: true });
}

/** The start, and what refs of the loop hold of the agent. */
export async function keptCommits(
  context: TaskContext,
  request: Pick<RescueRequest, 'agentId' | 'start'>,
): Promise<Result<Commit[], GitError>> {
  const refs = await context.user.refs([
    `refs/cfn/${context.taskId}/`,
    `refs/cfn/rescue/${context.taskId}/${request.agentId}/`,
  ]);
  if (!refs.ok) return refs;
  const own = refs.value.filter(({ name }) => name.split('/').includes(request.agentId));
  return ok([request.start, ...own.map(({ oid }) => oid)]);
}

/** The one whose tree it is; null where none has it. */
export async function holderOf(
  context: TaskContext,
  tree: string,
  commits: readonly Commit[],
): Promise<Commit | null> {
  for (const commit of commits) {
    const kept = await treeOf(context.harness, commit);
    if (kept.ok && kept.value === tree) return commit;
  }
  return null;
}

/** Those of the heads that none of the commits reaches. */
export async function looseHeads(
  context: TaskContext,
  heads: readonly Commit[],
  kept: readonly Commit[],
): Promise<readonly Commit[]> {
  const loose: Commit[] = [];
  for (const head of heads) if (!(await reachable(context, head, kept))) loose.push(head);
  return loose;
}

async function reachable(context: TaskContext, head: Commit, from: readonly Commit[]): Promise<boolean> {
  for (const commit of from) {
    const found = await context.harness.run(['merge-base', '--is-ancestor', head, commit], {
      okCodes: [0, 1, 128],
    });
    if (found.ok && found.value.code === 0) return true;
  }
  return false;
}
