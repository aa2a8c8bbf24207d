/** The loop panel. Runs in a webview under a strict policy; the editor is reached by messages only. */
import { render } from 'preact';
import type { FromPanel, PanelLoop, ToPanel } from '../src/protocol/webview.ts';
import { createPanelState, type Send } from './channel.ts';
import { EmptyPanel } from './empty.tsx';
import { LoopPanel } from './loop.tsx';

interface Host {
  postMessage(message: FromPanel): void;
  setState(state: { readonly taskId: string | null }): void;
}
declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
const root = document.querySelector('#root') ?? document.body;
const announcer = document.querySelector('#announcer');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's channel has none
const say = (message: FromPanel) => host.postMessage(message);
const state = createPanelState(() => say({ type: 'hello' }));

const send: Send = {
  command: (command) => say({ type: 'command', command }),
  decide: (decision, text) => say({ type: 'decide', decision, text }),
  agent: (command, agentId) => say({ type: 'agent', command, agentId }),
  show: (taskId) => say({ type: 'show', taskId }),
};

let announced = '';

function draw(): void {
  const { current } = state;
  if (!current) return;
  const { loop, trusted, others } = current;
  host.setState({ taskId: loop?.taskId ?? null });
  // The key starts anew with another loop: drafts and choices belong to the one they were made in.
  const panel = loop ? (
    <LoopPanel key={loop.taskId} loop={loop} send={send} />
  ) : (
    <EmptyPanel trusted={trusted} others={others} send={send} />
  );
  render(panel, root);
  if (loop) announce(loop);
}

/** Only what a person must know: the state changed, or they are needed. */
function announce(loop: PanelLoop): void {
  const text = loop.needsYou ? `Needs you: ${loop.state}` : loop.state;
  if (text === announced || !announcer) return;
  announced = text;
  announcer.textContent = text;
}

window.addEventListener('message', (event: MessageEvent<ToPanel>) => {
  if (state.receive(event.data)) draw();
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') say({ type: 'hello' });
});
say({ type: 'hello' });
