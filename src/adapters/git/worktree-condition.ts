import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { agentBranch, branchRef } from '../../domain/worktree/naming.ts';
import type { AgentWorktreeCondition, GitError, WorktreeCondition } from '../../ports/worktrees.ts';
import { agentOf, worktreeId, worktreeOf } from './agent-state.ts';
import { isPutAway, isRealFolder, realPath, samePath } from './files.ts';
import { refused } from './git-process.ts';
import type { WorktreeEntry } from './parse.ts';
import type { TaskContext } from './task-context.ts';
import { isOwnLock } from './unfinished.ts';
import { adminFolder, findAdmin, ownAdmin, registerAt, registeredAt } from './worktree-admin.ts';

type Place = Pick<TaskContext, 'taskId' | 'folder' | 'commonDir' | 'ledger'>;

/** How a worktree that the ledger names stands, from the ledger, git's list and the disk together. Reads only. */
export async function conditionOf(
  context: Place,
  agentId: string,
  registered: readonly WorktreeEntry[],
): Promise<WorktreeCondition> {
  const path = await worktreeOf(context, agentId);
  if (path === null) return { kind: 'missing' };
  const there = (await lstat(path).catch(() => null)) !== null;
  if (there && !(await isRealFolder(path))) return { kind: 'replaced' };
  const to = there ? null : await movedTo(context, agentId, path);
  if (to !== null) return { kind: 'moved', to };
  const branch = branchRef(agentBranch(context.taskId, agentId));
  const entry =
    registered.find((candidate) => samePath(candidate.path, path)) ??
    registered.find((candidate) => candidate.branch === branch);
  const reason = entry?.locked ?? null;
  if (reason !== null && !isOwnLock(context, agentId, reason)) return { kind: 'locked', reason, there };
  return { kind: there ? 'well' : 'missing' };
}

export async function conditionsOf(
  context: TaskContext,
): Promise<Result<readonly AgentWorktreeCondition[], GitError>> {
  const registered = await context.user.worktrees();
  if (!registered.ok) return registered;
  const found: AgentWorktreeCondition[] = [];
  for (const entry of await context.ledger.entries(context.taskId)) {
    if (entry.kind !== 'worktree') continue;
    const agentId = agentOf(entry.id);
    const condition = await conditionOf(context, agentId, registered.value);
    found.push({ agentId, path: entry.path, condition });
  }
  return ok(found);
}

/**
 * Where somebody moved an agent's worktree. Only a folder counts whose `.git` file names the very admin folder that we
 * marked; of two such, one is a copy, and nobody can say which.
 */
async function movedTo(context: Place, agentId: string, path: string): Promise<string | null> {
  const admin = await ownAdmin(context, agentId);
  if (admin === null) return null;
  const isIt = async (folder: string): Promise<boolean> =>
    (await isRealFolder(folder)) && (await findAdmin(context, folder)) === admin;
  const registered = await registeredAt(adminFolder(context, admin));
  // `git worktree move` and `git worktree repair` leave word of it.
  if (registered !== null && !samePath(registered, path)) {
    const folder = await realPath(registered);
    if (await isIt(folder)) return folder;
  }
  const found: string[] = [];
  for (const folder of await foldersNear(path)) if (await isIt(folder)) found.push(folder);
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** Beside it, beside the task's folder, and beside the folder of all of them, which is beside the repository. */
async function foldersNear(path: string): Promise<readonly string[]> {
  const [task, root] = [dirname(path), dirname(dirname(path))];
  const near = await Promise.all(
    [task, root, dirname(root)].map(async (parent) => {
      const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
      const folders = entries.filter((entry) => entry.isDirectory() && !isPutAway(entry.name));
      return folders.map(({ name }) => join(parent, name));
    }),
  );
  return [...new Set(near.flat())];
}

export const movedText = (agentId: string, path: string, to: string): string =>
  `The worktree of ${agentId} was moved from ${path} to ${to}; cfn doctor --fix takes it up there, or move it back.`;

/** A worktree that was moved and brought back by hand is where the ledger has it, and git believes it elsewhere. */
export async function registerWhereItIs(context: Place, agentId: string, path: string): Promise<void> {
  const admin = await ownAdmin(context, agentId);
  if (admin === null || !(await isRealFolder(path)) || (await findAdmin(context, path)) !== admin) return;
  await register(context, admin, path);
}

/** Git believes the worktree in its old place, also after `git worktree move`; whatever went elsewhere is not touched. */
export async function callBack(context: Place, agentId: string, path: string): Promise<void> {
  const admin = await ownAdmin(context, agentId);
  if (admin !== null) await register(context, admin, path);
}

async function register(context: Place, admin: string, path: string): Promise<void> {
  const folder = adminFolder(context, admin);
  const registered = await registeredAt(folder);
  if (registered === null || !samePath(registered, path)) await registerAt(folder, path);
}

/** The worktree is where somebody moved it from now on: for the ledger, and for git where nobody told it. */
export async function takeUpMoved(context: Place, agentId: string): Promise<Result<string, GitError>> {
  const condition = await conditionOf(context, agentId, []);
  const admin = await ownAdmin(context, agentId);
  if (condition.kind !== 'moved' || admin === null)
    return err(refused(`The worktree of ${agentId} was not moved to a place that is known.`));
  const { to } = condition;
  await register(context, admin, to);
  await context.ledger.record({
    kind: 'worktree',
    id: worktreeId(context, agentId),
    taskId: context.taskId,
    path: to,
  });
  return ok(to);
}
