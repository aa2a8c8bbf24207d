import { Emitter } from '../base/emitter.ts';
import { evolve } from '../domain/loop/evolve.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import type { LoopStore } from '../ports/journal.ts';
import type { LoopDeps } from './loop-deps.ts';
import type { LoopEnd, LoopHandle } from './loop-service.ts';
import { createPublisher, endOf } from './live-handle.ts';
import { watchAgents, type WatchAgentsDeps } from './agents/watch-agents.ts';
import type { LoopView } from './projections/loop-view.ts';
import { toLoopView } from './projections/to-loop-view.ts';
import { eventOf, type StoredLoop } from './stored-loop.ts';

/** How often a follower makes sure that somebody holds the loop, since a killed holder says nothing. */
const LOOK_MS = 1_500;
/** Between two holders there is nobody for a moment. */
const FREE_LOOKS = 2;

export type FollowDeps = WatchAgentsDeps & Pick<LoopDeps, 'store'>;

/**
 * A read-only handle on a loop that another process holds, or that has ended: it reads along in the journal.
 * Waiting for its end is over, as `detached`, once nobody holds the loop any more.
 */
export function followLoop(
  deps: FollowDeps,
  stored: StoredLoop,
  onChange: (view: () => LoopView) => void,
): LoopHandle {
  const { store, clock } = deps;
  let state = stored.state;
  const events = [...stored.events];
  const appended = new Emitter<readonly LoopEvent[]>();
  const controller = new AbortController();
  const agents = watchAgents(deps, state.config.taskId, { onChange: () => onChange(view) });
  const view = () => toLoopView(state, null, agents.live());
  const take = (event: LoopEvent) => {
    state = evolve(state, event);
    events.push(event);
    appended.fire([event]);
    agents.follow(state);
    onChange(view);
    if (state.phase.kind === 'finished') controller.abort();
  };
  const ended = state.phase.kind === 'finished';
  const following = ended
    ? Promise.resolve()
    : store.follow(
        state.config.taskId,
        stored.lastSeq,
        (entry) => {
          const event = eventOf(entry);
          if (event.ok) take(event.value);
        },
        controller.signal,
      );
  // Reading goes on all the same: whoever takes the loop up writes to the same journal.
  const abandoned = ended
    ? Promise.resolve()
    : untilAbandoned(store, state.config.taskId, (ms) => clock.sleep(ms, controller.signal));
  const over = Promise.race([following, abandoned])
    .catch(() => undefined)
    .finally(() => agents.dispose());
  agents.follow(state);
  return {
    taskId: state.config.taskId,
    heldElsewhere: !ended,
    view,
    onPublicEvent(listener, options) {
      const publish = createPublisher(listener, options?.replay ? [] : events);
      if (options?.replay) publish(events);
      return appended.event(publish);
    },
    ended: ({ keepWaiting, signal }) =>
      new Promise<LoopEnd>((resolve) => {
        const look = () => {
          const end = endOf(state, keepWaiting);
          if (end) finish(end);
        };
        const finish = (end: LoopEnd) => {
          listening.dispose();
          resolve(end);
        };
        const listening = appended.event(look);
        signal?.addEventListener('abort', () => finish({ kind: 'detached' }), { once: true });
        void over.then(() => finish(endOf(state, keepWaiting) ?? { kind: 'detached' }));
        if (signal?.aborted) finish({ kind: 'detached' });
        else look();
      }),
  };
}

/**
 * Resolves once nobody holds the loop; rejects when the pause is called off. A holder that is suspended and answers
 * nothing keeps it: taking a loop from a process that may wake up at any moment would make two of them.
 */
async function untilAbandoned(
  store: LoopStore,
  taskId: string,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  for (let free = 0; free < FREE_LOOKS;) {
    await pause(LOOK_MS);
    free = (await store.held(taskId)) ? 0 : free + 1;
  }
}
