import { slotsOf, type LoopState } from '../../domain/loop/state.ts';
import type { LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import type { OutsideWatch } from '../outside-watch.ts';
import { runAgent } from './run-agent.ts';

/** Before a loop ends, whoever still runs is ended and its work committed. */
export async function settleRunning(
  scope: LoopScope,
  context: EffectContext,
  outside: OutsideWatch,
): Promise<void> {
  const ending = AbortSignal.abort(new Error('the loop ends'));
  for (const { agentId, role, attempt, iteration } of runningIn(context.state())) {
    await runAgent(
      scope,
      { kind: 'run-agent', agentId, role, attempt, iteration },
      { ...context, signal: ending },
      outside,
    );
  }
}

function runningIn(state: LoopState) {
  const record = state.current;
  if (!record) return [];
  return slotsOf(record)
    .filter((slot) => slot.state.kind === 'running')
    .map((slot) => ({ ...slot, iteration: record.number }));
}
