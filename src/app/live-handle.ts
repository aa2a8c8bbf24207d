import type { LoopEvent } from '../domain/loop/events.ts';
import type { WaitReason } from '../domain/loop/model.ts';
import type { LoopState, WrittenTransferPoint } from '../domain/loop/state.ts';
import type { LiveLoop } from './live-loop.ts';
import type { LoopEnd, LoopHandle } from './loop-service.ts';
import { publicEvents, type PublicEvent } from './projections/public-event.ts';
import type { Survival } from './recovery/survival.ts';
import { toLoopView } from './projections/to-loop-view.ts';

const ENDS_WAITS = new Set<LoopEvent['type']>(['WaitEnded', 'DecisionMade', 'HandOverReleased']);

/**
 * Turns journaled events into public ones, remembering transfer points and waits in between; those of `earlier`
 * events count, though they are not told.
 */
export function createPublisher(
  listener: (event: PublicEvent) => void,
  earlier: readonly LoopEvent[] = [],
): (events: readonly LoopEvent[]) => void {
  const written: WrittenTransferPoint[] = [];
  let waitingFor: WaitReason | null = null;
  const note = (event: LoopEvent) => {
    if (event.type === 'LoopWaiting') waitingFor = event.for;
    if (ENDS_WAITS.has(event.type)) waitingFor = null;
    if (event.type !== 'TransferPointWritten') return;
    const { point, part, key, sha256, verified, iteration } = event;
    written.push({ point, part, key, sha256, verified, iteration, edited: false });
  };
  for (const event of earlier) note(event);
  return (events) => {
    for (const event of events) {
      for (const published of publicEvents(event, { written, waitingFor })) listener(published);
      note(event);
    }
  };
}

/** All public events of a loop so far, as whoever followed it from its start was told. */
export function publicHistory(events: readonly LoopEvent[]): readonly PublicEvent[] {
  const told: PublicEvent[] = [];
  createPublisher((event) => told.push(event))(events);
  return told;
}

export function endOf(state: LoopState, keepWaiting: boolean): LoopEnd | null {
  if (state.phase.kind === 'finished') return { kind: 'finished', outcome: state.phase.event.outcome };
  return state.waiting && !keepWaiting ? { kind: 'waiting', view: toLoopView(state) } : null;
}

/** A handle on a loop that this process runs. */
export function liveHandle(loop: LiveLoop, survived: Survival | null = null): LoopHandle {
  return {
    taskId: loop.taskId,
    survived,
    view: loop.view,
    onPublicEvent(listener, options) {
      const publish = createPublisher(listener, options?.replay ? [] : loop.events);
      if (options?.replay) publish(loop.events);
      return loop.session.onEvents(publish);
    },
    async ended({ keepWaiting, signal }) {
      const early = await firstEnd(loop, keepWaiting, signal);
      if (early?.kind === 'waiting') return early;
      const fault = await loop.closed;
      if (fault) throw fault;
      return endOf(loop.session.state, true) ?? { kind: 'detached' };
    },
  };
}

/** Resolves at the first end that a state shows, or with null once the loop is closed otherwise. */
function firstEnd(
  loop: LiveLoop,
  keepWaiting: boolean,
  signal: AbortSignal | undefined,
): Promise<LoopEnd | null> {
  return new Promise((resolve) => {
    const look = () => {
      const end = endOf(loop.session.state, keepWaiting);
      if (end) finish(end);
    };
    const finish = (end: LoopEnd | null) => {
      listening.dispose();
      signal?.removeEventListener('abort', onAbort);
      resolve(end);
    };
    const onAbort = () => finish(null);
    const listening = loop.session.onEvents(look);
    signal?.addEventListener('abort', onAbort, { once: true });
    void loop.closed.then(() => finish(null));
    if (signal?.aborted) finish(null);
    else look();
  });
}
