/** The loop panel: keeps what the editor told, and draws it. */
import { render } from 'preact';
import type { FromPanel, PanelLoop, ToPanel } from '../../src/protocol/webview.ts';
import { createAnnouncer } from '../kit/announcer.ts';
import { connectHost } from '../kit/host.ts';
import { createKeys, isPlainKey } from '../kit/shortcuts.ts';
import { drawnColour, watchTheme } from '../kit/theme.ts';
import { EmptyPanel } from './empty.tsx';
import { LoopPanel } from './loop-panel.tsx';
import { Shortcuts } from './shortcuts.tsx';
import { createPanelState, type Send } from './panel-state.ts';

export function showLoopPanel(root: HTMLElement): void {
  const host = connectHost<FromPanel>();
  const hello = () => host.send({ type: 'hello' });
  const state = createPanelState(hello);
  const announcer = createAnnouncer({
    show: (text) => {
      const place = document.querySelector('#announcer');
      if (place) place.textContent = text;
    },
    now: () => performance.now(),
    after: (ms, action) => setTimeout(action, ms),
  });
  const send: Send = {
    command: (command) => host.send({ type: 'command', command }),
    decide: (decision, text) => host.send({ type: 'decide', decision, text }),
    agent: (command, agentId) => host.send({ type: 'agent', command, agentId }),
    show: (taskId) => host.send({ type: 'show', taskId }),
  };

  let sheet = false;
  const closeSheet = () => {
    sheet = false;
    draw();
  };

  function draw(): void {
    const { current } = state;
    if (!current) return;
    const { loop, trusted, others } = current;
    host.remember({ taskId: loop?.taskId ?? null });
    // The key starts anew with another loop: drafts and choices belong to the one they were made in.
    const panel = loop ? (
      <LoopPanel key={loop.taskId} loop={loop} send={send} />
    ) : (
      <EmptyPanel trusted={trusted} others={others} send={send} />
    );
    render(
      <>
        {panel}
        {sheet && <Shortcuts onClose={closeSheet} />}
      </>,
      root,
    );
    if (loop) announcer.say(announcement(loop));
  }

  const keys = createKeys({
    '?': () => {
      sheet = true;
      draw();
    },
    f: () => send.command('addFeedback'),
  });
  document.addEventListener('keydown', (event) => {
    if (isPlainKey(event) && keys.press(event.key, event.timeStamp)) event.preventDefault();
  });
  watchTheme(document.body, drawnColour);
  host.onMessage((message) => {
    if (state.receive(message as ToPanel)) draw();
  });
  host.onShown(hello);
  hello();
}

/** Only what a person must know: the state changed, or they are needed. */
const announcement = (loop: PanelLoop): string => (loop.needsYou ? `Needs you: ${loop.state}` : loop.state);
