/** What the trees show, as plain data: the provider only copies it into tree items. */
import { l10n } from 'vscode';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import { inboxItems, type InboxItem, type InboxKind } from '../../app/projections/inbox.ts';
import { factText } from '../../app/projections/status-words.ts';
import {
  agentState,
  clockTime,
  costText,
  diffText,
  isActive,
  isFinished,
  loopState,
  minutes,
  needsPerson,
  taskTitle,
  visible,
} from '../words.ts';

export interface Icon {
  /** A codicon's name. */
  readonly id: string;
  /** A theme colour's id; words never depend on it. */
  readonly color?: string;
}

interface RowBase {
  /** Stable over refreshes, so that folds and selection are kept. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** What of it is drawn at once when it changes; ages and counts wait for the next round. */
  readonly state: string;
  /** Asked for when the pointer rests on the row: it tells ages to the second. */
  readonly tooltip: (now: number) => string;
  readonly icon: Icon;
  /** Words that menus look for. */
  readonly context: string;
  readonly expanded: boolean;
  readonly children: readonly Row[];
  readonly taskId: string;
}
export interface LoopRow extends RowBase {
  readonly kind: 'loop';
}
export interface AgentRow extends RowBase {
  readonly kind: 'agent';
  readonly agent: AgentView;
}
export interface GroupRow extends RowBase {
  readonly kind: 'group';
}
export interface FileRow extends RowBase {
  readonly kind: 'file';
  /** Relative to the repository's root, with slashes. */
  readonly path: string;
  readonly agent: AgentView;
}
export interface InboxRow extends RowBase {
  readonly kind: 'inbox';
  readonly agentId: string | null;
  /** What answers it. */
  readonly command: string;
}
export type Row = LoopRow | AgentRow | GroupRow | FileRow | InboxRow;

const OK = 'charts.green';
const WARN = 'list.warningForeground';
const ERROR = 'list.errorForeground';

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
  if (view.waiting) return { id: view.waiting.for === 'decision' ? 'law' : 'bell-dot' };
  if (view.paused) return { id: 'debug-pause' };
  return { id: view.queuedSince === null ? 'sync' : 'list-ordered' };
}

const RUNNING_ICON: Readonly<Partial<Record<AgentView['status'], Icon>>> = {
  quiet: { id: 'circle-small-filled' },
  stuck: { id: 'question', color: WARN },
  'waiting-for-you': { id: 'bell-dot' },
  'rate-limited': { id: 'clockface', color: WARN },
};

function agentIcon(agent: AgentView): Icon {
  switch (agent.state) {
    case 'queued':
      return { id: 'circle-outline' };
    case 'working':
    case 'reporting':
      return RUNNING_ICON[agent.status] ?? { id: 'loading~spin' };
    case 'done':
      return agent.defaulted ? { id: 'question', color: WARN } : { id: 'pass-filled', color: OK };
    case 'failed':
      return { id: 'error', color: ERROR };
    case 'lost':
      return { id: 'debug-disconnect', color: ERROR };
    case 'cancelled':
      return { id: 'debug-stop' };
  }
}

