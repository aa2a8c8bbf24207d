import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { allOf, textWithout, type Rejected } from '../../domain/review/hunks.ts';
import { minus, within } from '../../domain/review/ranges.ts';
import { revisedRef } from '../../domain/worktree/naming.ts';
import type { ComparedFile, GitError, RejectedLines, RevisionRequest } from '../../ports/worktrees.ts';
import { changedText, pathOf, type ChangedText } from './file-hunks.ts';
import { refused } from './git-process.ts';
import type { Harness } from './harness.ts';
import { keepRef } from './kept-ref.ts';
import { mergeTrees } from './merge.ts';
import { parseTree } from './parse.ts';
import { placeTaken, type Placed } from './taken.ts';
import type { TaskContext } from './task-context.ts';
import { commitTree, comparedFiles, listTree, overlay, timeOf, treeOf } from './tree.ts';

/** The reviewed commit as the person wants it, as a commit on top of it. Only the touched paths are written. */
export async function revise(
  context: TaskContext,
  request: RevisionRequest,
): Promise<Result<Commit, GitError>> {
  const parent = request.onto ?? request.commit;
  if (request.rejected.length === 0 && request.taken.length === 0) return ok(parent);
  const at = await timeOf(context.harness, request.commit);
  if (!at.ok) return at;
  const tree = await revisedTree(context.harness, request, at.value);
  if (!tree.ok) return tree;
  const { message } = request;
  const commit = await commitTree(context.harness, {
    tree: tree.value,
    parents: [parent],
    message,
    at: at.value,
  });
  if (!commit.ok) return commit;
  const ref = revisedRef(context.taskId, request.iteration, commit.value);
  const set = await keepRef(context, ref, commit.value);
  return set.ok ? commit : set;
}

/** First what is left out, together with what was before; then what is taken, whatever was there. */
async function revisedTree(
  harness: Harness,
  request: RevisionRequest,
  at: number,
): Promise<Result<string, GitError>> {
  const left = await placeAll(harness, request);
  if (!left.ok) return left;
  const both = request.taken.find(({ path }) => left.value.some((each) => each.path === path));
  if (both) {
    return err(
      refused(
        `${both.path} is taken from another commit, and changes of it were rejected; undo the one or the other.`,
      ),
    );
  }
  const without = await withPlaces(harness, request.commit, left.value);
  if (!without.ok) return without;
  const tree = request.onto === null ? without : await mergedOnto(harness, request, without.value, at);
  if (!tree.ok) return tree;
  const taken = await placeTaken(harness, tree.value, request.taken);
  return taken.ok ? withPlaces(harness, tree.value, taken.value) : taken;
}

async function mergedOnto(
  harness: Harness,
  { commit, onto }: RevisionRequest,
  tree: string,
  at: number,
): Promise<Result<string, GitError>> {
  const before = await treeOf(harness, onto ?? commit);
  if (!before.ok) return before;
  const merged = await mergeTrees(harness, { base: commit, ours: before.value, theirs: tree, at });
  if (!merged.ok) return merged;
  const { conflicts } = merged.value;
  return conflicts === null
    ? ok(merged.value.tree)
    : err(
        refused(
          `What you reject in ${conflicts.join(', ') || 'a file'} is beside what you rejected there before, and git cannot leave out both; say it in a comment instead.`,
        ),
      );
}

/** A tree with some paths set anew, where each of them has its place. */
async function withPlaces(
  harness: Harness,
  name: string,
  placed: readonly Placed[],
): Promise<Result<string, GitError>> {
  const inTheWay = await obstacle(harness, name, placed);
  if (!inTheWay.ok) return inTheWay;
  if (inTheWay.value !== null) return err(refused(inTheWay.value));
  const entries = placed.map(({ path, file }) => ({ path, entry: file && `${file.mode} ${file.oid}` }));
  return overlay(harness, name, entries);
}

/** The user's repository can be written by agents; what the ledger does not name, we did not make. */
export async function isRevision(context: TaskContext, commit: Commit): Promise<Result<boolean, GitError>> {
  const entries = await context.ledger.entries(context.taskId);
  const suffix = revisedRef(context.taskId, 0, commit).split('/').at(-1) ?? '';
  const made = entries.some((entry) => entry.kind === 'ref' && entry.ref.endsWith(`/${suffix}`));
  return ok(made);
}

