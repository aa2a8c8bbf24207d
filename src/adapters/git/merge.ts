import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { failed, refused } from './git-process.ts';
import type { Harness } from './harness.ts';
import { parseMerge } from './parse.ts';
import { commitTree } from './tree.ts';

export interface Merged {
  /** With conflict markers in the files that have conflicts. */
  readonly tree: string;
  /** Null: git merged it all. git may name no file although it did not. */
  readonly conflicts: readonly string[] | null;
}

/** Merges without a checkout. Objects are written, and nothing points at them. */
export async function mergeCommits(
  harness: Harness,
  ours: Commit,
  theirs: Commit,
): Promise<Result<Merged, GitError>> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs];
  const output = await harness.run(args, { okCodes: [0, 1] });
  if (!output.ok) {
    const unrelated = output.error.kind === 'failed' && /unrelated histories/.test(output.error.stderr);
    return unrelated
      ? err(refused('The branch and the result have no commit in common, so they cannot be merged.'))
      : output;
  }
  const parsed = parseMerge(output.value.stdout.toString('utf8'));
  // git also ends with 1 when it could not merge at all, and then names no tree.
  if (parsed === null) return err(failed('git merge-tree gave no tree', output.value.stderr));
  return ok({ tree: parsed.tree, conflicts: output.value.code === 0 ? null : parsed.conflicts });
}

/**
 * Merges two trees whose base is `base`, whatever histories they have: both are given to git as commits whose only
 * parent it is. `at`: epoch seconds.
 */
export async function mergeTrees(
  harness: Harness,
  {
    base,
    ours,
    theirs,
    at,
  }: { readonly base: Commit; readonly ours: string; readonly theirs: string; readonly at: number },
): Promise<Result<Merged, GitError>> {
  const side = (tree: string) =>
    commitTree(harness, { tree, parents: [base], message: 'One side of a merge', at });
  const one = await side(ours);
  if (!one.ok) return one;
  const other = await side(theirs);
  return other.ok ? mergeCommits(harness, one.value, other.value) : other;
}
