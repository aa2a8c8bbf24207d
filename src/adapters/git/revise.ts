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
import { parseTree } from './parse.ts';
import type { TaskContext } from './task-context.ts';
import { commitTree, comparedFiles, listTree, overlay, timeOf } from './tree.ts';

/** What a path becomes; null: it goes. */
interface Placed {
  readonly path: string;
  readonly file: { readonly mode: string; readonly oid: string } | null;
}

/** The reviewed commit without the rejected lines, as a commit on top of it. Only the touched paths are written. */
export async function revise(
  context: TaskContext,
  request: RevisionRequest,
): Promise<Result<Commit, GitError>> {
  if (request.rejected.length === 0) return ok(request.commit);
  const placed = await placeAll(context.harness, request);
  if (!placed.ok) return placed;
  const inTheWay = await obstacle(context.harness, request.commit, placed.value);
  if (!inTheWay.ok) return inTheWay;
  if (inTheWay.value !== null) return err(refused(inTheWay.value));
  const entries = placed.value.map(({ path, file }) => ({ path, entry: file && `${file.mode} ${file.oid}` }));
  const tree = await overlay(context.harness, request.commit, entries);
  if (!tree.ok) return tree;
  const at = await timeOf(context.harness, request.commit);
  if (!at.ok) return at;
  const parents = [request.commit];
  const { message } = request;
  const commit = await commitTree(context.harness, { tree: tree.value, parents, message, at: at.value });
  if (!commit.ok) return commit;
  const ref = revisedRef(context.taskId, request.iteration, commit.value);
  const set = await keepRef(context, ref, commit.value);
  return set.ok ? commit : set;
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
  commit: Commit,
  placed: readonly Placed[],
): Promise<Result<string | null, GitError>> {
  const going = new Set(placed.flatMap(({ path, file }) => (file === null ? [path] : [])));
  for (const { path, file } of placed) {
    if (file === null) continue;
    const parents = path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'));
    const listed = await harness.run(['ls-tree', '-z', '--full-tree', commit, '--', ...parents]);
    if (!listed.ok) return listed;
    // git also lists what lies beside a path in a folder that was named.
    const there = parseTree(listed.value.stdout.toString('utf8'));
    const found = there.filter((entry) => parents.includes(entry.path));
    const inside = found.some((entry) => entry.path === path && entry.type === 'tree')
      ? await listTree(harness, `${commit}:${path}`)
      : ok([]);
    if (!inside.ok) return inside;
    const files = [
      ...found.filter((entry) => entry.path !== path && entry.type !== 'tree').map((entry) => entry.path),
      ...inside.value.map((entry) => `${path}/${entry.path}`),
    ];
    const inTheWay = files.find((each) => !going.has(each));
    if (inTheWay !== undefined)
      return ok(`${path} cannot come back while ${inTheWay} is there; reject that change too.`);
  }
  return ok(null);
}
