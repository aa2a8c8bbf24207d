import { expect, it } from 'vitest';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { Emitter } from '../../base/emitter.ts';
import type { LoopsState } from '../loops.ts';
import { agentView, loopView } from '../test-views.ts';
import { TELEMETRY_EVENTS } from './events.ts';
import { watchLoops } from './loop-telemetry.ts';

function watched(first: readonly LoopView[]) {
  const changed = new Emitter<void>();
  let views = first;
  let state: LoopsState = 'ready';
  const sent: [keyof typeof TELEMETRY_EVENTS, unknown][] = [];
  watchLoops(
    {
      views: () => views,
      get state() {
        return state;
      },
      onChange: changed.event,
    },
    { send: (event, data) => sent.push([event, data]) },
  );
  const show = (next: readonly LoopView[], nextState: LoopsState = 'ready') => {
    views = next;
    state = nextState;
    changed.fire();
    return sent.splice(0);
  };
  return { show };
}

it('tells of a start, a wait and an end in numbers and closed words, each once', () => {
  const old = loopView({ taskId: 'old', outcome: 'PROCEED' });
  const { show } = watched([old]);
  const agents = [agentView({ id: 'secret-name' }), agentView({ id: 'v', role: 'validator' })];
  const started = loopView({ taskId: 'new', description: 'secret task', agents });
  const waiting = { for: 'decision', since: 1, message: 'secret words' } as const;
  const ended = { outcome: 'ABORT', endedAt: 180_000, iteration: 2 } as const;
  const all = [
    ...show([old, started]),
    ...show([old, started]),
    ...show([old, { ...started, waiting }]),
    ...show([old, { ...started, waiting }]),
    ...show([old, { ...started, ...ended }]),
  ];
  expect(all).toEqual([
    ['loopStarted', { mode: 'standard', strategy: 'race', implementers: 1, validators: 1 }],
    ['loopWaited', { reason: 'decision', iteration: 1 }],
    ['loopEnded', { outcome: 'ABORT', iterations: 2, minutes: 3 }],
  ]);
  for (const [event, data] of all) expect(TELEMETRY_EVENTS[event].safeParse(data).success).toBe(true);
});

it('does not tell of loops that were there when the repository was opened', () => {
  const { show } = watched([]);
  expect(show([], 'opening')).toEqual([]);
  expect(show([loopView({ taskId: 'kept', outcome: 'PROCEED' })])).toEqual([]);
});

it('has no event that lets a text, a path or a task through', () => {
  for (const hostile of ['add a login', '/home/me', 'C:\\me', 'a.b', 'Ü', '']) {
    expect(TELEMETRY_EVENTS.commandRun.safeParse({ command: hostile }).success).toBe(false);
  }
  const more = { outcome: 'ABORT', iterations: 1, minutes: 1, task: 'x' };
  expect(TELEMETRY_EVENTS.loopEnded.safeParse(more).success).toBe(false);
});
