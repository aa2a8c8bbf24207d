/** What a person has to know besides the loop itself, worst first; pure. */
import { l10n } from 'vscode';
import type { Survival } from '../../app/recovery/survival.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { PanelBanner } from '../../protocol/panel-loop.ts';
import type { StoreLost } from '../surroundings.ts';
import { isActive, visible } from '../words.ts';
import { count, dollars } from './figures.ts';

/** What is so around the loops of this window. */
export interface Around {
  readonly trusted: boolean;
  /** Why the coordination store does not serve, and since when; null while it does. */
  readonly store: StoreLost | null;
  /** Another window or command line runs the loop; this one reads along. */
  readonly elsewhere: boolean;
  /** What the window found when it took the loop up again. */
  readonly survival: Survival | null;
}

/** More would hide what they are about. */
const AT_MOST = 2;

export function panelBanners(view: LoopView, around: Around): PanelBanner[] {
  const found = [
    fault(view),
    outside(view),
    storeLost(view, around),
    budget(view),
    budgetWarning(view),
    queued(view),
    untrusted(around),
    elsewhere(view, around),
    recovered(around),
  ];
  return found.filter((banner) => banner !== null).slice(0, AT_MOST);
}

const banner = (
  given: Pick<PanelBanner, 'id' | 'tone' | 'icon' | 'title' | 'text'> & Partial<PanelBanner>,
): PanelBanner => ({ since: null, actions: [], ...given });

function fault({ fault: found }: LoopView): PanelBanner | null {
  if (!found) return null;
  return banner({
    id: 'fault',
    tone: 'err',
    icon: 'bad',
    title: l10n.t('Stopped by a fault.'),
    text: l10n.t('{0} Nothing is lost.', visible(found.message)),
    since: found.at,
    actions: [{ command: 'resumeLoop', label: l10n.t('Try again') }],
  });
}

function outside({ waiting }: LoopView): PanelBanner | null {
  if (waiting?.for !== 'outside') return null;
  return banner({
    id: 'outside',
    tone: 'err',
    icon: 'bad',
    title: l10n.t('Something changed outside the worktrees.'),
    text: visible(waiting.message),
  });
}

function storeLost(view: LoopView, { store }: Around): PanelBanner | null {
  if (!store || !isActive(view)) return null;
  const own = store.behind === '' || store.behind === 'embedded';
  return banner({
    id: 'store',
    tone: 'warn',
    icon: 'lost',
    title: own
      ? l10n.t('The coordination store is unreachable')
      : l10n.t('Redis at {0} is unreachable', visible(store.behind)),
    text: l10n.t(
      'Agents keep working, the journal goes on; keys are written again when it is back. It is tried again by itself.',
    ),
    since: store.since,
    actions: [
      { command: 'doctor', label: l10n.t('What still works') },
      ...(/auth|pass|NOPERM/i.test(store.problem)
        ? [{ command: 'setRedisPassword' as const, label: l10n.t('Set password…') }]
        : []),
    ],
  });
}

function budget({ waiting, budgetUsd, agents }: LoopView): PanelBanner | null {
  if (waiting?.for !== 'budget') return null;
  const ended = agents.filter((agent) => agent.state === 'done').length;
  const limit =
    budgetUsd === null ? l10n.t('the limit of agent runs') : l10n.t('the {0} limit', dollars(budgetUsd));
  return banner({
    id: 'budget',
    tone: 'warn',
    icon: 'budget',
    title: l10n.t('Paused at {0}.', limit),
    text: l10n.t(
      '{0} finished {1} turn; nothing is lost.',
      count(ended, 'agent'),
      ended === 1 ? 'its' : 'their',
    ),
    actions: [{ command: 'decide', label: l10n.t('Decide…') }],
  });
}

function budgetWarning({ waiting, outcome, budgetWarning: warned, budgetUsd }: LoopView): PanelBanner | null {
  if (!warned || budgetUsd === null || outcome !== null || waiting?.for === 'budget') return null;
  return banner({
    id: 'budget-warning',
    tone: 'warn',
    icon: 'budget',
    title: l10n.t('Budget nearly spent: {0} of {1}.', dollars(warned.spentUsd), dollars(budgetUsd)),
    text: l10n.t('The loop goes on until the next agent does not fit into what is left.'),
    since: warned.at,
  });
}

function queued(view: LoopView): PanelBanner | null {
  if (view.queuedSince === null) return null;
  return banner({
    id: 'queued',
    tone: 'plain',
    icon: 'clock',
    title: l10n.t('Queued'),
    text: l10n.t('It begins by itself once no other loop is at work on this machine.'),
    since: view.queuedSince,
    actions: [
      { command: 'startNow', label: l10n.t('Start now') },
      { command: 'loopQueue', label: l10n.t('Queue…') },
    ],
  });
}

function untrusted({ trusted }: Around): PanelBanner | null {
  if (trusted) return null;
  return banner({
    id: 'trust',
    tone: 'plain',
    icon: 'warning',
    title: l10n.t('Loops run programs.'),
    text: l10n.t('Trust this folder to start one.'),
  });
}

function elsewhere(view: LoopView, around: Around): PanelBanner | null {
  if (!around.elsewhere || !isActive(view)) return null;
  return banner({
    id: 'elsewhere',
    tone: 'plain',
    icon: 'eye',
    title: l10n.t('Another window or command line runs this loop.'),
    text: l10n.t('You see it live; what you do here is handed to it.'),
  });
}

function recovered({ survival }: Around): PanelBanner | null {
  if (!survival || survival.attempts.length === 0) return null;
  const of = (...fates: readonly string[]) =>
    survival.attempts.filter((attempt) => fates.includes(attempt.fate)).length;
  const words = [
    of('adopted', 'starting') > 0 && l10n.t('{0} went on', count(of('adopted', 'starting'), 'agent')),
    of('finished') > 0 && l10n.t('{0} had finished', of('finished')),
    of('lost') > 0 && l10n.t('{0} lost and run again', of('lost')),
  ].filter((word) => word !== false);
  const trouble = survival.problems.length > 0 ? ` ${visible(survival.problems[0] ?? '')}` : '';
  return banner({
    id: 'recovered',
    tone: 'plain',
    icon: 'history',
    title: l10n.t('Recovered after a restart.'),
    text: `${words.length > 0 ? `${words.join(', ')}.` : l10n.t('Nothing was lost.')}${trouble}`,
    actions: [{ command: 'showLog', label: l10n.t('Log') }],
  });
}
