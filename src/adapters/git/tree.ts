import { appendFile, copyFile, cp, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { decidesSetup } from '../../domain/worktree/naming.ts';
import type { ComparedFile, FileChange, GitError } from '../../ports/worktrees.ts';
import type { GitOutput } from './git-process.ts';
import { diskError, exists, type Harness } from './harness.ts';
import { keptAnswers } from './kept-answers.ts';
import { restoreGitlinks, shieldGitlinks } from './modules/shield.ts';
import { ALL_CORES, leaveOut, readPart, SEE_FILES, type Part } from './sparse.ts';
import { fields, parseChanges, parseCompared, parseTree, type RawChange, type TreeEntry } from './parse.ts';

export interface CaptureRequest {
  readonly workTree: string;
  /** An index whose recorded sizes and times save reading unchanged files; null: everything is read. */
  readonly baseIndex: string | null;
  /** Used when there is no base index. */
  readonly baseCommit: Commit;
  /** What of it was put into the folder; without one, all of it. */
  readonly part?: Part | undefined;
  /** Where the resulting index is kept. */
  readonly keepIndex?: string;
  readonly scratchObjects?: string;
  /** Repositories inside the folder: an agent's are part of its work, a user's are not part of the checkout. */
  readonly nested?: 'include' | 'leave-out';
  readonly signal?: AbortSignal | undefined;
}

export interface Captured {
  readonly tree: string;
  /** git's complaint when some file could not be read and therefore stands as it did in the base; else null. */
  readonly unreadable: string | null;
}

/** Nesting deeper than this is a loop of links, not a project. */
const MAX_NESTED = 12;

/**
 * The tree of a folder as it is: tracked and untracked files, not ignored ones, whatever its own index says. Submodules
 * stand in it as they do in the base, whatever lies in their folders.
 */
export function capture(harness: Harness, request: CaptureRequest): Promise<Result<Captured, GitError>> {
  return harness.withScratch(async (folder) => {
    const index = join(folder, 'index');
    const indexed = await indexFolder(harness, request, index);
    if (!indexed.ok) return indexed;
    const { signal, scratchObjects } = request;
    const tree = await harness.line(['write-tree'], { index, signal, scratchObjects });
    if (!tree.ok) return tree;
    if (request.keepIndex) await copyWithTime(index, request.keepIndex);
    return ok({ tree: tree.value, unreadable: indexed.value });
  });
}

/** Writes an index of what lies in a folder; answers what `unreadable` of a capture is. */
export async function indexFolder(
  harness: Harness,
  request: CaptureRequest,
  index: string,
): Promise<Result<string | null, GitError>> {
  const folder = dirname(index);
  const { workTree, signal, scratchObjects } = request;
  const options = { workTree, index, signal, scratchObjects };
  if (!(await exists(workTree))) {
    return err(diskError('The folder is gone', new Error(workTree)));
  }
  const based = await beginIndex(harness, request, index);
  if (!based.ok) return based;
  const links = await shieldGitlinks(harness, options);
  if (!links.ok) return links;
  const prepared =
    request.nested === 'leave-out'
      ? await hideNested(harness, options, folder)
      : await openNested(harness, options);
  if (!prepared.ok) return prepared;
  const added = await addAll(harness, options, { args: prepared.value, folder });
  if (!added.ok) return added;
  const restored = await restoreGitlinks(harness, options, links.value);
  if (!restored.ok) return restored;
  return ok(added.value.code === 0 ? null : added.value.stderr.trim());
}

const FATAL = 128;

/**
 * Attributes in the tree may ask for an encoding that a file does not have, on which git ends without adding
 * anything. Then the bytes are taken as they are, by attributes of one operation that outrank those in the tree.
 */
async function addAll(
  harness: Harness,
  options: IndexOptions,
  { args, folder }: { readonly args: readonly string[]; readonly folder: string },
): Promise<Result<GitOutput, GitError>> {
  const add = [...args, ...SEE_FILES, 'add', '--all', '--sparse', '--ignore-errors'];
  const added = await harness.run(add, { ...options, okCodes: [0, 1, FATAL] });
  if (!added.ok || added.value.code !== FATAL) return added;
  const rawDir = join(folder, 'raw');
  await cp(harness.gitDir, rawDir, { recursive: true });
  await appendFile(join(rawDir, 'info', 'attributes'), '\n* -working-tree-encoding\n');
  return harness.run(add, { ...options, okCodes: [0, 1], env: { GIT_DIR: rawDir } });
}

async function beginIndex(
  harness: Harness,
  request: CaptureRequest,
  index: string,
): Promise<Result<unknown, GitError>> {
  if (request.baseIndex !== null && (await copyIndex(harness, request.baseIndex, index))) return ok(null);
  const options = { index, scratchObjects: request.scratchObjects, signal: request.signal };
  const read = await harness.run(['read-tree', request.baseCommit], options);
  if (!read.ok || request.part === undefined) return read;
  return leaveOut(harness, request.part.cone, { ...options, workTree: request.workTree });
}

/** Copies an index; a split one needs its shared part beside our git directory, under a name that is a hash. */
export async function copyIndex(harness: Harness, from: string, to: string): Promise<boolean> {
  if (!(await exists(from))) return false;
  const folder = dirname(from);
  for (const name of await readdir(folder)) {
    if (name.startsWith('sharedindex.')) await copyFile(join(folder, name), join(harness.gitDir, name));
  }
  await copyWithTime(from, to);
  return true;
}

/**
 * git trusts a recorded size and time unless the file is not older than the index itself, so a copy that looks
 * younger than its original would hide a change made in the same instant. Rounding down only makes git read more.
 */
async function copyWithTime(from: string, to: string): Promise<void> {
  const { mtimeMs } = await stat(from);
  await copyFile(from, to);
  const time = new Date(Math.floor(mtimeMs));
  await utimes(to, time, time);
}

interface IndexOptions {
  readonly workTree: string;
  readonly index: string;
  readonly signal?: AbortSignal | undefined;
  readonly scratchObjects?: string | undefined;
}

/**
 * An agent may have made a repository inside its worktree (generators do). git would record a bare link and drop
 * the files. One entry below such a folder makes git treat it as an ordinary folder; adding then removes the entry.
 */
async function openNested(harness: Harness, options: IndexOptions): Promise<Result<string[], GitError>> {
  const known = new Set<string>();
  for (let depth = 0; depth < MAX_NESTED; depth += 1) {
    const listed = await harness.run(['ls-files', '-z', '--others', '--exclude-standard'], options);
    if (!listed.ok) return listed;
    const nested = fields(listed.value.stdout.toString('utf8')).filter(
      (path) => path.endsWith('/') && !known.has(path),
    );
    if (nested.length === 0) return ok([]);
    const blob = await harness.line(['hash-object', '-w', '-t', 'blob', '--stdin'], {
      ...options,
      stdin: '',
    });
    if (!blob.ok) return blob;
    const stdin = nested.map((path) => `100644 ${blob.value} 0\t${path}.cfn-nested\0`).join('');
    const opened = await harness.run(['update-index', '-z', '--index-info'], { ...options, stdin });
    if (!opened.ok) return opened;
    for (const path of nested) known.add(path);
  }
  return ok([]);
}

/** Adds the repositories inside a checkout to the ignore file of this one operation; answers git's options. */
async function hideNested(
  harness: Harness,
  options: IndexOptions,
  folder: string,
): Promise<Result<string[], GitError>> {
  const listed = await harness.run(['ls-files', '-z', '--others', '--exclude-standard'], options);
  if (!listed.ok) return listed;
  const nested = fields(listed.value.stdout.toString('utf8')).filter((path) => path.endsWith('/'));
  if (nested.length === 0) return ok([]);
  const lines = nested.map((path) => `/${path.replaceAll(/[\\*?[\] #!]/g, '\\$&')}`);
  const kept = await readFile(join(harness.gitDir, 'ignore'), 'utf8');
  const ignore = join(folder, 'ignore');
  await writeFile(ignore, `${kept}\n${lines.join('\n')}\n`);
  return ok(['-c', `core.excludesFile=${ignore.replaceAll('\\', '/')}`]);
}

export interface PopulateRequest {
  readonly workTree: string;
  readonly commit: Commit;
  /** What of it belongs into the folder; without one, all of it. */
  readonly part?: Part | undefined;
  /** The index that describes the files that are there now; null for an empty folder. */
  readonly fromIndex: string | null;
  /** Where the resulting index is kept; null: nowhere. */
  readonly keepIndex: string | null;
  readonly signal?: AbortSignal | undefined;
}

/** Makes the folder's files those of the commit. Files in `fromIndex` that the commit lacks go, all others stay. */
export function populate(harness: Harness, request: PopulateRequest): Promise<Result<void, GitError>> {
  const { commit, part } = request;
  return harness.withScratch(async (folder) => {
    const index = join(folder, 'index');
    if (request.fromIndex !== null) await copyIndex(harness, request.fromIndex, index);
    const options = { workTree: request.workTree, index, signal: request.signal };
    const read =
      part === undefined
        ? await harness.run([...ALL_CORES, 'read-tree', '--reset', '-u', commit], options)
        : await readPart(harness, { commit, part, scratch: folder }, options);
    if (!read.ok) return read;
    // In an empty folder git has just written every file itself.
    if (request.fromIndex !== null)
      await harness.run(['update-index', '-q', '--refresh'], { ...options, okCodes: [0, 1] });
    if (request.keepIndex !== null) await copyWithTime(index, request.keepIndex);
    return ok(undefined);
  });
}

export interface CommitRequest {
  readonly tree: string;
  readonly parents: readonly Commit[];
  readonly message: string;
  /** Epoch seconds. */
  readonly at: number;
  readonly scratchObjects?: string;
}

export function commitTree(harness: Harness, request: CommitRequest): Promise<Result<Commit, GitError>> {
  const date = `@${request.at} +0000`;
  return harness.line(['commit-tree', request.tree, ...request.parents.flatMap((parent) => ['-p', parent])], {
    stdin: request.message.endsWith('\n') ? request.message : `${request.message}\n`,
    env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    scratchObjects: request.scratchObjects,
  });
}

export const treeOf = (harness: Harness, commit: Commit): Promise<Result<string, GitError>> =>
  harness.line(['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`]);

export async function isAncestor(
  harness: Harness,
  ancestor: Commit,
  descendant: Commit,
): Promise<Result<boolean, GitError>> {
  const asked = await harness.run(['merge-base', '--is-ancestor', ancestor, descendant], { okCodes: [0, 1] });
  return asked.ok ? ok(asked.value.code === 0) : asked;
}

/** The tree of `name`, a commit or a tree, with some paths set anew: `100644 OID`, or null for a path that goes. */
export async function overlay(
  harness: Harness,
  name: string,
  entries: readonly { readonly path: string; readonly entry: string | null }[],
): Promise<Result<string, GitError>> {
  if (entries.length === 0) return treeOf(harness, name);
  return harness.withScratch(async (folder) => {
    const index = join(folder, 'index');
    const read = await harness.run(['read-tree', name], { index });
    if (!read.ok) return read;
    const none = `0 ${'0'.repeat(name.length)}`;
    // What goes, goes first: it may stand in the way of what comes.
    const stdin = entries
      .toSorted((one, other) => Number(one.entry !== null) - Number(other.entry !== null))
      .map(({ path, entry }) => `${entry ?? none}\t${path}\0`)
      .join('');
    const set = await harness.run(['update-index', '-z', '--index-info'], { index, stdin });
    return set.ok ? harness.line(['write-tree'], { index }) : set;
  });
}

/** Committer's date in epoch seconds. */
export async function timeOf(harness: Harness, commit: Commit): Promise<Result<number, GitError>> {
  const shown = await harness.line(['show', '-s', '--no-show-signature', '--format=%ct', commit]);
  return shown.ok ? ok(Number(shown.value)) : shown;
}

export async function listTree(harness: Harness, tree: string): Promise<Result<TreeEntry[], GitError>> {
  const listed = await harness.run(['ls-tree', '-r', '-z', '--full-tree', tree]);
  return listed.ok ? ok(parseTree(listed.value.stdout.toString('utf8'))) : listed;
}

/** All agents of an iteration begin at one tree. */
const KEPT_TREES = 4;

/** Equal for two trees exactly if nothing differs that decides what has to be set up. */
export const setupDigest = keptAnswers(KEPT_TREES, readSetupDigest);

async function readSetupDigest(harness: Harness, tree: string): Promise<Result<string, GitError>> {
  const listed = await listTree(harness, tree);
  if (!listed.ok) return listed;
  const lines = listed.value
    .filter(({ path }) => decidesSetup(path))
    .map(({ oid, path }) => `${oid} ${path}`);
  return ok(lines.join('\n'));
}

export async function changedFiles(
  harness: Harness,
  between: { readonly from: string; readonly to: string; readonly scratchObjects?: string | undefined },
): Promise<Result<{ readonly raw: RawChange[]; readonly files: FileChange[] }, GitError>> {
  const output = await harness.run(
    [
      'diff-tree',
      '-r',
      '-z',
      '-M',
      '--no-ext-diff',
      '--no-textconv',
      '--raw',
      '--numstat',
      between.from,
      between.to,
    ],
    { scratchObjects: between.scratchObjects },
  );
  return output.ok ? ok(parseChanges(output.value.stdout.toString('utf8'))) : output;
}

export async function comparedFiles(
  harness: Harness,
  between: { readonly from: Commit; readonly to: Commit },
): Promise<Result<ComparedFile[], GitError>> {
  const args = ['diff-tree', '-r', '-z', '-M', '--raw', '--full-index', between.from, between.to];
  const output = await harness.run(args);
  return output.ok ? ok(parseCompared(output.value.stdout.toString('utf8'))) : output;
}
