/** How loops and agents are put into words for people; pure, so that every word can be tested. */
import { l10n } from 'vscode';
import { STATUS_WORDS } from '../app/projections/status-words.ts';
import type { AgentView, LoopView } from '../app/projections/loop-view.ts';
import { withDots } from '../base/unseen.ts';

type WaitReason = NonNullable<LoopView['waiting']>['for'];
type Outcome = NonNullable<LoopView['outcome']>;

const WAITING_FOR: Readonly<Record<WaitReason, string>> = {
  decision: l10n.t('decision due'),
  budget: l10n.t('budget reached'),
  quorum: l10n.t('quorum missed'),
  question: l10n.t('a question for you'),
  evidence: l10n.t('evidence unavailable'),
  outside: l10n.t('changed outside'),
  breakpoint: l10n.t('held by you'),
  stalled: l10n.t('no progress'),
};

const OUTCOME: Readonly<Record<Outcome, string>> = {
  PROCEED: l10n.t('done: proceeded'),
  ABORT: l10n.t('aborted'),
  EXHAUSTED: l10n.t('out of iterations, best one kept'),
  CANCELLED: l10n.t('stopped'),
  BUDGET: l10n.t('ended at the budget'),
};

const STEP: Readonly<Record<LoopView['step'], string>> = {
  prepare: l10n.t('starting'),
  implement: l10n.t('implementing'),
  gate: l10n.t('running the gate'),
  validate: l10n.t('validating'),
  decide: l10n.t('deciding'),
  done: l10n.t('done'),
};

/** `2:10`, `1:02:10`; never negative. */
export function clockTime(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

/** `< 1 min`, `4 min`, `1 h 5 min`: for rows that are drawn again whenever their text changes. */
export function minutes(ms: number): string {
  const total = Math.floor(ms / 60_000);
  if (total < 1) return l10n.t('< 1 min');
  return total < 60 ? l10n.t('{0} min', total) : l10n.t('{0} h {1} min', Math.floor(total / 60), total % 60);
}

/** `working`, and from the first minute on `working 4 min`. */
export const sinceWords = (words: string, since: number | null, now: number): string =>
  since === null || now - since < 60_000 ? words : `${words} ${minutes(now - since)}`;

/** Made for every row of a large tree, again and again, so it makes no lists of its own. */
export function joined(parts: readonly (string | null)[]): string {
  let text = '';
  for (const part of parts) if (part !== null) text = text === '' ? part : `${text} · ${part}`;
  return text;
}

/** `$0.84`, `at least $0.84` when some agent's price is unknown, and in words when all of it is. */
export function costText(view: Pick<LoopView, 'costUsd' | 'costIncomplete'>): string {
  if (view.costIncomplete)
    return view.costUsd > 0 ? l10n.t('at least ${0}', view.costUsd.toFixed(2)) : l10n.t('unknown price');
  return `$${view.costUsd.toFixed(2)}`;
}

/** The loop's title, else the first line of the task, short enough for a row. */
export function taskTitle(view: Pick<LoopView, 'description' | 'taskId' | 'title'>, limit = 70): string {
  const line =
    visible(view.title ?? '').trim() ||
    visible(view.description.split(/\r?\n/).find((each) => each.trim() !== '') ?? '').trim();
  const text = line || view.taskId;
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** Hostile texts must not rearrange what a person reads, nor hold what they do not see. */
export function visible(text: string): string {
  return withDots(text.slice(0, 2000).replaceAll(/\s+/g, ' ')).slice(0, 500);
}

/** The same for a text whose lines are to be read, such as a question. */
export const visibleLines = (text: string): string => withDots(text.slice(0, 5000), '\n');

export function loopState(view: LoopView): string {
  if (view.outcome) return OUTCOME[view.outcome];
  if (view.fault) return l10n.t('stopped by a fault');
  if (view.waiting) return WAITING_FOR[view.waiting.for];
  if (view.paused) return l10n.t('paused');
  if (view.queuedSince !== null) return l10n.t('queued');
  return STEP[view.step];
}

export const isActive = (view: LoopView) => view.outcome === null;
export const needsPerson = (view: LoopView) => isActive(view) && view.waiting !== null;

const ENDED: ReadonlySet<AgentView['state']> = new Set(['done', 'failed', 'lost', 'cancelled']);
export const isFinished = (agent: AgentView) => ENDED.has(agent.state);

/** What the agent said of its own work, or how it ended without saying it. */
export function agentState(agent: AgentView): string {
  if (agent.state === 'done') {
    if (agent.defaulted) return l10n.t('done, no vote');
    if (agent.decision) return l10n.t('decided {0}', agent.decision);
    if (agent.score !== null) return l10n.t('scored {0}', agent.score.toFixed(2));
    if (agent.confidence !== null) return l10n.t('done, claims {0}', agent.confidence.toFixed(2));
    return l10n.t('done');
  }
  if (agent.state === 'working') return STATUS_WORDS[agent.status];
  if (agent.state === 'failed' && agent.ending && agent.ending !== 'failed')
    return l10n.t('failed: {0}', agent.ending);
  return agent.state;
}

export function diffText(agent: Pick<AgentView, 'added' | 'removed' | 'files'>): string | null {
  if (agent.files.length === 0 && agent.added === 0 && agent.removed === 0) return null;
  return `+${agent.added} −${agent.removed}`;
}

/**
 * `CFN 1/6 · it 2/10 · $0.84 · 1 queued · 1 needs you`; `CFN` when nothing runs. `waiting`: how many matters are due.
 */
export function statusText(views: readonly LoopView[], waiting: number): string {
  const open = views.filter(isActive);
  const active = open.filter((view) => view.queuedSince === null);
  const queued = open.length === active.length ? null : l10n.t('{0} queued', open.length - active.length);
  const first = active[0];
  if (!first) return queued === null ? 'CFN' : `CFN · ${queued}`;
  const agents = active.flatMap((view) => view.agents);
  const done = agents.filter(isFinished).length;
  const parts = [
    agents.length > 0 ? l10n.t('CFN {0}/{1}', done, agents.length) : 'CFN',
    active.length === 1 ? `it ${first.iteration}/${first.maxIterations}` : l10n.t('{0} loops', active.length),
    costText({
      costUsd: active.reduce((sum, view) => sum + view.costUsd, 0),
      costIncomplete: active.some((view) => view.costIncomplete),
    }),
    queued,
    waiting === 0 ? null : waiting === 1 ? l10n.t('1 needs you') : l10n.t('{0} need you', waiting),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

/** What the worktree holds now where somebody looks, else what the loop has counted. */
export const changesOf = (agent: AgentView): Pick<AgentView, 'files' | 'added' | 'removed'> =>
  agent.signals?.diff ?? agent;

/** `in main`: what was last done with the result, and stands. */
export function homeText({ home }: Pick<LoopView, 'home'>): string | null {
  if (home === null) return null;
  if (home.way === 'discard') return l10n.t('discarded');
  if (home.way === 'push') return l10n.t('pushed');
  return home.branch === null ? l10n.t('in the working tree') : l10n.t('in {0}', visible(home.branch));
}
