import { err, ok, type Result } from '../../base/result.ts';
import type { TakenFile } from '../../domain/review/taken.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { refused } from './git-process.ts';
import type { Harness } from './harness.ts';
import { parseTree, type TreeEntry } from './parse.ts';

/** What a path becomes; null: it goes. */
export interface Placed {
  readonly path: string;
  readonly file: { readonly mode: string; readonly oid: string } | null;
}

/** Every taken path as its source has it. `refused` where a path is a folder, or nothing of `name` would change. */
export async function placeTaken(
  harness: Harness,
  name: string,
  taken: readonly TakenFile[],
): Promise<Result<readonly Placed[], GitError>> {
  if (taken.length === 0) return ok([]);
  const here = await entriesAt(
    harness,
    name,
    taken.map(({ path }) => path),
  );
  if (!here.ok) return here;
  const placed: Placed[] = [];
  for (const from of new Set(taken.map((each) => each.from))) {
    const paths = taken.flatMap((each) => (each.from === from ? [each.path] : []));
    const there = await entriesAt(harness, from, paths);
    if (!there.ok) return there;
    const folder = paths.find((path) => there.value.get(path)?.type === 'tree');
    if (folder !== undefined)
      return err(refused(`${folder} is a folder in ${from.slice(0, 12)}; take its files one by one.`));
    placed.push(...paths.map((path) => ({ path, file: there.value.get(path) ?? null })));
  }
  const changes = placed.some(({ path, file }) => !isSame(here.value.get(path), file));
  return changes ? ok(placed) : err(refused(sameText(placed)));
}

const isSame = (here: TreeEntry | undefined, there: Placed['file']): boolean =>
  here?.oid === there?.oid && here?.mode === there?.mode;

const sameText = (placed: readonly Placed[]): string =>
  placed.length === 1
    ? `${placed[0]?.path} is the same there already, so there is nothing to take.`
    : 'All of these files are the same there already, so there is nothing to take.';

/** As many paths as fit into the arguments of one process, on Windows too. */
const AT_ONCE = 50;

async function entriesAt(
  harness: Harness,
  name: string,
  paths: readonly string[],
): Promise<Result<ReadonlyMap<string, TreeEntry>, GitError>> {
  const found = new Map<string, TreeEntry>();
  for (let first = 0; first < paths.length; first += AT_ONCE) {
    const page = paths.slice(first, first + AT_ONCE);
    const listed = await harness.run(['ls-tree', '-z', '--full-tree', name, '--', ...page]);
    if (!listed.ok) return listed;
    for (const entry of parseTree(listed.value.stdout.toString('utf8'))) found.set(entry.path, entry);
  }
  return ok(found);
}
