import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { coneOf, conePatterns, coneTest, foldersAbove, type Cone } from '../../domain/worktree/cone.ts';
import type { GitError, Sparse } from '../../ports/worktrees.ts';
import type { Harness, HarnessOptions } from './harness.ts';
import { fields, parseTree } from './parse.ts';

/*
 * A worktree that contains a part of its commit. What is left out carries the skip-worktree bit in the index, and
 * nothing else says so: no configuration of the user's, none of the agent's. git takes such an entry for unchanged
 * while there is no file, and so do commits made from the index.
 */

/** The part of a commit that is on disk. */
export interface Part {
  readonly cone: Cone;
  /** What differs from it is on disk too: agents go on with each other's files, wherever these are. */
  readonly base: Commit;
}

export const partOf = (sparse: Sparse | undefined, prefix: string): Part | undefined =>
  sparse && { cone: coneOf(sparse.folders, prefix), base: sparse.base };

/** Submodules that are in the part, with those inside them. `modules`: outer ones before inner ones. */
export function modulesIn<M extends { readonly path: string }>(
  part: Part | undefined,
  modules: readonly M[],
): readonly M[] {
  if (part === undefined) return modules;
  const isInside = coneTest(part.cone);
  const kept: M[] = [];
  for (const module of modules) {
    const outer = modules.find(({ path }) => module.path.startsWith(`${path}/`));
    if (outer === undefined ? isInside(module.path) : kept.includes(outer)) kept.push(module);
  }
  return kept;
}

/** Those of the paths at which the commit has no folder and no submodule. */
export async function missingFolders(
  harness: Harness,
  commit: Commit,
  paths: readonly string[],
): Promise<Result<readonly string[], GitError>> {
  const missing: string[] = [];
  for (const path of paths) {
    const listed = await harness.run(['ls-tree', '-d', '-z', '--full-tree', commit, '--', path]);
    if (!listed.ok) return listed;
    const entries = parseTree(listed.value.stdout.toString('utf8'));
    if (!entries.some((entry) => entry.path === path)) missing.push(path);
  }
  return ok(missing);
}

/** Files are written by as many processes as there are cores; git does so from a hundred files on. */
export const ALL_CORES = ['-c', 'checkout.workers=0'] as const;

/** Looks whether there is a file after all for an entry that is left out; its content counts then. */
export const SEE_FILES = ['-c', 'core.sparseCheckout=true'] as const;

interface ReadRequest {
  readonly commit: Commit;
  readonly part: Part;
  /** For the files of this one operation. */
  readonly scratch: string;
}

/** `read-tree --reset -u` for a part of the commit. */
export async function readPart(
  harness: Harness,
  { commit, part, scratch }: ReadRequest,
  options: HarnessOptions,
): Promise<Result<unknown, GitError>> {
  // git reads the patterns in its directory alone, which tasks with other patterns share.
  const gitDir = await withPatterns(harness, join(scratch, 'sparse'), part.cone);
  const args = [
    ...ALL_CORES,
    ...SEE_FILES,
    '-c',
    'core.sparseCheckoutCone=true',
    'read-tree',
    '--reset',
    '-u',
    commit,
  ];
  const read = await harness.run(args, { ...options, env: { GIT_DIR: gitDir } });
  return read.ok ? writeChanged(harness, { commit, part }, options) : read;
}

async function withPatterns(harness: Harness, gitDir: string, cone: Cone): Promise<string> {
  for (const name of ['info', 'objects', 'refs']) await mkdir(join(gitDir, name), { recursive: true });
  for (const name of ['HEAD', 'config', join('info', 'attributes')]) {
    await copyFile(join(harness.gitDir, name), join(gitDir, name));
  }
  await writeFile(join(gitDir, 'info', 'sparse-checkout'), conePatterns(cone));
  return gitDir;
}

async function writeChanged(
  harness: Harness,
  { commit, part }: Pick<ReadRequest, 'commit' | 'part'>,
  options: HarnessOptions,
): Promise<Result<unknown, GitError>> {
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', '--diff-filter=d'];
  const changed = await harness.run([...args, part.base, commit]);
  if (!changed.ok) return changed;
  const stdin = outside(changed.value.stdout, part.cone);
  if (stdin.length === 0) return ok(null);
  const shown = await harness.run(['update-index', '-z', '--no-skip-worktree', '--stdin'], {
    ...options,
    stdin,
  });
  if (!shown.ok) return shown;
  return harness.run(['checkout-index', '-z', '--stdin', '-f', '-q', '-u'], { ...options, stdin });
}

/** For an index that was read anew: without it, all that is left out would count as deleted. */
export async function leaveOut(
  harness: Harness,
  cone: Cone,
  options: HarnessOptions,
): Promise<Result<unknown, GitError>> {
  const listed = await harness.run(['ls-files', '-z'], options);
  if (!listed.ok) return listed;
  const stdin = outside(listed.value.stdout, cone);
  return harness.run(['update-index', '-z', '--skip-worktree', '--stdin'], { ...options, stdin });
}

/**
 * A file of `tree` at the place of a folder of `start` that is not in the cone. Whoever made it did not see the folder,
 * and git would take all that is in there for deleted.
 */
export async function coveredFolder(
  harness: Harness,
  { start, tree }: { readonly start: Commit; readonly tree: string },
  cone: Cone,
): Promise<Result<string | null, GitError>> {
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames'];
  const added = await harness.run([...args, '--diff-filter=A', start, tree]);
  if (!added.ok || added.value.stdout.length === 0) return added.ok ? ok(null) : added;
  const deleted = await harness.run([...args, '--diff-filter=D', start, tree]);
  if (!deleted.ok) return deleted;
  const files = new Set(fields(added.value.stdout.toString('utf8')));
  const unseen = fields(outside(deleted.value.stdout, cone).toString('utf8'));
  return ok(unseen.flatMap(foldersAbove).find((folder) => files.has(folder)) ?? null);
}

/** Those of the paths, each with a NUL after it, that are not in the cone; as bytes, since not every name is UTF-8. */
function outside(paths: Buffer, cone: Cone): Buffer {
  const isInside = coneTest(cone);
  const left: Buffer[] = [];
  let from = 0;
  for (let end = paths.indexOf(0); end >= 0; end = paths.indexOf(0, from)) {
    if (!isInside(paths.toString('utf8', from, end))) left.push(paths.subarray(from, end + 1));
    from = end + 1;
  }
  return Buffer.concat(left);
}
