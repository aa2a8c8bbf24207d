import type { Effect } from '../../domain/loop/effects.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';

/** Merges the completed attempts onto the iteration's start, without a checkout. */
export async function integrate(
  scope: LoopScope,
  effect: Effect & { kind: 'integrate' },
  context: EffectContext,
): Promise<void> {
  const { iteration, start, commits } = effect;
  const integrated = await scope.task.integrate({ iteration, start, commits });
  if (!integrated.ok) throw new LoopFault(integrated.error.message);
  const { commit, tree, merged, conflicts } = integrated.value;
  await context.report({
    type: 'Integrated',
    iteration,
    commit,
    agents: merged,
    conflicts,
    differsFromBase: await differs(scope, scope.config.baseCommit, commit),
    differsFromStart: await differs(scope, start, commit),
    tree,
  });
}

async function differs(scope: LoopScope, from: string, to: string): Promise<boolean> {
  if (from === to) return false;
  const changes = await scope.repository.changes(from, to);
  if (!changes.ok) throw new LoopFault(changes.error.message);
  return changes.value.length > 0;
}
