import type { Disposable, Listen } from '../base/emitter.ts';
import type { AgentView, LoopView } from './projections/loop-view.ts';

/** The events of the seeds' portal, by name. */
export interface LoopChannelEvents {
  readonly 'agent:update': { readonly agentId: string; readonly status: AgentView['state'] };
  readonly 'loop:progress': {
    /** The step's number in the seeds: 3 implements up to the gate, 2 validates up to the decision. */
    readonly loop: 2 | 3;
    /** Share of that step's agents that are done in this iteration, 0 to 1; 1 when the loop has ended. */
    readonly progress: number;
  };
}
export type LoopChannelEvent = keyof LoopChannelEvents;

/** One loop's changes for those who show it from outside. */
export interface LoopChannel {
  /** Tells the present state at once, then each change. */
  on<E extends LoopChannelEvent>(event: E, listener: (data: LoopChannelEvents[E]) => void): Disposable;
}

export interface LoopChannelSource {
  /** The loop as it is; null while it is not known. */
  view(taskId: string): LoopView | null;
  readonly onChange: Listen<LoopView>;
}

export function createLoopChannel(source: LoopChannelSource, taskId: string): LoopChannel {
  function follow(tell: (view: LoopView) => void): Disposable {
    const present = source.view(taskId);
    if (present) tell(present);
    return source.onChange((view) => {
      if (view.taskId === taskId) tell(view);
    });
  }

  const channels: {
    readonly [E in LoopChannelEvent]: (listener: (data: LoopChannelEvents[E]) => void) => Disposable;
  } = {
    'agent:update': (listener) => {
      const told = new Map<string, string>();
      return follow((view) => {
        for (const { id, state } of view.agents) {
          if (told.get(id) === state) continue;
          told.set(id, state);
          listener({ agentId: id, status: state });
        }
      });
    },
    'loop:progress': (listener) => {
      let told = '';
      return follow((view) => {
        const data = progressOf(view);
        const text = JSON.stringify([view.iteration, data]);
        if (text === told) return;
        told = text;
        listener(data);
      });
    },
  };
  return { on: (event, listener) => channels[event](listener) };
}

const ENDED: ReadonlySet<AgentView['state']> = new Set(['done', 'failed', 'lost', 'cancelled']);

function progressOf(view: LoopView): LoopChannelEvents['loop:progress'] {
  switch (view.step) {
    case 'prepare':
    case 'implement':
      return { loop: 3, progress: share(view, ['implementer']) };
    case 'gate':
      return { loop: 3, progress: 1 };
    case 'validate':
    case 'decide':
      return { loop: 2, progress: share(view, ['validator', 'product-owner']) };
    case 'done':
      return { loop: view.consensus?.iteration === view.iteration ? 2 : 3, progress: 1 };
  }
}

function share({ agents, iteration }: LoopView, roles: readonly AgentView['role'][]): number {
  const some = agents.filter(({ role }) => roles.includes(role));
  if (some.length === 0) return 0;
  return some.filter((agent) => agent.iteration === iteration && ENDED.has(agent.state)).length / some.length;
}
