import { attemptKeyOf } from '../attempt-key.ts';
import type { LoopEvent } from '../../domain/loop/events.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { HolderProbe } from '../../ports/health-probes.ts';
import type { LoopStore } from '../../ports/journal.ts';
import { readLoop } from '../stored-loop.ts';
import type { LoopFact } from './health-facts.ts';

/** Every loop of the repository by its journal, damaged ones included. */
export async function loopFacts(store: LoopStore, holders: HolderProbe): Promise<readonly LoopFact[]> {
  const facts: LoopFact[] = [];
  for (const taskId of await store.list()) {
    const holder = await holders.holder(taskId);
    const stored = await readLoop(store, taskId);
    facts.push(
      stored.ok
        ? {
            taskId,
            damage: null,
            events: stored.value.events.length,
            updatedAt: stored.value.state.updatedAt,
            state: stateOf(stored.value.state),
            holder,
            failedStarts: failedStarts(stored.value.events),
          }
        : {
            taskId,
            damage: stored.error.message,
            events: 0,
            updatedAt: 0,
            state: 'unknown',
            holder,
            failedStarts: [],
          },
    );
  }
  return facts;
}

function stateOf(state: LoopState): LoopFact['state'] {
  if (state.phase.kind === 'finished') return 'finished';
  if (state.waiting) return 'waiting';
  return state.paused ? 'paused' : 'running';
}

/** Attempts that failed without ever having had a process. */
function failedStarts(events: readonly LoopEvent[]): LoopFact['failedStarts'] {
  const withoutProcess = new Set(
    events.flatMap((event) =>
      event.type === 'AgentStarted' && event.pid === null && event.containerId === undefined
        ? [attemptKeyOf(event)]
        : [],
    ),
  );
  return events
    .flatMap((event) =>
      event.type === 'AgentExited' && withoutProcess.has(attemptKeyOf(event)) ? [event.exit] : [],
    )
    .filter((exit) => exit.ending === 'failed' && exit.exitCode === null)
    .toReversed();
}
