import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { agentBranch, branchRef } from '../../domain/worktree/naming.ts';
import type { GitError, RetiredWorktree } from '../../ports/worktrees.ts';
import { agentIndex, readAgent, worktreeId, worktreeOf } from './agent-state.ts';
import { isRealFolder, removeFolder } from './files.ts';
import { refused } from './git-process.ts';
import { exists } from './harness.ts';
import { fields, type WorktreeEntry } from './parse.ts';
import { rescueContents } from './rescue-worktree.ts';
import type { TaskContext } from './task-context.ts';
import { isOwnLock } from './unfinished.ts';

/** Takes an agent's worktree away once everything in it but ignored files is in a commit. Branch and refs stay. */
export async function retire(
  context: TaskContext,
  agentId: string,
): Promise<Result<RetiredWorktree, GitError>> {
  const path = await worktreeOf(context, agentId);
  const state = await readAgent(context, agentId);
  if (path === null || (state === null && (await exists(path)))) {
    return err(
      refused(`The ledger names no worktree of ${agentId} in task ${context.taskId}; nothing is removed.`),
    );
  }
  const registered = await context.user.worktrees();
  if (!registered.ok) return registered;
  const entry = registered.value.find((candidate) => candidate.branch === branchOf(context, agentId));
  if (entry && isLocked(context, agentId, entry)) {
    return err(
      refused(
        `The worktree ${entry.path} is locked (${entry.locked || 'no reason given'}); unlock it first.`,
      ),
    );
  }
  // A start that was killed early may have left no more than the ledger's line.
  if (state === null || !(await exists(path))) {
    // Nor does one whose removal was killed have more than what it had moved away already.
    await removeFolder(path);
    return forget(context, agentId, { path, rescued: null, ignored: [] });
  }
  if (!(await isRealFolder(path))) {
    return err(refused(`${path} is reached through a link and is left alone; remove the link first.`));
  }
  const rescued = await rescueContents(context, { agentId, path, state });
  if (!rescued.ok) return rescued;
  const ignored = await ignoredIn(context, path, agentIndex(context, agentId));
  if (!ignored.ok) return ignored;
  await removeFolder(path);
  return forget(context, agentId, { path, rescued: rescued.value, ignored: ignored.value });
}

const isLocked = (context: TaskContext, agentId: string, entry: WorktreeEntry): boolean =>
  entry.locked !== null && !isOwnLock(context, agentId, entry.locked);

const branchOf = (context: TaskContext, agentId: string): string =>
  branchRef(agentBranch(context.taskId, agentId));

/** Without its folder git removes a registration unforced, and runs nothing in the worktree for it. */
async function forget(
  context: TaskContext,
  agentId: string,
  retired: RetiredWorktree,
): Promise<Result<RetiredWorktree, GitError>> {
  const registered = await context.user.worktrees();
  if (!registered.ok) return registered;
  const entry = registered.value.find((candidate) => candidate.path === retired.path);
  if (entry !== undefined) {
    const force = isOwnLock(context, agentId, entry.locked) ? ['--force', '--force'] : [];
    const removed = await context.user.run(['worktree', 'remove', ...force, '--', entry.path]);
    if (!removed.ok) return removed;
  }
  await context.ledger.forget(worktreeId(context, agentId));
  return ok(retired);
}

async function ignoredIn(
  context: TaskContext,
  workTree: string,
  baseIndex: string,
): Promise<Result<string[], GitError>> {
  return context.harness.withScratch(async (scratch) => {
    const index = (await exists(baseIndex)) ? baseIndex : join(scratch, 'index');
    const listed = await context.harness.run(
      ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'],
      { workTree, index },
    );
    return listed.ok ? ok(fields(listed.value.stdout.toString('utf8'))) : listed;
  });
}
