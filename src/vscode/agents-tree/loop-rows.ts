/** Loops with their agents. */
import { l10n } from 'vscode';
import { liveCollisions, liveTrespasses } from '../../app/review/live-collisions.ts';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import {
  costText,
  homeText,
  isActive,
  joined,
  loopState,
  needsPerson,
  sinceWords,
  taskTitle,
  visible,
} from '../words.ts';
import { agentRow, type Around } from './agent-rows.ts';
import { ERROR, OK, WARN, type AgentRow, type GroupRow, type Icon, type LoopRow } from './row.ts';

function loopIcon(view: LoopView): Icon {
  switch (view.outcome) {
    case 'PROCEED':
      return { id: 'pass-filled', color: OK };
    case 'ABORT':
      return { id: 'circle-slash' };
    case 'EXHAUSTED':
    case 'BUDGET':
      return { id: 'warning', color: WARN };
    case 'CANCELLED':
      return { id: 'debug-stop' };
    case null:
  }
  if (view.fault) return { id: 'error', color: ERROR };
  if (view.waiting) return { id: view.waiting.for === 'decision' ? 'law' : 'bell-dot' };
  if (view.paused) return { id: 'debug-pause' };
  return { id: view.queuedSince === null ? 'sync' : 'list-ordered' };
}

function validatorsRow(view: LoopView, all: readonly AgentView[], rows: readonly AgentRow[]): GroupRow {
  const voted = all.filter((agent) => agent.score !== null).length;
  const reached = all.some((agent) => agent.state !== 'queued');
  const description = reached
    ? l10n.t('{0} of {1} voted', voted, all.length)
    : l10n.t('{0}, not reached yet', all.length);
  return {
    kind: 'group',
    // No agent's id has a slash, so none can have this row's.
    id: `${view.taskId}//validators`,
    taskId: view.taskId,
    label: l10n.t('Validators'),
    description,
    state: description,
    tooltip: () => l10n.t('They judge the combined work without seeing each other.'),
    icon: { id: 'checklist' },
    context: 'group',
    expanded: view.step === 'validate',
    children: rows,
  };
}

function loopContext(view: LoopView): string {
  return [
    'loop',
    ...(isActive(view) ? ['active'] : ['ended']),
    ...(view.paused ? ['paused'] : []),
    ...(isActive(view) && !view.paused && !view.waiting ? ['running'] : []),
    ...(view.queuedSince === null ? [] : ['queued']),
    ...(needsPerson(view) ? ['needsPerson', 'needsDecision'] : []),
    ...(view.commit ? ['hasDiff'] : []),
    ...(view.continues ? ['continues'] : []),
    ...(view.home && view.home.way !== 'push' ? ['isHome'] : []),
  ].join(' ');
}

const loopTooltip = (view: LoopView): string =>
  [
    visible(view.description),
    view.headline,
    joined([l10n.t('{0} mode', view.mode), visible(view.branch), costText(view)]),
  ]
    .filter((line) => line !== '')
    .join('\n');

export function loopRow(view: LoopView, around: Around): LoopRow {
  const inTheWay = liveCollisions(view);
  const outside = liveTrespasses(view);
  const rowsOf = (role: AgentView['role']) =>
    view.agents
      .filter((agent) => agent.role === role && around.shows(agent))
      .map((agent) => agentRow(view, agent, { ...around, inTheWay, outside }));
  const validators = rowsOf('validator');
  const allValidators = view.agents.filter(({ role }) => role === 'validator');
  const iteration = view.iteration > 0 ? `it ${view.iteration}/${view.maxIterations}` : null;
  // What a running loop costs changes all the time, and drawing its row draws all rows below it.
  const cost = isActive(view) ? null : costText(view);
  return {
    kind: 'loop',
    id: view.taskId,
    taskId: view.taskId,
    label: taskTitle(view),
    description: joined([
      homeText(view),
      sinceWords(loopState(view), view.fault?.at ?? view.waiting?.since ?? view.queuedSince, around.now),
      iteration,
      cost,
    ]),
    state: joined([homeText(view), loopState(view), iteration, cost]),
    tooltip: () => loopTooltip(view),
    icon: loopIcon(view),
    context: loopContext(view),
    expanded: isActive(view),
    children: [
      ...rowsOf('implementer'),
      ...(validators.length > 0 ? [validatorsRow(view, allValidators, validators)] : []),
      ...rowsOf('product-owner'),
    ],
  };
}