async function placeAll(harness: Harness, request: RevisionRequest): Promise<Result<Placed[], GitError>> {
  const byBase = grouped(request.rejected, ({ base }) => base);
  const touched = new Set<string>();
  const placed: Placed[] = [];
  for (const [base, ofBase] of byBase) {
    const compared = await comparedFiles(harness, { from: base, to: request.commit });
    if (!compared.ok) return compared;
    const files = new Map(compared.value.map((file) => [pathOf(file), file]));
    for (const [path, lines] of grouped(ofBase, ({ path }) => path)) {
      const left = await placeOne(harness, files.get(path), lines);
      if (!left.ok) return left;
      const twice = left.value.find((each) => touched.has(each.path));
      if (twice) {
        return err(
          refused(
            `Changes of ${twice.path} were rejected in two different comparisons; undo those of one of them.`,
          ),
        );
      }
      for (const each of left.value) touched.add(each.path);
      placed.push(...left.value);
    }
  }
  return ok(placed);
}

function grouped<T>(values: readonly T[], by: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(by(value));
    if (group) group.push(value);
    else groups.set(by(value), [value]);
  }
  return groups;
}

async function placeOne(
  harness: Harness,
  file: ComparedFile | undefined,
  lines: readonly RejectedLines[],
): Promise<Result<Placed[], GitError>> {
  const changed = file && (await changedText(harness, file));
  if (changed && !changed.ok) return changed;
  const known = changed?.value.hunks.hunks.map(({ id }) => id) ?? [];
  const missing = lines.find(({ hunk }) => !known.includes(hunk));
  if (missing || !changed) {
    return err(
      refused(
        `A rejected change of ${lines[0]?.path ?? 'a file'} is not in the reviewed commit any more; undo it and choose again.`,
      ),
    );
  }
  return without(harness, changed.value, new Map(lines.map(({ hunk, lines: left }) => [hunk, left])));
}

/** What is left of a file's change, at its new path or, where a rename was rejected, at its old one. */
async function without(
  harness: Harness,
  { file, hunks, before }: ChangedText,
  rejected: Rejected,
): Promise<Result<Placed[], GitError>> {
  const head = hunks.hunks.find(({ kind }) => kind === 'file');
  const isOld = head !== undefined && within(rejected.get(head.id) ?? [], 0);
  const side = (isOld ? file.before : null) ?? file.after ?? file.before;
  const gone: Placed[] =
    isOld && file.after && file.after.path !== side?.path ? [{ path: file.after.path, file: null }] : [];
  const all = hunks.hunks.every((hunk) => minus(allOf(hunk), rejected.get(hunk.id) ?? []).length === 0);
  if (all) {
    return ok(
      file.before
        ? [...gone, { path: file.before.path, file: file.before }]
        : [{ path: hunks.path, file: null }],
    );
  }
  // A file that is only chosen as a whole was not rejected, then.
  if (before === null || !side) return ok([]);
  const text = textWithout(before, hunks.hunks, rejected);
  const stdin = Buffer.from(text, 'latin1');
  const oid = await harness.line(['hash-object', '-w', '-t', 'blob', '--stdin'], { stdin });
  return oid.ok ? ok([...gone, { path: side.path, file: { mode: side.mode, oid: oid.value } }]) : oid;
}

/** A path that comes back needs its place: no folder with files there, and no file where its folders have to be. */
async function obstacle(
  harness: Harness,
  name: string,
  placed: readonly Placed[],
): Promise<Result<string | null, GitError>> {
  const going = new Set(placed.flatMap(({ path, file }) => (file === null ? [path] : [])));
  for (const { path, file } of placed) {
    if (file === null) continue;
    const parents = path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'));
    const listed = await harness.run(['ls-tree', '-z', '--full-tree', name, '--', ...parents]);
    if (!listed.ok) return listed;
    // git also lists what lies beside a path in a folder that was named.
    const there = parseTree(listed.value.stdout.toString('utf8'));
    const found = there.filter((entry) => parents.includes(entry.path));
    const inside = found.some((entry) => entry.path === path && entry.type === 'tree')
      ? await listTree(harness, `${name}:${path}`)
      : ok([]);
    if (!inside.ok) return inside;
    const files = [
      ...found.filter((entry) => entry.path !== path && entry.type !== 'tree').map((entry) => entry.path),
      ...inside.value.map((entry) => `${path}/${entry.path}`),
    ];
    const inTheWay = files.find((each) => !going.has(each));
    if (inTheWay !== undefined)
      return ok(`${path} has no place while ${inTheWay} is there; reject or take that, too.`);
  }
  return ok(null);
}
