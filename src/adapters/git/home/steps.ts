import { err, ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { Integration } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { failed } from '../git-process.ts';
import { moveFiles } from './checkout-git.ts';
import type { HomeContext } from './context.ts';
import { rewriteFiles } from './move.ts';

/** Files first, then the branch: while it has not moved, the files can be brought back. */
export async function carryOut(context: HomeContext, begun: Integration): Promise<Result<void, GitError>> {
  const { checkout, rescued, ref } = begun;
  if (checkout !== null && rescued !== null) {
    const away = await displace(context, { from: rescued.commit, paths: rescued.paths });
    if (!away.ok) return away;
  }
  if (checkout !== null) {
    const move = { from: checkout.before, to: checkout.after };
    const moved = await (checkout.moved ? moveFiles(context.checkout, move) : rewriteFiles(context, move));
    if (!moved.ok) return moved;
  }
  const loops = begun.layers?.map(({ taskId }) => taskId) ?? [begun.taskId];
  return ref === null ? ok(undefined) : moveRef(context, ref, `cfn: ${begun.way} ${loops.join(', ')}`);
}

/** Files that were rescued become those of HEAD, in the index too. */
async function displace(
  context: HomeContext,
  rescued: { readonly from: Commit; readonly paths: readonly string[] },
): Promise<Result<void, GitError>> {
  const written = await rewriteFiles(context, { from: rescued.from, to: `${rescued.from}^` });
  if (!written.ok) return written;
  const stdin = rescued.paths.map((path) => `${path}\0`).join('');
  const reset = await context.checkout.run(
    ['--literal-pathspecs', 'reset', '-q', 'HEAD', '--pathspec-from-file=-', '--pathspec-file-nul'],
    { stdin },
  );
  return reset.ok ? ok(undefined) : reset;
}

/** Only while the ref is where it was looked at; the user's own reflog tells of it. */
export async function moveRef(
  { checkout }: HomeContext,
  ref: NonNullable<Integration['ref']>,
  reason: string,
): Promise<Result<void, GitError>> {
  const zero = '0'.repeat((ref.to ?? ref.from ?? '').length);
  const args =
    ref.to === null
      ? ['update-ref', '-m', reason, '-d', ref.name, ref.from ?? zero]
      : ['update-ref', '-m', reason, ref.name, ref.to, ref.from ?? zero];
  const moved = await checkout.run(args);
  if (moved.ok) return ok(undefined);
  const stderr = moved.error.kind === 'failed' ? moved.error.stderr : '';
  return err(
    /but expected|already exists|is at/.test(stderr)
      ? { kind: 'refused', message: `${shortName(ref.name)} moved meanwhile; look at the preview again.` }
      : failed(`${shortName(ref.name)} could not be moved`, stderr),
  );
}

export const shortName = (ref: string): string => ref.replace(/^refs\/heads\//, '');

/** Files back to where they were, as far as they were moved; the branch has not. */
export async function takeBack(context: HomeContext, begun: Integration): Promise<Result<void, GitError>> {
  const { checkout, rescued } = begun;
  if (checkout !== null) {
    const back = { from: checkout.after, to: checkout.before };
    const inIndex = checkout.moved ? await moveFiles(context.checkout, back) : null;
    if (!inIndex?.ok) {
      const rewritten = await rewriteFiles(context, back);
      if (!rewritten.ok) return rewritten;
    }
  }
  return rescued === null ? ok(undefined) : giveBack(context, rescued.commit);
}

/** Uncommitted files as they were before they gave way. */
const giveBack = (context: HomeContext, rescue: Commit): Promise<Result<void, GitError>> =>
  rewriteFiles(context, { from: `${rescue}^`, to: rescue });

/** Can be run again after it was cut off anywhere. */
export async function finishUndo(context: HomeContext, found: Integration): Promise<Result<void, GitError>> {
  const { ref, checkout, rescued } = found;
  if (checkout !== null) {
    const back = { from: checkout.after, to: checkout.before };
    const moved = await (checkout.moved ? moveFiles(context.checkout, back) : rewriteFiles(context, back));
    if (!moved.ok) return moved;
  }
  if (ref !== null && (await context.user.readRef(ref.name)) !== ref.from) {
    const reverse = { name: ref.name, from: ref.to, to: ref.from };
    const moved = await moveRef(context, reverse, `cfn: undo ${found.way} ${found.taskId}`);
    if (!moved.ok) return moved;
  }
  return rescued === null ? ok(undefined) : giveBack(context, rescued.commit);
}
