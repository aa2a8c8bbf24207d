import { ok, type Result } from '../../../base/result.ts';
import type { Integration } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import type { HomeContext } from './context.ts';
import { whereFilesStand } from './move.ts';
import { finishUndo, takeBack } from './steps.ts';

/** Ends what a process that was killed had begun. Callers hold the lease, so whoever began it is gone. */
export async function settleAll(context: HomeContext): Promise<Result<void, GitError>> {
  for (const integration of await context.records.all()) {
    if (integration.state !== 'begun' && integration.state !== 'undoing') continue;
    const settled = await (integration.state === 'begun'
      ? settleBegun(context, integration)
      : settleUndoing(context, integration));
    if (!settled.ok) return settled;
    context.logger.info('An integration that was cut off is settled', {
      taskId: integration.taskId,
      state: settled.value,
    });
    await context.records.write({ ...integration, state: settled.value });
  }
  return ok(undefined);
}

type Settled = Result<Integration['state'], GitError>;

async function settleBegun(context: HomeContext, begun: Integration): Promise<Settled> {
  const { ref, checkout } = begun;
  if (ref !== null) {
    const now = await context.user.readRef(ref.name);
    if (now === ref.to) return ok('done');
    if (now !== ref.from || checkout === null) return ok('dropped');
    const back = await takeBack(context, begun);
    return back.ok ? ok('dropped') : back;
  }
  if (checkout === null) return ok('dropped');
  const stand = await whereFilesStand(context, { from: checkout.before, to: checkout.after });
  if (!stand.ok) return stand;
  if (stand.value === 'to') return ok('done');
  // Somebody worked on these files since: what they hold now is theirs.
  if (stand.value === 'elsewhere') return ok('dropped');
  const back = await takeBack(context, begun);
  return back.ok ? ok('dropped') : back;
}

async function settleUndoing(context: HomeContext, undoing: Integration): Promise<Settled> {
  const { ref, checkout } = undoing;
  if (ref !== null) {
    const now = await context.user.readRef(ref.name);
    if (now !== ref.to && now !== ref.from) return ok('done');
  } else if (checkout !== null) {
    const stand = await whereFilesStand(context, { from: checkout.before, to: checkout.after });
    if (!stand.ok) return stand;
    if (stand.value === 'elsewhere') return ok('done');
  }
  const finished = await finishUndo(context, undoing);
  return finished.ok ? ok('undone') : finished;
}
