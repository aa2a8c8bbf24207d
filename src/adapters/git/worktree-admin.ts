import { lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { agentBranch, branchRef } from '../../domain/worktree/naming.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { readText, writeAside } from './files.ts';
import type { TaskContext } from './task-context.ts';
import { readAgent } from './agent-state.ts';
import { copyIndex } from './tree.ts';
import { isOwnLock } from './unfinished.ts';

/**
 * The folder of a linked worktree in the common git directory. Its agent can write it, so nothing in it is believed:
 * what matters is written anew, and everything that git does not need to know the worktree is removed.
 */
const MARK = 'cfn-loop';
const KEPT = new Set(['HEAD', 'commondir', 'gitdir', 'index', 'logs', 'refs', 'reftable', MARK]);

export const adminFolder = (context: Pick<TaskContext, 'commonDir'>, admin: string): string =>
  join(context.commonDir, 'worktrees', admin);

/** Finds the admin folder that a worktree's `.git` file names, when it is one of this repository and points back. */
export async function findAdmin(
  context: Pick<TaskContext, 'commonDir'>,
  path: string,
): Promise<string | null> {
  const pointer = await readText(join(path, '.git'));
  const named = pointer?.startsWith('gitdir: ') ? pointer.slice('gitdir: '.length).trim() : null;
  if (named === null || named === undefined) return null;
  const folder = resolve(path, named);
  const parent = await realpath(dirname(folder)).catch(() => '');
  const expected = await realpath(join(context.commonDir, 'worktrees')).catch(() => null);
  return parent === expected ? basename(folder) : null;
}

export interface AdoptRequest {
  readonly agentId: string;
  readonly path: string;
  readonly admin: string;
  readonly commit: Commit;
  readonly index: string;
  readonly mark: string | undefined;
}

/** Makes the agent's git agree with us: branch and HEAD at the commit, our index, no operation in progress. */
export async function adopt(context: TaskContext, request: AdoptRequest): Promise<Result<void, GitError>> {
  const folder = adminFolder(context, request.admin);
  await repairPointers(context, request, folder);
  const locked = (await readText(join(folder, 'locked')))?.trim();
  for (const name of await readdir(folder)) {
    // A lock that somebody set on purpose stays; the one that `worktree add` leaves when killed does not.
    const kept = KEPT.has(name) || (name === 'locked' && !isOwnLock(context, request.agentId, locked));
    if (!kept) await rm(join(folder, name), { recursive: true, force: true });
  }
  const ref = branchRef(agentBranch(context.taskId, request.agentId));
  const branched = await context.user.setRef(ref, request.commit, 'force');
  if (!branched.ok) return branched;
  const attached = await context.user.run(['symbolic-ref', 'HEAD', ref], { gitDir: folder });
  if (!attached.ok) await writeAside(join(folder, 'HEAD'), `ref: ${ref}\n`, 0o644);
  if (request.mark !== undefined) await writeAside(join(folder, MARK), request.mark, 0o644);
  const draft = join(folder, `index.${context.ids.token().slice(0, 8)}`);
  await copyIndex(context.harness, request.index, draft);
  await rename(draft, join(folder, 'index'));
  return ok(undefined);
}

async function repairPointers(context: TaskContext, request: AdoptRequest, folder: string): Promise<void> {
  const pointer = join(request.path, '.git');
  if ((await findAdmin(context, request.path)) !== request.admin) {
    const there = await lstat(pointer).catch(() => null);
    if (there) await setAside(context, pointer);
    await writeAside(pointer, `gitdir: ${folder}\n`, 0o644);
  }
  await mkdir(folder, { recursive: true });
  const commonDir = await readText(join(folder, 'commondir'));
  if (commonDir === null || resolve(folder, commonDir.trim()) !== resolve(context.commonDir)) {
    await writeAside(join(folder, 'commondir'), '../..\n', 0o644);
  }
  if ((await registeredAt(folder)) !== request.path) await registerAt(folder, request.path);
  const head = await readText(join(folder, 'HEAD'));
  if (head === null) {
    const branch = branchRef(agentBranch(context.taskId, request.agentId));
    await writeAside(join(folder, 'HEAD'), `ref: ${branch}\n`, 0o644);
  }
}

/** Where git believes the worktree of an admin folder to be; null where the folder does not say. */
export async function registeredAt(folder: string): Promise<string | null> {
  const back = (await readText(join(folder, 'gitdir')))?.trim() ?? '';
  return basename(back) === '.git' ? dirname(resolve(folder, back)) : null;
}

/** What `git worktree repair` writes for a worktree that was moved, without its look at everybody else's. */
export const registerAt = (folder: string, path: string): Promise<void> =>
  writeAside(join(folder, 'gitdir'), `${join(path, '.git')}\n`, 0o644);

/** The admin folder that we marked for the agent; null once git has dropped it, whatever has its name by now. */
export async function ownAdmin(
  context: Pick<TaskContext, 'commonDir' | 'folder'>,
  agentId: string,
): Promise<string | null> {
  const state = await readAgent(context, agentId);
  if (state?.mark === undefined) return null;
  const mark = await readText(join(adminFolder(context, state.admin), MARK));
  return mark === state.mark ? state.admin : null;
}

/** An agent replaced `.git` by something of its own (`git init`): kept beside our state, not thrown away. */
async function setAside(context: TaskContext, pointer: string): Promise<void> {
  const kept = join(context.folder, 'set-aside', context.ids.token().slice(0, 12));
  await mkdir(dirname(kept), { recursive: true });
  await rename(pointer, kept).catch(() =>
    rename(pointer, `${pointer}-set-aside-${context.ids.token().slice(0, 8)}`),
  );
  context.logger.warn('A worktree had a git directory of its own, which was set aside', {
    taskId: context.taskId,
    kept,
  });
}

/** Commits that the agent itself made: where its HEAD and its branch stand, as far as these objects are here. */
export async function ownHeads(
  context: TaskContext,
  agentId: string,
  admin: string | null,
): Promise<Commit[]> {
  const heads = new Set<Commit>();
  const branch = await context.user.readRef(branchRef(agentBranch(context.taskId, agentId)));
  if (branch !== null) heads.add(branch);
  if (admin !== null) {
    const head = await context.user.readRef('HEAD', adminFolder(context, admin));
    if (head !== null) heads.add(head);
  }
  return [...heads];
}
