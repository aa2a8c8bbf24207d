import type { LoopEnd, LoopHandle } from '../app/loop-service.ts';
import type { AgentView, LoopView } from '../app/projections/loop-view.ts';
import { blankAgent, blankView } from '../app/test-blank-view.ts';
import { deferred } from '../base/deferred.ts';
import type { Outcome } from '../domain/loop/model.ts';

/** In-memory loops for tests of the verbs: events are put in by hand, calls are noted. */
export function createTestLoop(taskId = 'fix-login', overrides: Partial<LoopView> = {}) {
  const events: Record<string, unknown>[] = [];
  const listeners = new Set<(event: Record<string, unknown>) => void>();
  let view: LoopView = { ...blankView(taskId), ...overrides };
  const changes = new Set<() => void>();
  const { promise: followed, resolve: onFollowed } = deferred<void>();
  const set = (change: Partial<LoopView>) => {
    view = { ...view, ...change };
    for (const changed of Array.from(changes)) changed();
  };
  const emit = (type: string, fields: Record<string, unknown> = {}) => {
    const event = {
      type,
      taskId,
      iteration: view.iteration,
      at: new Date().toISOString(),
      correlation: `${type}:iter-${view.iteration}:1`,
      ...fields,
    };
    events.push(event);
    for (const listener of Array.from(listeners)) listener(event);
  };
  const endOf = (keepWaiting: boolean): LoopEnd | null => {
    if (view.outcome) return { kind: 'finished', outcome: view.outcome };
    return view.waiting && !keepWaiting ? { kind: 'waiting', view } : null;
  };
  const handle: LoopHandle = {
    taskId,
    view: () => view,
    onPublicEvent: (listener, options) => {
      if (options?.replay) for (const event of events) listener(event);
      listeners.add(listener);
      onFollowed();
      return { dispose: () => listeners.delete(listener) };
    },
    ended: ({ keepWaiting }) =>
      new Promise((resolve) => {
        const settle = () => {
          const end = endOf(keepWaiting);
          if (!end) return;
          changes.delete(settle);
          resolve(end);
        };
        changes.add(settle);
        settle();
      }),
  };
  return {
    handle,
    /** Resolves once somebody listens to the events. */
    followed,
    set,
    emit,
    told: () => Array.from(events),
    finish: (outcome: Outcome) => {
      emit('LoopFinished', { outcome, iterations: 1, branch: null, commit: null, stopReason: '' });
      set({ outcome, step: 'done', waiting: null });
    },
    wait: () => {
      emit('LoopWaiting', { for: 'decision' });
      set({ waiting: { for: 'decision', since: 0, message: 'The product owner is a person.' } });
    },
    goOn: () => {
      emit('LoopResumed', { for: 'decision' });
      set({ waiting: null });
    },
    onView: (listener: (view: LoopView) => void) => {
      const changed = () => listener(view);
      changes.add(changed);
      return { dispose: () => changes.delete(changed) };
    },
    get view() {
      return view;
    },
  };
}
export type TestLoop = ReturnType<typeof createTestLoop>;

/** One crew member at work. */
export function testAgent(id: string, overrides: Partial<AgentView> = {}): AgentView {
  const status = overrides.state === 'queued' ? 'queued' : 'working';
  return { ...blankAgent(id), state: 'working', status, ...overrides };
}
