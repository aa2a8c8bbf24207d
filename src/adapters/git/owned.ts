import { rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { branchRef, rescueRef, resultBranch } from '../../domain/worktree/naming.ts';
import type { GitError, OwnedItem, ReleasedRefs, WorktreeCondition } from '../../ports/worktrees.ts';
import { agentOf } from './agent-state.ts';
import { keepRef } from './kept-ref.ts';
import { isRealFolder, removeFolder, samePath } from './files.ts';
import { text } from './git-process.ts';
import type { WorktreeEntry } from './parse.ts';
import type { TaskContext } from './task-context.ts';
import type { UserRef } from './user-git.ts';
import { conditionOf } from './worktree-condition.ts';

/** What the ledger says that we made for this task in git and beside the repository, and what of it may go. */
export async function ownedItems(context: TaskContext): Promise<Result<readonly OwnedItem[], GitError>> {
  const entries = await context.ledger.entries(context.taskId);
  if (!entries.some(({ kind }) => kind === 'worktree' || kind === 'checkout' || kind === 'ref'))
    return ok([]);
  const registered = await context.user.worktrees();
  if (!registered.ok) return registered;
  const items: OwnedItem[] = [];
  const leaving = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'worktree') {
      const agentId = agentOf(entry.id);
      const kept = whyKept(await conditionOf(context, agentId, registered.value));
      if (kept === null) leaving.add(entry.path);
      items.push({ kind: 'worktree', name: entry.path, agentId, kept });
    }
    if (entry.kind === 'checkout')
      items.push({ kind: 'checkout', name: entry.path, agentId: null, kept: null });
  }
  const staying = registered.value.filter((one) => ![...leaving].some((path) => samePath(path, one.path)));
  const plan = await planRefs(context, staying);
  if (!plan.ok) return plan;
  const refs = plan.value.map(({ ref, agentId, kept }): OwnedItem => ({
    kind: kindOf(ref),
    name: ref,
    agentId,
    kept,
  }));
  return ok([...items, ...refs]);
}

export function whyKept(condition: WorktreeCondition): string | null {
  switch (condition.kind) {
    case 'locked':
      return `locked (${condition.reason || 'no reason given'})`;
    case 'moved':
      return `moved to ${condition.to}; cfn doctor --fix takes it up there`;
    case 'replaced':
      return 'reached through a link';
    case 'well':
    case 'missing':
      return null;
  }
}

const kindOf = (ref: string): OwnedItem['kind'] =>
  ref.startsWith('refs/heads/') ? 'branch' : ref.startsWith('refs/cfn/rescue/') ? 'rescue' : 'ref';

interface PlannedRef {
  readonly ref: string;
  /** Null when the ref is gone already and only the ledger knows it. */
  readonly commit: Commit | null;
  readonly agentId: string | null;
  readonly kept: string | null;
  /** Nothing else that stays holds the commit: it gets a rescue ref before this one goes. */
  readonly loose: boolean;
}

/**
 * Refs whose commits are in a branch, tag or remote branch of the user's may go. The result stays until it is merged,
 * and so do rescued commits; of all others what nothing holds is rescued first.
 */
async function planRefs(
  context: TaskContext,
  staying: readonly WorktreeEntry[],
): Promise<Result<readonly PlannedRef[], GitError>> {
  const entries = await context.ledger.entries(context.taskId);
  const names = entries.flatMap((entry) =>
    entry.kind === 'ref' && isOurs(context, entry.ref) ? [entry.ref] : [],
  );
  if (names.length === 0) return ok([]);
  const all = await context.user.refs();
  if (!all.ok) return all;
  const commits = new Map(all.value.map(({ name, oid }) => [name, oid]));
  const users = all.value.filter(({ name }) => isKeeper(name)).map(({ oid }) => oid);
  const own = names.flatMap((name): UserRef[] => {
    const oid = commits.get(name);
    return oid === undefined ? [] : [{ name, oid }];
  });
  const unmerged = await unreached(context, own, users);
  if (!unmerged.ok) return unmerged;
  const result = branchRef(resultBranch(context.taskId));
  const lasting = own.filter(
    ({ name, oid }) => (name === result || kindOf(name) === 'rescue') && unmerged.value.has(oid),
  );
  const loose = await unreached(context, own, [...users, ...lasting.map(({ oid }) => oid)]);
  if (!loose.ok) return loose;
  return ok(
    names.map((ref): PlannedRef => {
      const commit = commits.get(ref) ?? null;
      const kept = lasting.some(({ name }) => name === ref)
        ? 'not merged into a branch of yours'
        : checkedOut(staying, ref);
      return {
        ref,
        commit,
        agentId: agentOfRef(ref),
        kept,
        loose: commit !== null && loose.value.has(commit),
      };
    }),
  );
}

