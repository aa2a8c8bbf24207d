/** The loop panel: keeps what the editor told, and draws it. */
import * as l10n from '@vscode/l10n';
import { render } from 'preact';
import * as z from 'zod/mini';
import type { PanelLoop } from '../../src/protocol/panel-loop.ts';
import { toPanelSchema, type FromPanel } from '../../src/protocol/webview.ts';
import { announceInPage } from '../kit/announcer.ts';
import { connectHost } from '../kit/host.ts';
import { drawnColour, watchTheme } from '../kit/theme.ts';
import { EmptyPanel } from './empty.tsx';
import { Loading } from './loading.tsx';
import { LoopPanel } from './loop-panel.tsx';
import { createPanelState } from './panel-state.ts';
import { createMemory } from './remembered.ts';
import { createSend } from './send.ts';

// The page's policy lets no code be made of text.
z.config({ jitless: true });

export function showLoopPanel(root: HTMLElement): void {
  const host = connectHost<FromPanel>();
  const hello = () => host.send({ type: 'hello' });
  const state = createPanelState(hello);
  const memory = createMemory(host.state, (kept) => host.remember(kept));
  const send = createSend((message) => host.send(message));
  const openedAt = Date.now();
  let heardAt = openedAt;
  const announcer = announceInPage();
  const heardLast = () => heardAt;
  const onBack = (): void => {
    state.leavePast();
    draw();
  };

  function draw(): void {
    const { current } = state;
    if (!current) return render(<Loading since={openedAt} />, root);
    const { loop, opening } = current;
    // A tab from before a reload keeps its loop until the loops were read.
    const isReading = loop === null && opening && memory.now.taskId !== null;
    if (isReading) return render(<Loading since={openedAt} />, root);
    memory.begin(loop?.taskId ?? null);
    if (!loop) return render(<EmptyPanel snapshot={current} send={send} memory={memory} />, root);
    // The key starts anew with another loop: drafts and choices belong to the one they were made in.
    render(
      <LoopPanel
        key={loop.taskId}
        loop={loop}
        state={state}
        send={send}
        memory={memory}
        heardAt={heardLast}
        onBack={onBack}
      />,
      root,
    );
    announcer.say(announcement(loop));
  }

  watchTheme(document.body, drawnColour);
  host.onMessage((raw) => {
    const message = toPanelSchema.safeParse(raw);
    if (!message.success) {
      // Nothing of it is taken; the editor is asked for everything, once.
      console.warn('The editor sent something that is no message of ours.', message.error);
      return;
    }
    heardAt = Date.now();
    if (state.receive(message.data)) draw();
  });
  host.onShown(hello);
  draw();
  hello();
}

/** Only what a person must know: the state changed, or they are needed. */
function announcement(loop: PanelLoop): string {
  const banner = loop.banners[0];
  if (loop.needs === 1) return l10n.t('{0}: 1 needs you', loop.state);
  if (loop.needs > 1) return l10n.t('{0}: {1} need you', loop.state, loop.needs);
  return banner ? `${loop.state}. ${banner.title}` : loop.state;
}
