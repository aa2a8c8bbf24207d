import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../../base/result.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import type { UserCheckout } from '../dirty.ts';
import { failed, text, type GitOptions, type GitOutput, type GitProcess } from '../git-process.ts';
import type { Harness } from '../harness.ts';
import { fields } from '../parse.ts';
import { copyIndex } from '../tree.ts';

/**
 * The user's own git in their checkout, with their configuration: files are written as their `autocrlf`, attributes
 * and filters (LFS, git-crypt) want them. Hooks, the file system monitor, submodules and housekeeping are off.
 */
export interface CheckoutGit {
  readonly checkout: UserCheckout;
  run(
    args: readonly string[],
    options?: Omit<GitOptions, 'cwd' | 'env'> & { readonly index?: string },
  ): Promise<Result<GitOutput, GitError>>;
}

const QUIET = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

export function createCheckoutGit(git: GitProcess, checkout: UserCheckout): CheckoutGit {
  return {
    checkout,
    run: (args, options = {}) => {
      const { index, ...rest } = options;
      return git.run([...QUIET, ...args], {
        ...rest,
        cwd: checkout.root,
        env: index === undefined ? {} : { GIT_INDEX_FILE: index },
      });
    },
  };
}

export interface Working {
  /** Holds the touched paths as they are on disk, everything else as the checkout's index has it. */
  readonly index: string;
  readonly tree: string;
  /** `100644 OID` of each touched path on disk; null where there is nothing. */
  readonly entries: ReadonlyMap<string, string | null>;
}

/** Reads the touched paths from disk through an index of one operation; the checkout's own stays as it is. */
export async function readWorking(
  {
    harness,
    user,
    folder,
  }: { readonly harness: Harness; readonly user: CheckoutGit; readonly folder: string },
  touched: readonly TreeChange[],
): Promise<Result<Working, GitError>> {
  const index = join(folder, 'index');
  if (!(await copyIndex(harness, join(user.checkout.gitDir, 'index'), index))) {
    const empty = await user.run(['read-tree', '--empty'], { index });
    if (!empty.ok) return empty;
  }
  await user.run(['update-index', '-q', '--refresh'], { index, okCodes: [0, 1] });
  // A submodule's folder says nothing about the commit that is recorded for it.
  const files = touched.filter(({ from, to }) => !isGitlink(from) && !isGitlink(to));
  const folders = await foldersOf(user, files);
  const gone = [...folders].map((path) => `0 ${'0'.repeat(40)}\t${path}\0`).join('');
  const cleared = await user.run(['update-index', '-z', '--index-info'], { index, stdin: gone });
  if (!cleared.ok) return cleared;
  const paths = files.filter(({ path }) => !folders.has(path)).map(({ path }) => `${path}\0`);
  const read = await user.run(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], {
    index,
    stdin: paths.join(''),
  });
  if (!read.ok) return read;
  const listed = await user.run(['ls-files', '-z', '--stage'], { index });
  if (!listed.ok) return listed;
  const tree = await user.run(['write-tree'], { index });
  if (!tree.ok) return tree;
  const all = new Map<string, string>();
  for (const line of fields(listed.value.stdout.toString('utf8'))) {
    const tab = line.indexOf('\t');
    // `mode oid stage`
    all.set(line.slice(tab + 1), line.slice(0, line.lastIndexOf(' ', tab)));
  }
  const entries = new Map(touched.map(({ path }) => [path, all.get(path) ?? null]));
  return ok({ index, tree: text(tree.value), entries });
}

/** Touched paths where a folder lies now: there is no file of that name. */
async function foldersOf(
  { checkout }: CheckoutGit,
  touched: readonly TreeChange[],
): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    touched.map(async ({ path }) => {
      const stat = await lstat(join(checkout.root, path)).catch(() => null);
      return stat?.isDirectory() ? [path] : [];
    }),
  );
  return new Set(found.flat());
}

export interface TreeChange {
  readonly path: string;
  /** `100644 OID`; null where the tree has no such path. */
  readonly from: string | null;
  readonly to: string | null;
}

/** What differs between two trees, path by path; a renamed file counts under both names. */
export async function differing(
  harness: Harness,
  from: string,
  to: string,
): Promise<Result<readonly TreeChange[], GitError>> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--no-ext-diff', '--raw', '--no-abbrev', from, to];
  const listed = await harness.run(args);
  if (!listed.ok) return listed;
  const parts = fields(listed.value.stdout.toString('utf8'));
  const changes: TreeChange[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    // `:oldmode newmode oldoid newoid status`
    const [oldMode = '', newMode = '', oldOid = '', newOid = ''] = (parts[at] ?? '').slice(1).split(' ');
    changes.push({
      path: parts[at + 1] ?? '',
      from: entryOf(oldMode, oldOid),
      to: entryOf(newMode, newOid),
    });
  }
  return ok(changes);
}

const entryOf = (mode: string, oid: string): string | null => (mode === '000000' ? null : `${mode} ${oid}`);

export const isGitlink = (entry: string | null): boolean => entry?.startsWith('160000 ') ?? false;

/** Brings index and files from one commit to the other; changes elsewhere stay, staged ones too. All or nothing. */
export async function moveFiles(
  user: CheckoutGit,
  move: { readonly from: string; readonly to: string; readonly index?: string },
): Promise<Result<void, GitError>> {
  const own = move.index === undefined ? {} : { index: move.index };
  // Times that differ although the content does not would count as changes.
  await user.run(['update-index', '-q', '--refresh'], { ...own, okCodes: [0, 1] });
  const moved = await user.run(['read-tree', '-m', '-u', move.from, move.to], own);
  if (moved.ok) return ok(undefined);
  const stderr = moved.error.kind === 'failed' ? moved.error.stderr : '';
  if (/index\.lock'?: File exists/.test(stderr)) {
    return err({
      kind: 'refused',
      message: `Another git is at work in ${user.checkout.root} (index.lock is there); try again when it has ended.`,
    });
  }
  const reason = stderr.split('\n').find((line) => line.trim() !== '') ?? moved.error.message;
  return err(
    failed(
      `The files of ${user.checkout.root} could not be written: ${reason.replace(/^error: /, '')}`,
      stderr,
    ),
  );
}
