import { err, ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { HomePreview, HomeRequest, MergeVerdict, Obstacle } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { refused } from '../git-process.ts';
import { fields } from '../parse.ts';
import { changedFiles, isAncestor, listTree } from '../tree.ts';
import { differing, type TreeChange } from './checkout-git.ts';
import { combine, othersCommits, type Combined } from './combine.ts';
import type { HomeContext } from './context.ts';
import { standing, type Displaced, type Standing } from './in-the-way.ts';
import { checkNewBranch, findTarget, operationUnderWay, type Target } from './target.ts';

export interface Plan {
  readonly target: Target;
  readonly combined: Combined;
  readonly preview: HomePreview;
  /** What changes in the branch, or in the files. */
  readonly touched: readonly TreeChange[];
  /** Uncommitted work in touched paths that has to give way, and may after a rescue. */
  readonly displaced: readonly Displaced[];
  /** For `apply`: what is on disk already as the loop began with it or as it would be written. */
  readonly known: readonly Displaced[];
}

/** Everything that is to know before anything moves. */
export async function plan(
  context: HomeContext,
  request: HomeRequest,
  signal: AbortSignal,
): Promise<Result<Plan, GitError>> {
  if (request.way === 'apply' && (request.into !== null || request.newBranch !== null)) {
    return err(refused('Applying takes the checkout as it is; leave the branches out.'));
  }
  const target = await findTarget(context, request);
  if (!target.ok) return target;
  if (request.newBranch !== null) {
    const free = await checkNewBranch(context, request.newBranch);
    if (!free.ok) return free;
  }
  const at = Math.floor(context.clock.now() / 1000);
  const combined = await combine(context.harness, { ...request, onto: target.value.commit, at });
  if (!combined.ok) return combined;
  return planOf(context, { request, target: target.value, combined: combined.value }, signal);
}

interface Combination {
  readonly request: Omit<HomeRequest, 'message' | 'taskId'>;
  readonly target: Target;
  readonly combined: Combined;
}

/** What bringing this combination to its target touches, and what stands in the way. */
export async function planOf(
  context: HomeContext,
  { request, target, combined }: Combination,
  signal: AbortSignal,
): Promise<Result<Plan, GitError>> {
  if (signal.aborted) return err({ kind: 'failed', message: 'Bringing home was cancelled', stderr: '' });
  const clean = combined.kind === 'clean' ? combined.tree : null;
  const touched = clean === null ? ok([]) : await differing(context.harness, target.commit, clean);
  if (!touched.ok) return touched;
  const verdict = await verdictOf(context, { request, target, combined });
  if (!verdict.ok) return verdict;
  const way = await inTheWay(context, { request, target, touched: touched.value });
  if (!way.ok) return way;
  const { obstacle, displaced, known } = way.value;
  return ok({
    target,
    combined,
    touched: touched.value,
    displaced,
    known,
    preview: {
      way: request.way,
      branch: target.branch,
      branchCommit: target.commit,
      checkout: checkoutOf(request, target),
      newBranch: request.newBranch,
      verdict: verdict.value,
      obstacle,
    },
  });
}

function checkoutOf({ way, newBranch }: Combination['request'], { here }: Target): HomePreview['checkout'] {
  if (way === 'apply') return 'edited';
  return here && newBranch === null ? 'moves' : 'untouched';
}

async function verdictOf(
  { harness }: HomeContext,
  planned: Combination,
): Promise<Result<MergeVerdict, GitError>> {
  const { request, target, combined } = planned;
  switch (combined.kind) {
    case 'clean': {
      const changed = await changedFiles(harness, { from: target.commit, to: combined.tree });
      return changed.ok ? ok({ kind: 'clean', files: changed.value.files }) : changed;
    }
    case 'conflicts': {
      const sides = { onto: target.commit, commit: request.commit };
      const { files, at } = combined;
      return ok({ kind: 'conflicts', files, at, theirs: await othersCommits(harness, sides, files) });
    }
    default:
      return ok({ kind: combined.kind });
  }
}

interface InTheWay extends Pick<Plan, 'displaced' | 'known'> {
  readonly obstacle: Obstacle | null;
}

const FREE: InTheWay = { obstacle: null, displaced: [], known: [] };

async function inTheWay(
  context: HomeContext,
  planned: {
    readonly request: Combination['request'];
    readonly target: Target;
    readonly touched: readonly TreeChange[];
  },
): Promise<Result<InTheWay, GitError>> {
  const { request, target, touched } = planned;
  if (request.newBranch !== null || touched.length === 0) return ok(FREE);
  if (target.elsewhere !== null && request.way !== 'apply')
    return ok({ ...FREE, obstacle: { kind: 'elsewhere', path: target.elsewhere } });
  const operation = await operationUnderWay(context.checkouts, target);
  if (operation) return ok({ ...FREE, obstacle: operation });
  if (!target.here) return ok(FREE);
  const unmerged = await unmergedPaths(context);
  if (!unmerged.ok) return unmerged;
  if (unmerged.value.length > 0) return ok({ ...FREE, obstacle: { kind: 'dirty', paths: unmerged.value } });
  const stands = await standing(context, target.commit, touched);
  if (!stands.ok) return stands;
  const began = { base: request.base, onto: target.commit };
  const known = request.way === 'apply' ? await knownWork(context, began, stands.value, touched) : ok([]);
  if (!known.ok) return known;
  return ok(judge(request, stands.value, known.value));
}

/** A conflict that no operation is under way for, as one of a stash: until it is resolved, no tree can be written. */
async function unmergedPaths({ checkout }: HomeContext): Promise<Result<readonly string[], GitError>> {
  const listed = await checkout.run(['ls-files', '-z', '--unmerged']);
  if (!listed.ok) return listed;
  const lines = fields(listed.value.stdout.toString('utf8'));
  return ok([...new Set(lines.map((line) => line.slice(line.indexOf('\t') + 1)))]);
}

function judge(request: Combination['request'], stands: Standing, known: readonly Displaced[]): InTheWay {
  const fine = new Set(known.map(({ path }) => path));
  const displaced = stands.dirty.filter(({ path }) => !fine.has(path));
  const ignored = stands.ignored.filter((path) => !fine.has(path));
  if (ignored.length > 0) return { ...FREE, obstacle: { kind: 'ignored', paths: ignored } };
  const held = request.rescueFirst ? stands.staged : displaced.map(({ path }) => path);
  if (held.length > 0) return { ...FREE, obstacle: { kind: 'dirty', paths: held } };
  return { obstacle: null, displaced, known };
}

/**
 * Uncommitted files that the loop began with (`--include-dirty`) are in its result; replacing them loses nothing.
 * Those that are as they would be written are done.
 */
async function knownWork(
  { harness }: HomeContext,
  { base, onto }: { readonly base: Commit; readonly onto: Commit },
  stands: Standing,
  touched: readonly TreeChange[],
): Promise<Result<readonly Displaced[], GitError>> {
  if (stands.working.size === 0) return ok([]);
  // A loop that began at a commit of the branch did not begin with what is uncommitted now.
  const committed = await isAncestor(harness, base, onto);
  if (!committed.ok) return committed;
  const listed = committed.value ? ok([]) : await listTree(harness, base);
  if (!listed.ok) return listed;
  const began = new Map(listed.value.map(({ path, mode, oid }) => [path, `${mode} ${oid}`]));
  const after = new Map(touched.map(({ path, to }) => [path, to]));
  return ok(
    [...stands.working]
      .filter(([path, entry]) => entry === after.get(path) || (entry !== null && entry === began.get(path)))
      .filter(([path]) => !stands.staged.includes(path))
      .map(([path, entry]) => ({ path, entry })),
  );
}
