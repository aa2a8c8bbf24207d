import type { AgentAction } from '../../src/protocol/panel-loop.ts';
import type { FromPanel, PanelCommand } from '../../src/protocol/webview.ts';

type Of<T extends FromPanel['type']> = Extract<FromPanel, { type: T }>;

/** What the panel can ask of the editor. */
export interface Send {
  command(command: PanelCommand): void;
  decide(decision: Of<'decide'>['decision'], text: string): void;
  feedback(text: string): void;
  agent(action: AgentAction, agentId: string): void;
  answer(agentId: string, questionId: string, choice: number | null): void;
  show(taskId: string): void;
  start(text: string): void;
  iteration(number: number): void;
  handOver(point: number, iteration: number, what: Of<'handOver'>['what']): void;
  breakpoint(point: number, on: boolean): void;
  askHeld(): void;
  release(edited: string | null): void;
}

export function createSend(send: (message: FromPanel) => void): Send {
  return {
    command: (command) => send({ type: 'command', command }),
    decide: (decision, text) => send({ type: 'decide', decision, text }),
    feedback: (text) => send({ type: 'feedback', text }),
    agent: (action, agentId) => send({ type: 'agent', action, agentId }),
    answer: (agentId, questionId, choice) => send({ type: 'answer', agentId, questionId, choice }),
    show: (taskId) => send({ type: 'show', taskId }),
    start: (text) => send({ type: 'start', text }),
    iteration: (number) => send({ type: 'iteration', number }),
    handOver: (point, iteration, what) => send({ type: 'handOver', point, iteration, what }),
    breakpoint: (point, on) => send({ type: 'breakpoint', point, on }),
    askHeld: () => send({ type: 'held' }),
    release: (edited) => send({ type: 'release', edited }),
  };
}
