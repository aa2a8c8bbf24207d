import { err, ok, type Result } from '../../../base/result.ts';
import type { Integration } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { refused } from '../git-process.ts';
import { differing } from './checkout-git.ts';
import type { HomeContext } from './context.ts';
import { standing } from './in-the-way.ts';
import { changedSince, whereFilesStand } from './move.ts';
import { settleAll } from './settle.ts';
import { finishUndo, shortName } from './steps.ts';
import { findTarget, operationUnderWay } from './target.ts';

/** Takes back one step, when nothing was built on it. */
export async function undo(context: HomeContext, id: string): Promise<Result<Integration, GitError>> {
  const settled = await settleAll(context);
  if (!settled.ok) return settled;
  const found = await context.records.read(id);
  if (found === null) return err(refused('There is no such integration any more.'));
  const undoable = await whyNot(context, found);
  if (!undoable.ok) return undoable;
  await context.records.write({ ...found, state: 'undoing' });
  const finished = await finishUndo(context, found);
  if (!finished.ok) {
    await context.records.write(found);
    return finished;
  }
  const undone: Integration = { ...found, state: 'undone' };
  await context.records.write(undone);
  return ok(undone);
}

async function whyNot(context: HomeContext, found: Integration): Promise<Result<void, GitError>> {
  if (found.pushed !== null) {
    const { branch, remote } = found.pushed;
    return err(
      refused(`What was pushed stays; delete the branch ${branch} at ${remote} if it is not wanted.`),
    );
  }
  if (found.state !== 'done') return err(refused('This was taken back already.'));
  const { ref, checkout } = found;
  if (ref !== null) {
    const now = await context.user.readRef(ref.name);
    if (now !== ref.to) {
      const after = await broughtOnTop(context, found);
      return err(
        after !== null
          ? refused(`${after} was brought to ${shortName(ref.name)} after it; undo that first.`)
          : refused(
              `${shortName(ref.name)} moved since, so it stays where it is; revert the commit instead.`,
            ),
      );
    }
  }
  if (checkout === null) return unheld(context, found);
  return checkout.moved ? movedFilesStand(context, found) : appliedFilesStand(context, checkout);
}

/** The loop whose step went on from where this one ended. */
async function broughtOnTop({ records }: HomeContext, { ref }: Integration): Promise<string | null> {
  const next = (await records.all()).find(
    (one) => one.state === 'done' && one.ref?.name === ref?.name && one.ref?.from === ref?.to,
  );
  return next?.taskId ?? null;
}

/** A branch that somebody checked out since has files that would not follow. */
async function unheld(context: HomeContext, { ref }: Integration): Promise<Result<void, GitError>> {
  if (ref === null) return ok(undefined);
  const worktrees = await context.user.worktrees();
  if (!worktrees.ok) return worktrees;
  const holder = worktrees.value.find((entry) => entry.branch === ref.name);
  return holder
    ? err(
        refused(
          `${shortName(ref.name)} is checked out in ${holder.path}; switch it to another branch first.`,
        ),
      )
    : ok(undefined);
}

async function movedFilesStand(context: HomeContext, found: Integration): Promise<Result<void, GitError>> {
  const { ref, checkout } = found;
  if (ref === null || checkout === null) return ok(undefined);
  const branch = shortName(ref.name);
  const target = await findTarget(context, { into: branch, way: 'merge', newBranch: null });
  if (!target.ok) return target;
  if (!target.value.here) {
    return err(refused(`${branch} is not checked out in ${checkout.root} any more; switch to it first.`));
  }
  const operation = await operationUnderWay(context.checkouts, target.value);
  if (operation?.kind === 'operation')
    return err(refused(`A ${operation.operation} is under way; end or abort it first.`));
  const changes = await differing(context.harness, checkout.after, checkout.before);
  if (!changes.ok) return changes;
  const stands = await standing(context, checkout.after, changes.value);
  if (!stands.ok) return stands;
  const paths = stands.value.dirty.map(({ path }) => path);
  return paths.length > 0 ? err(changedSince(paths)) : ok(undefined);
}

async function appliedFilesStand(
  context: HomeContext,
  { before, after }: NonNullable<Integration['checkout']>,
): Promise<Result<void, GitError>> {
  const changes = await differing(context.harness, before, after);
  if (!changes.ok) return changes;
  const stands = await standing(context, `${before}^`, changes.value);
  if (!stands.ok) return stands;
  const onDisk = changes.value.filter(({ path, to }) => stands.value.working.get(path) !== to);
  const now = await whereFilesStand(context, { from: before, to: after });
  if (!now.ok) return now;
  if (now.value !== 'to') return err(changedSince(onDisk.map(({ path }) => path)));
  const staged = stands.value.indexed;
  return staged.length > 0 ? err(changedSince(staged)) : ok(undefined);
}