const joined = (parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join(' · ');

/** `working`, and from the first minute on `working 4 min`. */
const aged = (words: string, since: number | null, now: number): string =>
  since === null || now - since < 60_000 ? words : `${words} ${minutes(now - since)}`;

function fileRow(view: LoopView, agent: AgentView, file: AgentView['files'][number]): FileRow {
  const slash = file.path.lastIndexOf('/');
  const counts = file.added === null ? 'binary' : `+${file.added} −${file.removed ?? 0}`;
  return {
    kind: 'file',
    id: `${view.taskId}/${agent.id}/${file.path}`,
    taskId: view.taskId,
    label: visible(file.path.slice(slash + 1)),
    description: joined([slash > 0 ? visible(file.path.slice(0, slash)) : null, counts]),
    state: '',
    tooltip: () => l10n.t('{0}, {1} by {2}', visible(file.path), counts, agent.id),
    icon: { id: 'file' },
    context: 'file',
    expanded: false,
    children: [],
    path: file.path,
    agent,
  };
}

function agentTooltip(agent: AgentView, now: number): string {
  const lines = [`${agent.id}: ${agent.role}, ${agent.preset}`, agentState(agent)];
  if (agent.endedAt === null) lines.push(...agent.facts.map((fact) => visible(factText(fact, now))));
  if (agent.signals?.line) lines.push(`said: ${visible(agent.signals.line.text)}`);
  if (agent.startedAt !== null) {
    const end = agent.endedAt ?? now;
    lines.push(
      `${agent.endedAt === null ? l10n.t('running for') : l10n.t('took')} ${clockTime(end - agent.startedAt)}`,
    );
  }
  if (agent.attempt > 1) lines.push(l10n.t('attempt {0}', agent.attempt));
  if (agent.lingered) lines.push(l10n.t('lingered after its report, was ended'));
  if (agent.costUsd !== null) lines.push(`$${agent.costUsd.toFixed(2)}`);
  if (agent.branch) lines.push(agent.branch);
  if (agent.summary) lines.push(visible(agent.summary));
  return lines.join('\n');
}

/** When what the row says of a running agent began; null for one that has ended or not begun. */
const sinceOf = (agent: AgentView): number | null =>
  agent.startedAt === null || agent.endedAt !== null || isFinished(agent)
    ? null
    : (agent.statusSince ?? agent.startedAt);

function agentRow(view: LoopView, agent: AgentView, now: number): AgentRow {
  const context = [
    'agent',
    agent.role,
    ...(agent.worktree ? ['hasWorktree'] : []),
    ...(agent.folder ? ['hasFolder'] : []),
    ...(agent.state === 'working' ? ['working'] : []),
  ];
  const [reason] = agent.status === 'stuck' || agent.status === 'rate-limited' ? agent.facts : [];
  const iteration = agent.iteration > 0 ? l10n.t('it {0}', agent.iteration) : null;
  const attempt = agent.attempt > 1 ? l10n.t('attempt {0}', agent.attempt) : null;
  return {
    kind: 'agent',
    id: `${view.taskId}/${agent.id}`,
    taskId: view.taskId,
    label: agent.id,
    description: joined([
      aged(agentState(agent), sinceOf(agent), now),
      reason ? visible(factText(reason, now, minutes)) : null,
      iteration,
      diffText(agent.signals?.diff ?? agent),
      attempt,
    ]),
    state: joined([agentState(agent), iteration, attempt]),
    tooltip: (then) => agentTooltip(agent, then),
    icon: agentIcon(agent),
    context: context.join(' '),
    expanded: false,
    children: agent.files.map((file) => fileRow(view, agent, file)),
    agent,
  };
}

function validatorsRow(view: LoopView, rows: readonly AgentRow[]): GroupRow {
  const voted = rows.filter((row) => row.agent.score !== null).length;
  const reached = rows.some((row) => row.agent.state !== 'queued');
  const description = reached
    ? l10n.t('{0} of {1} voted', voted, rows.length)
    : l10n.t('{0}, not reached yet', rows.length);
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
  ].join(' ');
}

const loopTooltip = (view: LoopView) =>
  [
    visible(view.description),
    view.headline,
    joined([l10n.t('{0} mode', view.mode), visible(view.branch), costText(view)]),
  ]
    .filter((line) => line !== '')
    .join('\n');

export function loopRow(view: LoopView, now: number): LoopRow {
  const agents = view.agents.map((agent) => agentRow(view, agent, now));
  const of = (role: AgentView['role']) => agents.filter((row) => row.agent.role === role);
  const validators = of('validator');
  const iteration = view.iteration > 0 ? `it ${view.iteration}/${view.maxIterations}` : null;
  // What a running loop costs changes all the time, and drawing its row draws all rows below it.
  const cost = isActive(view) ? null : costText(view);
  return {
    kind: 'loop',
    id: view.taskId,
    taskId: view.taskId,
    label: taskTitle(view),
    description: joined([
      aged(loopState(view), view.waiting?.since ?? view.queuedSince, now),
      iteration,
      cost,
    ]),
    state: joined([loopState(view), iteration, cost]),
    tooltip: () => loopTooltip(view),
    icon: loopIcon(view),
    context: loopContext(view),
    expanded: isActive(view),
    children: [
      ...of('implementer'),
      ...(validators.length > 0 ? [validatorsRow(view, validators)] : []),
      ...of('product-owner'),
    ],
  };
}

const INBOX_ICON: Readonly<Partial<Record<InboxKind, string>>> = {
  decision: 'law',
  stuck: 'question',
  conflict: 'git-merge',
  'gate-failed-twice': 'error',
};

function answeredBy(item: InboxItem): string {
  if (item.kind === 'stuck') return 'cfn.answerStuck';
  return item.blocks ? 'cfn.decide' : 'cfn.showLoop';
}

/** What needs a person, longest wait first. */
export function inboxRows(views: readonly LoopView[], now: number): InboxRow[] {
  return inboxItems(views, now).map((item) => {
    const view = views.find(({ taskId }) => taskId === item.taskId);
    return {
      kind: 'inbox',
      id: `inbox/${item.id}`,
      taskId: item.taskId,
      agentId: item.agentId,
      label: visible(item.title),
      description: joined([view ? taskTitle(view, 40) : item.taskId, minutes(now - item.since)]),
      state: view ? taskTitle(view, 40) : item.taskId,
      tooltip: () => visible(item.detail),
      icon: { id: INBOX_ICON[item.kind] ?? 'bell-dot' },
      context: item.blocks ? 'inbox needsDecision' : `inbox ${item.kind}`,
      command: answeredBy(item),
      expanded: false,
      children: [],
    };
  });
}
