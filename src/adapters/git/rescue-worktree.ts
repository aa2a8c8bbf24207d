import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { rescueRef } from '../../domain/worktree/naming.ts';
import type { GitError, Rescued } from '../../ports/worktrees.ts';
import { readAgent, worktreeOf, type AgentState } from './agent-state.ts';
import { isRealFolder } from './files.ts';
import { refused } from './git-process.ts';
import { captureWhole } from './modules/capture-whole.ts';
import { rescue, type Held } from './rescue.ts';
import type { TaskContext } from './task-context.ts';
import { treeOf } from './tree.ts';
import { ownAdmin, ownHeads } from './worktree-admin.ts';

interface Contents {
  readonly agentId: string;
  readonly path: string;
  readonly state: AgentState;
}

/** Makes sure that a commit holds what lies in a worktree, ignored files left out. */
export async function rescueContents(
  context: TaskContext,
  { agentId, path, state }: Contents,
): Promise<Result<Held, GitError>> {
  return context.harness.withScratch(async (scratch) => {
    const { start, part } = state;
    const captured = await captureWhole(context, { agentId, workTree: path, start, part, scratch });
    if (!captured.ok) return captured;
    return rescue(context, {
      agentId,
      start: state.start,
      heads: await ownHeads(context, agentId, state.admin),
      ...captured.value,
    });
  });
}

/** Of a worktree whose folder is gone there may still be commits that nothing but its HEAD or its branch holds. */
export async function rescueHeads(
  context: TaskContext,
  agentId: string,
  start: Commit,
): Promise<Result<Held, GitError>> {
  const tree = await treeOf(context.harness, start);
  if (!tree.ok) return tree;
  const heads = await ownHeads(context, agentId, await ownAdmin(context, agentId));
  return rescue(context, { agentId, start, heads, tree: tree.value, unreadable: null });
}

/** What `rescueContents` does, for an agent's worktree that stays as it is. */
export async function rescueWorktree(
  context: TaskContext,
  agentId: string,
): Promise<Result<Rescued | null, GitError>> {
  const path = await worktreeOf(context, agentId);
  const state = await readAgent(context, agentId);
  if (path === null || state === null || !(await isRealFolder(path)))
    return err(refused(`${agentId} has no worktree.`));
  const rescued = await rescueContents(context, { agentId, path, state });
  if (!rescued.ok) return rescued;
  const { commit, isNew } = rescued.value;
  return ok(isNew ? { commit, ref: rescueRef(context.taskId, agentId, commit) } : null);
}
