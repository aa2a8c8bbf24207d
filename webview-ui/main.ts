/** The loop panel. Runs in a webview under a strict policy; the editor is reached by messages only. */
import type { FromPanel, PanelLoop, ToPanel } from '../src/protocol/webview.ts';
import { createPanelState, type Send } from './channel.ts';
import { h, tickAll } from './dom.ts';
import { emptyPanel } from './empty.ts';
import { agents, decisionCard, diagram, header, side } from './parts.ts';

interface Host {
  postMessage(message: FromPanel): void;
  getState(): unknown;
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

/** Each part is drawn again only when what it shows has changed, so that drafts and focus stay. */
const PARTS: readonly {
  readonly id: string;
  readonly reads: readonly (keyof PanelLoop)[];
  readonly draw: (loop: PanelLoop) => HTMLElement | null;
}[] = [
  {
    id: 'header',
    reads: [
      'title',
      'description',
      'state',
      'active',
      'paused',
      'needsYou',
      'iteration',
      'maxIterations',
      'startedAt',
      'endedAt',
      'cost',
      'mode',
      'branch',
      'hasResult',
    ],
    draw: (loop) => header(loop, send),
  },
  { id: 'diagram', reads: ['steps', 'wayBack'], draw: diagram },
  { id: 'decision', reads: ['ask', 'iteration'], draw: (loop) => decisionCard(loop, send) },
  { id: 'agents', reads: ['agents', 'gate', 'consensus', 'ask'], draw: (loop) => agents(loop, send) },
  { id: 'side', reads: ['transferPoints', 'decision', 'feedback', 'ask'], draw: side },
];

const drawn = new Map<string, string>();
let shownTask: string | null | undefined;
let announced = '';

function frame(): void {
  root.replaceChildren(
    h('div', { id: 'part-header' }),
    h('div', { id: 'part-diagram' }),
    h(
      'div',
      { class: 'columns' },
      h('main', {}, h('div', { id: 'part-decision' }), h('div', { id: 'part-agents' })),
      h('div', { id: 'part-side' }),
    ),
  );
  drawn.clear();
}

function draw(): void {
  const { current } = state;
  if (!current) return;
  host.setState({ taskId: current.loop?.taskId ?? null });
  if (!current.loop) {
    shownTask = null;
    const focus = focusedKey();
    root.replaceChildren(emptyPanel(current.trusted, current.others, send));
    focusKey(focus);
    return;
  }
  if (shownTask !== current.loop.taskId) {
    shownTask = current.loop.taskId;
    frame();
  }
  for (const part of PARTS) drawPart(part, current.loop);
  announce(current.loop);
}

function drawPart(part: (typeof PARTS)[number], loop: PanelLoop): void {
  const signature = JSON.stringify(part.reads.map((key) => loop[key]));
  if (drawn.get(part.id) === signature) return;
  const place = root.querySelector(`#part-${part.id}`);
  if (!place) return;
  drawn.set(part.id, signature);
  const focus = focusedKey();
  const element = part.draw(loop);
  place.replaceChildren(...(element ? [element] : []));
  focusKey(focus);
}

function focusedKey(): string | null {
  const active = document.activeElement;
  return active instanceof HTMLElement ? (active.dataset['key'] ?? null) : null;
}

function focusKey(key: string | null): void {
  if (key === null) return;
  const again = Array.from(root.querySelectorAll<HTMLElement>('[data-key]')).find(
    (element) => element.dataset['key'] === key,
  );
  if (again && again !== document.activeElement) again.focus();
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
setInterval(() => tickAll(root), 1000);
say({ type: 'hello' });
