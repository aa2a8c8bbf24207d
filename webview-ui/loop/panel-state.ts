import type { FromPanel, PanelCommand, PanelLoop, ToPanel } from '../../src/protocol/webview.ts';

type Decision = Extract<FromPanel, { type: 'decide' }>['decision'];
type AgentCommand = Extract<FromPanel, { type: 'agent' }>['command'];

export interface Send {
  command(command: PanelCommand): void;
  decide(decision: Decision, text: string): void;
  agent(command: AgentCommand, agentId: string): void;
  show(taskId: string): void;
}

export type Snapshot = Extract<ToPanel, { type: 'snapshot' }>;

/** Keeps the newest state; a gap in the numbers asks for everything again. */
export interface PanelState {
  readonly current: Snapshot | null;
  receive(message: ToPanel): boolean;
}

export function createPanelState(askAgain: () => void): PanelState {
  let current: Snapshot | null = null;
  return {
    get current() {
      return current;
    },
    /** True when there is something new to draw. */
    receive: (message) => {
      if (message.type === 'snapshot') {
        current = message;
        return true;
      }
      if (!current?.loop || message.seq !== current.seq + 1) {
        // Older ones are echoes of what the snapshot already held.
        if (!current || message.seq > current.seq) askAgain();
        return false;
      }
      const patch = Object.entries(message.patch).filter(([, value]) => value !== undefined);
      const loop: PanelLoop = Object.assign({}, current.loop, Object.fromEntries(patch));
      current = { ...current, seq: message.seq, loop };
      return true;
    },
  };
}
