import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { GitError } from '../../ports/worktrees.ts';
import type { Harness } from './harness.ts';
import { shieldGitlinks } from './modules/shield.ts';
import { fields } from './parse.ts';
import { copyIndex } from './tree.ts';

export interface UserCheckout {
  readonly root: string;
  /** Its own git directory: the common one, or the linked worktree's. */
  readonly gitDir: string;
  /** Agents' worktrees, when the setting puts them inside the checkout: `path/` below the root, else null. */
  readonly ours: string | null;
}

export interface DirtyPaths {
  readonly changed: readonly string[];
  readonly untracked: readonly string[];
  readonly unmerged: readonly string[];
}

/** What differs from `head` in a checkout of the user's, read through a copy of its index. */
export function dirtyPaths(
  harness: Harness,
  checkout: UserCheckout,
  head: Commit,
): Promise<Result<DirtyPaths, GitError>> {
  return harness.withScratch(async (scratch) => {
    const index = join(scratch, 'index');
    const options = { workTree: checkout.root, index };
    if (!(await copyIndex(harness, join(checkout.gitDir, 'index'), index))) {
      const read = await harness.run(['read-tree', head], { index });
      if (!read.ok) return read;
    }
    const links = await shieldGitlinks(harness, options);
    if (!links.ok) return links;
    await harness.run(['update-index', '-q', '--refresh'], { ...options, okCodes: [0, 1] });
    const changed = await harness.run(['diff-index', '-z', '--name-only', '--no-ext-diff', head], options);
    if (!changed.ok) return changed;
    const untracked = await harness.run(['ls-files', '-z', '--others', '--exclude-standard'], options);
    if (!untracked.ok) return untracked;
    const unmerged = await harness.run(['ls-files', '-z', '--unmerged'], options);
    if (!unmerged.ok) return unmerged;
    const names = (output: { readonly stdout: Buffer }) => fields(output.stdout.toString('utf8'));
    return ok({
      changed: names(changed.value),
      untracked: names(untracked.value).filter((path) => !isOurs(checkout, path)),
      unmerged: [...new Set(names(unmerged.value).map((line) => line.slice(line.indexOf('\t') + 1)))],
    });
  });
}

const isOurs = ({ ours }: UserCheckout, path: string): boolean => ours !== null && path.startsWith(ours);

export interface FileState {
  /** Size, times and inode: equal means that reading again would tell nothing new. */
  readonly print: string;
  readonly hash: string;
}

/** Content hashes of paths below `root`. What `known` has with an equal fingerprint is not read again. */
export async function fileStates(
  root: string,
  paths: readonly string[],
  known: Readonly<Record<string, FileState>>,
): Promise<Record<string, FileState>> {
  const states: [string, FileState][] = [];
  const queue = paths.values();
  const worker = async () => {
    for (const path of queue) {
      const before = Object.hasOwn(known, path) ? known[path] : undefined;
      states.push([path, await fileState(join(root, path), before)]);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return Object.fromEntries(states.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function fileState(path: string, known: FileState | undefined): Promise<FileState> {
  try {
    const stat = await lstat(path, { bigint: true });
    const print = [stat.mode, stat.size, stat.mtimeNs, stat.ctimeNs, stat.ino].join(' ');
    if (known?.print === print) return known;
    if (stat.isSymbolicLink()) return { print, hash: `link ${await readlink(path)}` };
    if (!stat.isFile()) return { print: 'folder', hash: 'folder' };
    const executable = (stat.mode & 0o100n) === 0n ? '' : 'x ';
    return { print, hash: executable + (await sha256(path)) };
  } catch (error) {
    return { print: 'absent', hash: isMissing(error) ? 'absent' : 'unreadable' };
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
