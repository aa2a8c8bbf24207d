import { err, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { AgentWorktree, GitError } from '../../ports/worktrees.ts';
import { readAgent, worktreeOf } from './agent-state.ts';
import { prepareWorktree } from './agent-worktree.ts';
import { refused } from './git-process.ts';
import type { TaskContext } from './task-context.ts';

/** Makes a worktree that was removed again, with as much of the commit in it as it had. */
export async function restoreWorktree(
  context: TaskContext,
  request: { readonly agentId: string; readonly commit: Commit; readonly signal: AbortSignal },
): Promise<Result<AgentWorktree, GitError>> {
  const { agentId, commit, signal } = request;
  // Its loop may have gone on and made it anew, at a start of its own.
  const path = await worktreeOf(context, agentId);
  if (path !== null) return err(refused(`${agentId} has a worktree: ${path}`));
  const part = (await readAgent(context, agentId))?.part;
  return prepareWorktree(context, { agentId, start: commit, part, signal });
}
