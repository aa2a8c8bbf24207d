import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { fields } from '../parse.ts';
import { isGitlink, readWorking, type TreeChange } from './checkout-git.ts';
import type { HomeContext } from './context.ts';

/** What a file is in the checkout, in the form of tree entries. */
export interface Displaced {
  readonly path: string;
  /** On disk; null where there is nothing. */
  readonly entry: string | null;
}

export interface Standing {
  /** Touched paths that are not as `before` has them, on disk or in the index. */
  readonly dirty: readonly Displaced[];
  /** Of these, what git ignores. */
  readonly ignored: readonly string[];
  /** Of these, what a rescue cannot keep: staged otherwise than on disk, or a folder where a file is to be. */
  readonly staged: readonly string[];
  /** Touched paths that the index has otherwise than `before`. */
  readonly indexed: readonly string[];
  /** Touched paths on disk, where they differ from `before`. */
  readonly working: ReadonlyMap<string, string | null>;
}

/** How the touched paths stand in the checkout against a commit. Reads through a copy of the index. */
export function standing(
  context: HomeContext,
  before: Commit,
  touched: readonly TreeChange[],
): Promise<Result<Standing, GitError>> {
  return context.harness.withScratch(async (folder) => {
    const { harness, checkout } = context;
    const blocked = await foldersInTheWay(context, touched);
    const readable = touched.filter(({ path }) => !blocked.has(path));
    const read = await readWorking({ harness, user: checkout, folder }, readable);
    if (!read.ok) return read;
    const index = await checkout.run(['diff-index', '-z', '--cached', '--name-only', '--no-renames', before]);
    if (!index.ok) return index;
    const { entries } = read.value;
    const working = new Map(
      readable.flatMap(({ path, from }): [string, string | null][] => {
        const entry = entries.get(path) ?? null;
        return entry === from ? [] : [[path, entry]];
      }),
    );
    const wanted = new Set(touched.map(({ path }) => path));
    const indexed = fields(index.value.stdout.toString('utf8')).filter((path) => wanted.has(path));
    const paths = [...new Set([...working.keys(), ...indexed, ...blocked])].sort();
    const ignored = await ignoredOf(context, paths);
    if (!ignored.ok) return ignored;
    const fromDisk = await checkout.run(['diff-files', '-z', '--name-only', '--ignore-submodules=dirty']);
    if (!fromDisk.ok) return fromDisk;
    const unlikeDisk = new Set(fields(fromDisk.value.stdout.toString('utf8')));
    return ok({
      dirty: paths.map((path) => ({ path, entry: entries.get(path) ?? null })),
      ignored: ignored.value,
      staged: [...indexed.filter((path) => unlikeDisk.has(path)), ...blocked],
      working,
      indexed,
    });
  });
}

/** A folder where a file is to be written, unless the files in it are on their way out. */
async function foldersInTheWay(
  { checkout }: HomeContext,
  touched: readonly TreeChange[],
): Promise<ReadonlySet<string>> {
  const removed = touched.filter(({ to }) => to === null).map(({ path }) => path);
  const found = new Set<string>();
  for (const { path, from, to } of touched) {
    if (from !== null || to === null || isGitlink(to)) continue;
    const stat = await lstat(join(checkout.checkout.root, path)).catch(() => null);
    if (stat?.isDirectory() && !removed.some((gone) => gone.startsWith(`${path}/`))) found.add(path);
  }
  return found;
}

async function ignoredOf(
  { checkout }: HomeContext,
  paths: readonly string[],
): Promise<Result<readonly string[], GitError>> {
  if (paths.length === 0) return ok([]);
  const asked = await checkout.run(['check-ignore', '-z', '--stdin'], {
    stdin: paths.map((path) => `${path}\0`).join(''),
    okCodes: [0, 1],
  });
  return asked.ok ? ok(fields(asked.value.stdout.toString('utf8'))) : asked;
}
