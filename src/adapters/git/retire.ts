import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { GitError, RetiredWorktree, WorktreeCondition } from '../../ports/worktrees.ts';
import { agentIndex, readAgent, worktreeId, worktreeOf, type AgentState } from './agent-state.ts';
import { removeFolder, samePath } from './files.ts';
import { refused } from './git-process.ts';
import { exists } from './harness.ts';
import { moduleIndex } from './modules/capture-whole.ts';
import { folderAt } from './modules/place.ts';
import { fields } from './parse.ts';
import { rescueContents, rescueHeads } from './rescue-worktree.ts';
import type { TaskContext } from './task-context.ts';
import { isOwnLock } from './unfinished.ts';
import { conditionOf, movedText, registerWhereItIs } from './worktree-condition.ts';

/**
 * Takes an agent's worktree away once everything in it but ignored files is in a commit. Branch and refs stay.
 * `unless`: asked when nobody else is at work on it, why it has to stay after all.
 */
export async function retire(
  context: TaskContext,
  agentId: string,
  unless: () => string | null,
): Promise<Result<RetiredWorktree, GitError>> {
  const inUse = unless();
  if (inUse !== null) return err(refused(inUse));
  const path = await worktreeOf(context, agentId);
  const state = await readAgent(context, agentId);
  if (path === null || (state === null && (await exists(path)))) {
    return err(
      refused(`The ledger names no worktree of ${agentId} in task ${context.taskId}; nothing is removed.`),
    );
  }
  await registerWhereItIs(context, agentId, path);
  const registered = await context.user.worktrees();
  if (!registered.ok) return registered;
  const left = whyLeft({ agentId, path }, await conditionOf(context, agentId, registered.value));
  if (left !== null) return err(refused(left));
  // A start that was killed early may have left no more than the ledger's line.
  if (state === null || !(await exists(path))) return retireMissing(context, { agentId, path, state });
  const rescued = await rescueContents(context, { agentId, path, state });
  if (!rescued.ok) return rescued;
  const ignored = await allIgnored(context, { agentId, path, start: state.start });
  if (!ignored.ok) return ignored;
  await removeFolder(path);
  const { commit, isNew } = rescued.value;
  return forget(context, agentId, {
    path,
    rescued: isNew ? commit : null,
    holder: commit,
    ignored: ignored.value,
  });
}

/** Why a worktree is not removed as it stands; null when it may be. */
function whyLeft(
  { agentId, path }: { readonly agentId: string; readonly path: string },
  condition: WorktreeCondition,
): string | null {
  switch (condition.kind) {
    case 'locked':
      return `The worktree ${path} is locked (${condition.reason || 'no reason given'}); unlock it first.`;
    case 'moved':
      return movedText(agentId, path, condition.to);
    case 'replaced':
      return `${path} is reached through a link and is left alone; remove the link first.`;
    case 'well':
    case 'missing':
      return null;
  }
}

async function retireMissing(
  context: TaskContext,
  { agentId, path, state }: { agentId: string; path: string; state: AgentState | null },
): Promise<Result<RetiredWorktree, GitError>> {
  const heads = state === null ? ok(null) : await rescueHeads(context, agentId, state.start);
  if (!heads.ok) return heads;
  // A removal that was killed may have left what it had moved away already.
  await removeFolder(path);
  const rescued = heads.value?.isNew ? heads.value.commit : null;
  return forget(context, agentId, { path, rescued, holder: null, ignored: [] });
}

/** Without its folder git removes a registration unforced, and runs nothing in the worktree for it. */
async function forget(
  context: TaskContext,
  agentId: string,
  retired: RetiredWorktree,
): Promise<Result<RetiredWorktree, GitError>> {
  const registered = await context.user.worktrees();
  if (!registered.ok) return registered;
  const entry = registered.value.find((candidate) => samePath(candidate.path, retired.path));
  if (entry !== undefined) {
    const force = isOwnLock(context, agentId, entry.locked) ? ['--force', '--force'] : [];
    const removed = await context.user.run(['worktree', 'remove', ...force, '--', entry.path]);
    if (!removed.ok) return removed;
  }
  await context.ledger.forget(worktreeId(context, agentId));
  return ok(retired);
}

/** git looks into no submodule by itself, and each has ignore files of its own. */
export async function allIgnored(
  context: TaskContext,
  { agentId, path, start }: { readonly agentId: string; readonly path: string; readonly start: Commit },
): Promise<Result<string[], GitError>> {
  const own = await ignoredIn(context, path, agentIndex(context, agentId));
  if (!own.ok) return own;
  const modules = await context.modules(start);
  if (!modules.ok) return modules;
  const all = own.value;
  for (const { path: module } of modules.value) {
    if ((await folderAt(path, module)).kind !== 'folder') continue;
    const inside = await ignoredIn(context, join(path, module), moduleIndex(context, agentId, module));
    if (!inside.ok) return inside;
    all.push(...inside.value.map((name) => `${module}/${name}`));
  }
  return ok(all);
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
