import { ok, type Result } from '../../../base/result.ts';
import type { Integration } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import type { HomeContext } from './context.ts';
import { splitLayers } from './layers.ts';
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
    if (settled.value === 'done' && integration.layers !== null) await splitLayers(context, integration);
    else await context.records.write({ ...integration, state: settled.value });
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
    return settledTo(context, begun, { reached: 'dropped', left: 'dropped' }, await takeBack(context, begun));
  }
  if (checkout === null) return ok('dropped');
  const stand = await whereFilesStand(context, { from: checkout.before, to: checkout.after });
  if (!stand.ok) return stand;
  if (stand.value === 'to') return ok('done');
  return settledTo(context, begun, { reached: 'dropped', left: 'dropped' }, await takeBack(context, begun));
}

/** Where somebody worked on these files since, what they hold now is theirs, and the step is over. */
async function settledTo(
  context: HomeContext,
  { checkout, taskId, rescued }: Integration,
  states: { readonly reached: Integration['state']; readonly left: Integration['state'] },
  outcome: Result<void, GitError>,
): Promise<Settled> {
  if (outcome.ok) return ok(states.reached);
  if (checkout === null) return outcome;
  const stand = await whereFilesStand(context, { from: checkout.before, to: checkout.after });
  if (!stand.ok || stand.value !== 'elsewhere') return outcome;
  context.logger.warn(
    'Files that an integration was cut off in were changed since, and are left as they are',
    {
      taskId,
      ...(rescued === null ? {} : { rescued: rescued.ref }),
    },
  );
  return ok(states.left);
}

async function settleUndoing(context: HomeContext, undoing: Integration): Promise<Settled> {
  const { ref } = undoing;
  if (ref !== null) {
    const now = await context.user.readRef(ref.name);
    if (now !== ref.to && now !== ref.from) return ok('done');
  }
  const states = { reached: 'undone', left: 'done' } as const;
  return settledTo(context, undoing, states, await finishUndo(context, undoing));
}
