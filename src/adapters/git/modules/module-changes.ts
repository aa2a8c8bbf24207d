import { join } from 'node:path';
import { ok, type Result } from '../../../base/result.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { exists, type Harness } from '../harness.ts';
import { GITLINK, parseStaged, type StagedEntry } from '../parse.ts';
import { copyIndex, indexFolder, listTree } from '../tree.ts';
import type { Module } from './modules-of.ts';
import { folderAt } from './place.ts';

/** How a submodule's folder in a worktree differs from what was laid out there. */
export interface ModuleState {
  readonly module: Module;
  /** Describes the files that are there now; null where the folder is not. */
  readonly index: string | null;
  /** Files that are not as the submodule has them, paths relative to the superproject's root; their blobs are kept. */
  readonly changed: readonly { readonly path: string; readonly entry: string }[];
  /** True where anything was changed, created or deleted. */
  readonly touched: boolean;
  /** git's complaint about files that it could not read; else null. */
  readonly unreadable: string | null;
}

interface Look {
  /** Writes the blobs of changed files into the superproject, where a rescue commit can hold them. */
  readonly harness: Harness;
  readonly workTree: string;
  readonly modules: readonly Module[];
  readonly indexOf: (path: string) => string | null;
  /** A folder for indexes; those of the answer lie in it. */
  readonly scratch: string;
  readonly signal?: AbortSignal | undefined;
}

export async function lookAtModules(look: Look): Promise<Result<readonly ModuleState[], GitError>> {
  const states: ModuleState[] = [];
  for (const [at, module] of look.modules.entries()) {
    const state = await lookAt(look, module, join(look.scratch, `module-${at}`));
    if (!state.ok) return state;
    states.push(state.value);
  }
  return ok(states);
}

async function lookAt(look: Look, module: Module, scratch: string): Promise<Result<ModuleState, GitError>> {
  const files = await filesOf(module);
  if (!files.ok) return files;
  const place = await folderAt(look.workTree, module.path);
  if (place.kind === 'folder') return lookInside(look, module, { files: files.value, scratch });
  const none = { module, index: null, unreadable: null } as const;
  // An empty folder that was removed is no loss, and no change that anybody meant.
  if (place.kind === 'nothing') return ok({ ...none, changed: [], touched: files.value.length > 0 });
  const standIn = await addOne(look, place.path, `${scratch}-stand-in`);
  return standIn.ok ? ok({ ...none, changed: standIn.value, touched: true }) : standIn;
}

/** What the submodule's commit has; nothing where it was not there to be laid out. */
async function filesOf({ store, commit }: Module): Promise<Result<readonly StagedEntry[], GitError>> {
  if (store === null) return ok([]);
  const listed = await listTree(store.harness, commit);
  return listed.ok ? ok(listed.value.filter(({ type }) => type === 'blob')) : listed;
}

async function lookInside(
  look: Look,
  module: Module,
  { files, scratch }: { readonly files: readonly StagedEntry[]; readonly scratch: string },
): Promise<Result<ModuleState, GitError>> {
  const { harness, signal } = look;
  const baseIndex = `${scratch}-base`;
  const based = await laidOut(look, module, baseIndex);
  if (!based.ok) return based;
  return harness.withScratch(async (folder) => {
    const index = join(folder, 'index');
    const workTree = join(look.workTree, module.path);
    const request = { workTree, baseIndex, baseCommit: module.commit, signal };
    const unreadable = await indexFolder(harness, request, index);
    if (!unreadable.ok) return unreadable;
    const staged = await stagedIn(harness, index);
    if (!staged.ok) return staged;
    const now = staged.value.filter(({ mode }) => mode !== GITLINK);
    const before = new Map(files.map((file) => [file.path, entryOf(file)]));
    const changed = now.filter((file) => before.get(file.path) !== entryOf(file));
    const there = new Set(now.map(({ path }) => path));
    await copyIndex(harness, index, scratch);
    return ok({
      module,
      index: scratch,
      changed: changed.map((file) => ({ path: `${module.path}/${file.path}`, entry: entryOf(file) })),
      touched: changed.length > 0 || files.some(({ path }) => !there.has(path)),
      unreadable: unreadable.value,
    });
  });
}

async function stagedIn(harness: Harness, index: string): Promise<Result<readonly StagedEntry[], GitError>> {
  const listed = await harness.run(['ls-files', '-z', '--stage'], { index });
  return listed.ok ? ok(parseStaged(listed.value.stdout.toString('utf8'))) : listed;
}

const entryOf = ({ mode, oid }: StagedEntry): string => `${mode} ${oid}`;

/** The index that was kept when the files were laid out saves reading those that did not change. */
async function laidOut(
  { harness, indexOf }: Look,
  { path, commit, store }: Module,
  index: string,
): Promise<Result<unknown, GitError>> {
  if (store === null) return harness.run(['read-tree', '--empty'], { index });
  const kept = indexOf(path);
  if (kept !== null && (await exists(kept)) && (await copyIndex(harness, kept, index))) return ok(null);
  return store.harness.run(['read-tree', commit], { index });
}

async function addOne(
  { harness, workTree }: Look,
  path: string,
  index: string,
): Promise<Result<ModuleState['changed'], GitError>> {
  const options = { workTree, index, stdin: `${path}\0` };
  const added = await harness.run(['update-index', '--add', '-z', '--stdin'], options);
  if (!added.ok) return added;
  const entries = await stagedIn(harness, index);
  if (!entries.ok) return entries;
  return ok(entries.value.map((file) => ({ path: file.path, entry: entryOf(file) })));
}
