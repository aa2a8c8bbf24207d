import { err, ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { refused } from '../git-process.ts';
import { overlay } from '../tree.ts';
import { differing, moveFiles, readWorking, type TreeChange } from './checkout-git.ts';
import type { HomeContext } from './context.ts';

/**
 * Brings files on disk from one commit's to the other's without the checkout's index, so that what changes shows as
 * uncommitted. Each touched path has to be as one of the two has it; otherwise `refused`, and nothing is written.
 */
export function rewriteFiles(
  context: HomeContext,
  move: { readonly from: Commit; readonly to: Commit },
): Promise<Result<void, GitError>> {
  return context.harness.withScratch(async (folder) => {
    const { harness, checkout } = context;
    const changes = await differing(harness, move.from, move.to);
    if (!changes.ok) return changes;
    const read = await readTouched(context, folder, changes.value);
    if (!read.ok) return read;
    const { index, tree, strangers } = read.value;
    if (strangers.length > 0) return err(changedSince(strangers));
    const entries = changes.value.map(({ path, to }) => ({ path, entry: to }));
    const target = await overlay(harness, tree, entries);
    if (!target.ok) return target;
    return moveFiles(checkout, { from: tree, to: target.value, index });
  });
}

/** Whether the touched files on disk are all as `from` has them, all as `to`, some of each, or something else. */
export function whereFilesStand(
  context: HomeContext,
  move: { readonly from: Commit; readonly to: Commit },
): Promise<Result<'from' | 'to' | 'between' | 'elsewhere', GitError>> {
  return context.harness.withScratch(async (folder) => {
    const changes = await differing(context.harness, move.from, move.to);
    if (!changes.ok) return changes;
    const read = await readTouched(context, folder, changes.value);
    if (!read.ok) return read;
    const { entries, strangers } = read.value;
    if (strangers.length > 0) return ok('elsewhere');
    const at = (side: 'from' | 'to') =>
      changes.value.every((change) => entries.get(change.path) === change[side]);
    return ok(at('from') ? 'from' : at('to') ? 'to' : 'between');
  });
}

/** One sentence that names some of the files. */
export const changedSince = (paths: readonly string[]): GitError =>
  refused(`${named(paths)} changed since, so nothing was done.`);

export function named(paths: readonly string[]): string {
  const some = paths.slice(0, 3).join(', ');
  return paths.length > 3 ? `${some} and ${paths.length - 3} more` : some;
}

async function readTouched(context: HomeContext, folder: string, changes: readonly TreeChange[]) {
  const { harness, checkout } = context;
  const working = await readWorking({ harness, user: checkout, folder }, changes);
  if (!working.ok) return working;
  const { entries } = working.value;
  const strangers = changes
    .filter(({ path, from, to }) => entries.get(path) !== from && entries.get(path) !== to)
    .map(({ path }) => path);
  return ok({ ...working.value, strangers });
}
