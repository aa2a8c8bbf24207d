import { describe, expect, it } from 'vitest';
import type { Clock } from '../base/clock.ts';
import { ok } from '../base/result.ts';
import { SUSPICION } from '../domain/agents/status.ts';
import { replay } from '../domain/loop/evolve.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import { passing, startedLoop } from '../domain/loop/test-loop.ts';
import type { LoopStore } from '../ports/journal.ts';
import { followLoop } from './follow-loop.ts';

interface Holder {
  /** Whether there is one, for each time that somebody asks. */
  readonly there: boolean[];
}

/** A journal that grows when it is told to. */
function growing(events: readonly LoopEvent[], from: number, holder?: Holder) {
  let append: (count: number) => void = () => undefined;
  const clock: Clock = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        if (holder && holder.there.length > 0) resolve();
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  };
  const store = {
    held: () => Promise.resolve(holder?.there.shift() ?? false),
    follow: (_taskId, afterSeq, onEntry, signal) =>
      new Promise<void>((resolve) => {
        let at = afterSeq;
        append = (count) => {
          for (const event of events.slice(at, at + count)) onEntry({ seq: ++at, event });
        };
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  } as Partial<LoopStore> as LoopStore;
  const state = replay(events.slice(0, from));
  if (!state) throw new Error('nothing to follow');
  const handle = followLoop(
    {
      store,
      clock,
      watch: { watchState: () => ({ dispose: () => undefined }) },
      suspicion: () => SUSPICION,
      isObserved: () => false,
      repository: { facts: { id: 'r' }, task: () => ({ workingChanges: () => Promise.resolve(ok([])) }) },
      openEngine: () => Promise.reject(new Error('no container is looked at')),
    },
    { state, events: events.slice(0, from), lastSeq: from },
    () => undefined,
  );
  return { handle, append: (count: number) => append(count) };
}

function finishedLoop() {
  const loop = startedLoop();
  loop.run({ agent: passing });
  return loop.events;
}

describe('a loop that another process holds', () => {
  it('is followed to its end, with every public event once and in order', async () => {
    const events = finishedLoop();
    const { handle, append } = growing(events, 5);
    const types: unknown[] = [];
    handle.onPublicEvent((event) => types.push(event['type']), { replay: true });
    const ended = handle.ended({ keepWaiting: true });
    append(3);
    append(events.length);
    expect(await ended).toEqual({ kind: 'finished', outcome: 'PROCEED' });
    expect(handle.heldElsewhere).toBe(true);
    expect(types[0]).toBe('LoopStarted');
    expect(types.filter((type) => type === 'TransferPoint')).toHaveLength(7);
    expect(types.at(-1)).toBe('LoopFinished');
  });

  it('without replay tells only what is new, knowing the hand-overs of before', () => {
    const events = finishedLoop();
    const reviewer = events.findIndex(
      (event) => event.type === 'TransferPointWritten' && event.part === 'reviewer',
    );
    const { handle, append } = growing(events, reviewer + 1);
    const points: unknown[] = [];
    handle.onPublicEvent((event) => {
      if (event['type'] === 'TransferPoint') points.push([event['point'], event['verified']]);
    });
    append(events.length);
    expect(points).toEqual([
      [6, true],
      [7, true],
    ]);
  });

  it('is let go of at once when nobody wants to wait any more', async () => {
    const { handle } = growing(finishedLoop(), 5);
    const gone = { keepWaiting: true, signal: AbortSignal.abort() };
    expect(await handle.ended(gone)).toEqual({ kind: 'detached' });
  });

  it('is let go of once nobody holds it, not for a moment between two holders, and its view goes on', async () => {
    const holder = { there: [true, false, true, false, false] };
    const events = finishedLoop();
    const { handle, append } = growing(events, 5, holder);
    expect(await handle.ended({ keepWaiting: true })).toEqual({ kind: 'detached' });
    expect(holder.there).toEqual([]);
    append(events.length);
    expect(handle.view().outcome).toBe('PROCEED');
  });

  it('tells at once how it ended when it has ended', async () => {
    const events = finishedLoop();
    const { handle } = growing(events, events.length);
    expect(handle.heldElsewhere).toBe(false);
    expect(await handle.ended({ keepWaiting: false })).toEqual({ kind: 'finished', outcome: 'PROCEED' });
  });
});
