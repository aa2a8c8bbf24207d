import type { PanelAgent, PanelLoop } from '../../src/protocol/panel-loop.ts';
import type { ToPanel } from '../../src/protocol/webview.ts';

export type Snapshot = Extract<ToPanel, { type: 'snapshot' }>;
type Of<T extends ToPanel['type']> = Extract<ToPanel, { type: T }>;

/** Keeps the newest state; a gap in the numbers asks for everything again. */
export interface PanelState {
  readonly current: Snapshot | null;
  /** The earlier iteration that is looked at. */
  readonly past: Of<'iteration'> | null;
  readonly held: Of<'held'> | null;
  /** The last thing that could not be done. */
  readonly failed: Of<'failed'> | null;
  /** True when there is something new to draw. */
  receive(message: ToPanel): boolean;
  /** Back to the newest iteration. */
  leavePast(): void;
}

export function createPanelState(askAgain: () => void): PanelState {
  const state: {
    current: Snapshot | null;
    past: Of<'iteration'> | null;
    held: Of<'held'> | null;
    failed: Of<'failed'> | null;
  } = { current: null, past: null, held: null, failed: null };

  function delta(message: Of<'delta'>): boolean {
    const { current } = state;
    if (!current?.loop || message.seq !== current.seq + 1) {
      // Older ones are echoes of what the snapshot already held.
      if (!current || message.seq > current.seq) askAgain();
      return false;
    }
    const loop = { ...current.loop, ...known(message.patch) };
    loop.agents = mergeAgents(current.loop.agents, message.agents);
    if (loop.held === null) state.held = null;
    state.current = { ...current, seq: message.seq, loop };
    return true;
  }

  return {
    get current() {
      return state.current;
    },
    get past() {
      return state.past;
    },
    get held() {
      return state.held;
    },
    get failed() {
      return state.failed;
    },
    receive: (message) => {
      switch (message.type) {
        case 'snapshot':
          if (message.loop?.taskId !== state.current?.loop?.taskId) state.past = null;
          state.current = message;
          return true;
        case 'delta':
          return delta(message);
        case 'iteration':
          state.past = message;
          break;
        case 'held':
          state.held = message;
          break;
        case 'failed':
          state.failed = message;
          return true;
        case 'alive':
          return false;
      }
      state.failed = null;
      return true;
    },
    leavePast: () => {
      state.past = null;
    },
  };
}

type Patch = Of<'delta'>['patch'];

/** A field that is not in the patch stays; one that is null becomes null. */
const known = (patch: Patch): Partial<PanelLoop> =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));

function mergeAgents(agents: PanelAgent[], { changed, order }: Of<'delta'>['agents']): PanelAgent[] {
  if (changed.length === 0 && order === null) return agents;
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  for (const agent of changed) byId.set(agent.id, agent);
  return (order ?? agents.map((agent) => agent.id)).flatMap((id) => byId.get(id) ?? []);
}
