import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ok, type Result } from '../../../base/result.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { removeFolder } from '../files.ts';
import { populate } from '../tree.ts';
import type { ModuleState } from './module-changes.ts';
import type { Module } from './modules-of.ts';
import { folderAt } from './place.ts';

interface Fill {
  readonly workTree: string;
  readonly modules: readonly Module[];
  /** What lies in the submodules' folders now; nothing in a new worktree. */
  readonly states: readonly ModuleState[];
  /** Where each one's index is kept; null: nowhere. */
  readonly indexOf: (path: string) => string | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lays the submodules' files out in a worktree, without a `.git` in any of their folders. One that the user's checkout
 * does not have stays an empty folder.
 */
export async function fillModules(fill: Fill): Promise<Result<void, GitError>> {
  for (const { path, commit, store } of fill.modules) {
    const folder = await ownFolder(fill.workTree, path);
    const keepIndex = fill.indexOf(path);
    if (store === null) {
      if (keepIndex !== null) await rm(keepIndex, { force: true });
      continue;
    }
    if (keepIndex !== null) await mkdir(dirname(keepIndex), { recursive: true });
    const filled = await populate(store.harness, {
      workTree: folder,
      commit,
      fromIndex: fill.states.find((state) => state.module.path === path)?.index ?? null,
      keepIndex,
      signal: fill.signal,
    });
    if (!filled.ok) return filled;
  }
  return ok(undefined);
}

/** Before a worktree moves: the folders of submodules that are none, or not there, at its new start, go with all in them. */
export async function removeModules(
  workTree: string,
  before: readonly ModuleState[],
  modules: readonly Module[],
): Promise<void> {
  for (const { path } of before.map((state) => state.module)) {
    if (modules.some((module) => module.path === path && module.store !== null)) continue;
    const found = await folderAt(workTree, path);
    if (found.kind === 'folder') await removeFolder(join(workTree, path));
  }
}

/** The folder, reached through no link: what stands in the way is in a commit by now and goes. */
async function ownFolder(workTree: string, path: string): Promise<string> {
  const found = await folderAt(workTree, path);
  if (found.kind === 'other') await rm(join(workTree, found.path), { force: true });
  const folder = join(workTree, path);
  await mkdir(folder, { recursive: true });
  return folder;
}
