import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { WorktreeStanding } from '../../ports/worktrees.ts';
import { readAgent, worktreeOf } from './agent-state.ts';
import { readText } from './files.ts';
import type { TaskContext } from './task-context.ts';

/*
 * What a killed `git worktree add` leaves: a folder in the common git directory that is locked for good, with or
 * without a half-filled worktree. Our own ones are told from the user's by the reason of their lock, which git
 * writes before anything else.
 */

export const ownLock = (context: Pick<TaskContext, 'taskId'>, agentId: string): string =>
  `CFN Loop is making the worktree of ${context.taskId}/${agentId}`;

/** `initializing` is git's own word; it is asked about paths alone that the ledger names. */
export function isOwnLock(
  context: Pick<TaskContext, 'taskId'>,
  agentId: string,
  reason: string | null | undefined,
): boolean {
  return reason === ownLock(context, agentId) || reason === 'initializing';
}

/**
 * Whether our worktree was ever whole is said by the state folder, where no agent writes: an agent that breaks its
 * own worktree must not make us take it away before its work is in a commit.
 */
export async function standingOf(context: TaskContext, agentId: string): Promise<WorktreeStanding> {
  const path = await worktreeOf(context, agentId);
  if (path === null) return 'missing';
  const there = (await lstat(path).catch(() => null)) !== null;
  if ((await readAgent(context, agentId)) !== null) return there ? 'whole' : 'missing';
  return there || (await unfinishedAdmins(context, agentId)).length > 0 ? 'half-made' : 'missing';
}

/** Removes folders that git never lists, as they were not given a path before the kill. */
export async function sweepUnfinished(context: TaskContext, agentId: string): Promise<void> {
  for (const folder of await namedAlike(context, agentId)) {
    if (((await readText(join(folder, 'gitdir')))?.trim() ?? '') !== '') continue;
    if ((await lockOf(folder)) === ownLock(context, agentId) || (await isEmptyAndOld(context, folder)))
      await rm(folder, { recursive: true, force: true });
  }
}

async function unfinishedAdmins(context: TaskContext, agentId: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of await namedAlike(context, agentId)) {
    if ((await lockOf(folder)) === ownLock(context, agentId)) found.push(folder);
  }
  return found;
}

const lockOf = async (folder: string): Promise<string | undefined> =>
  (await readText(join(folder, 'locked')))?.trim();

/** Names are the worktree's, with a number where git had to make them unique. */
async function namedAlike(context: TaskContext, agentId: string): Promise<string[]> {
  const path = (await worktreeOf(context, agentId)) ?? context.worktreePath(agentId);
  const parent = join(context.commonDir, 'worktrees');
  const name = basename(path);
  return (await readdir(parent).catch(() => []))
    .filter((candidate) => candidate.startsWith(name) && /^\d*$/.test(candidate.slice(name.length)))
    .map((candidate) => join(parent, candidate));
}

const OLD_MS = 60_000;

/** Killed before even the reason was written: nobody's, once no git can still be about to write it. */
async function isEmptyAndOld(context: TaskContext, folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => ['gone']);
  if (names.some((name) => name !== 'locked') || (await lockOf(folder))) return false;
  const found = await stat(folder).catch(() => null);
  return found !== null && context.clock.now() - found.mtimeMs > OLD_MS;
}
