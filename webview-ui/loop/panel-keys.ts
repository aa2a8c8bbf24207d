import { useEffect, useRef } from 'preact/hooks';
import type { AgentAction, PanelLoop, PanelStep } from '../../src/protocol/panel-loop.ts';
import { createKeys, isPlainKey } from '../kit/shortcuts.ts';
import { goTo } from './go-to.ts';
import type { Send } from './send.ts';

interface Doing {
  readonly loop: PanelLoop;
  readonly send: Send;
  readonly toStep: (step: PanelStep) => void;
  readonly toNeed: () => void;
  readonly explain: () => void;
  readonly showKeys: () => void;
  readonly onBack: () => void;
}

/** Single keys, while the panel has the focus and nothing is typed. */
export function usePanelKeys(doing: Doing): void {
  const newest = useRef(doing);
  newest.current = doing;
  useEffect(() => {
    const keys = createKeys(actions(() => newest.current));
    const onKeyDown = (event: KeyboardEvent): void => {
      if (document.querySelector('dialog[open]')) return;
      if (moveInRow(event) || (isPlainKey(event) && keys.press(event.key, event.timeStamp))) {
        event.preventDefault();
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

function actions(now: () => Doing): Readonly<Record<string, () => void>> {
  const step = (name: PanelStep) => () => now().toStep(name);
  const onRow = (action: AgentAction) => () => {
    const agent = focusedAgent(now().loop);
    if (agent?.actions.includes(action)) now().send.agent(action, agent.id);
  };
  return {
    j: () => moveRow('ArrowDown'),
    k: () => moveRow('ArrowUp'),
    n: () => now().toNeed(),
    '1': step('implement'),
    '2': step('gate'),
    '3': step('validate'),
    '4': step('decide'),
    t: onRow('terminal'),
    u: onRow('nudge'),
    d: () => {
      const agent = focusedAgent(now().loop);
      if (agent?.actions.includes('diff')) now().send.agent('diff', agent.id);
      else if (now().loop.hasResult) now().send.command('showDiff');
    },
    f: () => now().send.command('addFeedback'),
    p: () => now().send.command(now().loop.paused ? 'resumeLoop' : 'pauseLoop'),
    h: () => now().send.command(now().loop.held ? 'releaseHandOver' : 'setBreakpoints'),
    i: () => now().explain(),
    'g i': () => goTo('iterations'),
    'g c': () => goTo('convergence'),
    'g p': () => goTo('points'),
    '?': () => now().showKeys(),
    Escape: () => escape(now()),
  };
}

const row = (): HTMLElement | null => document.activeElement?.closest<HTMLElement>('li[data-row]') ?? null;

function focusedAgent(loop: PanelLoop): PanelLoop['agents'][number] | undefined {
  const id = row()?.dataset['row'];
  return loop.agents.find((agent) => agent.id === id);
}

/** The list knows its rows; without a focused one its first row is where to begin. */
function moveRow(key: 'ArrowDown' | 'ArrowUp'): void {
  const here = row();
  if (!here) return document.querySelector<HTMLElement>('li.agent[tabindex="0"]')?.focus();
  here.focus();
  here.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

/** From a row to its actions and back. */
function moveInRow(event: KeyboardEvent): boolean {
  const here = row();
  if (!here || (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft')) return false;
  const stops = [here, ...here.querySelectorAll<HTMLElement>(':is(.questions, .actions) button:not([role])')];
  const at = stops.findIndex((stop) => stop === document.activeElement);
  if (at < 0) return false;
  const forward = (event.key === 'ArrowRight') === (getComputedStyle(here).direction !== 'rtl');
  stops[Math.max(0, Math.min(stops.length - 1, at + (forward ? 1 : -1)))]?.focus();
  return true;
}

function escape({ onBack }: Doing): void {
  const here = row();
  if (here && document.activeElement !== here) return here.focus();
  onBack();
}