/** Names that only we give; the ledger is ours too, but what is removed is looked at twice. */
const isOurs = ({ taskId }: TaskContext, ref: string): boolean =>
  [`refs/heads/cfn/${taskId}/`, `refs/cfn/${taskId}/`, `refs/cfn/rescue/${taskId}/`].some((prefix) =>
    ref.startsWith(prefix),
  );

/** The stash is left out: it is made to be dropped. */
const isKeeper = (ref: string): boolean =>
  !ref.startsWith('refs/heads/cfn/') &&
  ['refs/heads/', 'refs/tags/', 'refs/remotes/'].some((prefix) => ref.startsWith(prefix));

/** `refs/heads/cfn/TASK/AGENT`, `refs/cfn/TASK/ITERATION/AGENT/…`, `refs/cfn/rescue/TASK/AGENT/…`. */
const agentOfRef = (ref: string): string | null => ref.split('/')[4] ?? null;

function checkedOut(worktrees: readonly WorktreeEntry[], ref: string): string | null {
  const holder = worktrees.find((entry) => entry.branch === ref);
  return holder ? `checked out in ${holder.path}` : null;
}

/** Which of the commits none of `from` reaches. */
async function unreached(
  context: TaskContext,
  refs: readonly UserRef[],
  from: readonly Commit[],
): Promise<Result<ReadonlySet<Commit>, GitError>> {
  if (refs.length === 0) return ok(new Set());
  const stdin = [...refs.map(({ oid }) => oid), ...from.map((oid) => `^${oid}`)].join('\n');
  const listed = await context.harness.run(['rev-list', '--stdin'], { stdin: `${stdin}\n` });
  return listed.ok ? ok(new Set(text(listed.value).split('\n'))) : listed;
}

/** Removes the refs that may go; each only while it still names the commit that was looked at. */
export async function releaseRefs(context: TaskContext): Promise<Result<ReleasedRefs, GitError>> {
  const registered = await context.user.worktrees();
  if (!registered.ok) return registered;
  const plan = await planRefs(context, registered.value);
  if (!plan.ok) return plan;
  const removed: string[] = [];
  const rescued: string[] = [];
  for (const { ref, commit, agentId, kept, loose } of plan.value) {
    if (kept !== null) continue;
    if (commit !== null && loose) {
      const rescue = rescueRef(context.taskId, agentId ?? 'result', commit);
      const set = await keepRef(context, rescue, commit);
      if (!set.ok) return set;
      if (!rescued.includes(rescue)) rescued.push(rescue);
    }
    if (commit !== null) {
      const gone = await context.user.run(['update-ref', '--no-deref', '-d', ref, commit]);
      // It moved meanwhile, so somebody uses it: it stays, and so does its line in the ledger.
      if (!gone.ok) continue;
      removed.push(ref);
    }
    await context.ledger.forget(`ref:${ref}`);
  }
  return ok({ removed, rescued });
}

/** Drops what only a loop that goes on needs: indexes, notes, empty folders. Worktrees that stayed keep theirs. */
export async function forgetTask(context: TaskContext): Promise<void> {
  const entries = await context.ledger.entries(context.taskId);
  for (const folder of [context.checkouts, dirname(context.worktreePath('agent'))]) {
    // Removes it only when nothing is in it.
    await rmdir(folder).catch(() => undefined);
  }
  const root = dirname(dirname(context.worktreePath('agent')));
  if (basename(root).endsWith('.cfn')) await rmdir(root).catch(() => undefined);
  if (entries.some((entry) => entry.kind === 'worktree' || entry.kind === 'checkout')) return;
  for (const name of ['agents', 'attempts', 'lent']) {
    const folder = join(context.folder, name);
    if (await isRealFolder(folder)) await removeFolder(folder);
  }
}
