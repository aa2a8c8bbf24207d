/** Agents with the files that they changed. */
import { l10n } from 'vscode';
import type { RemovedWorktree } from '../../app/loop-notes.ts';
import type { Worktree } from '../../app/loop-service.ts';
import { factText } from '../../app/projections/status-words.ts';
import type { Collision, Trespass } from '../../app/review/live-collisions.ts';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import { collisionText, trespassText } from '../collision-words.ts';
import { containerFigures, containerLines, containerTrouble } from '../container-words.ts';
import { marksOf, markWords, shortMark } from '../mark-words.ts';
import { trustText } from '../trust-words.ts';
import {
  agentState,
  clockTime,
  diffText,
  isActive,
  isFinished,
  joined,
  minutes,
  sinceWords,
  visible,
} from '../words.ts';
import { ERROR, OK, WARN, type AgentRow, type FileRow, type Icon, type Row } from './row.ts';

/** What rows are made of besides the loops. */
export interface Around {
  /** Epoch milliseconds. */
  readonly now: number;
  /** What git listed at a time; null while it was not asked. */
  readonly worktrees: { readonly at: number; of(agent: AgentView): Worktree | undefined } | null;
  readonly shows: (agent: AgentView) => boolean;
  /** Where agents of the row's loop change the same files at the same time. */
  readonly inTheWay?: readonly Collision[];
  /** Where agents of the row's loop change files outside of their own parts. */
  readonly outside?: readonly Trespass[];
}

const QUEUED: Icon = { id: 'circle-outline' };
const WORKING: Icon = { id: 'loading~spin' };
const RUNNING: Readonly<Partial<Record<AgentView['status'], Icon>>> = {
  quiet: { id: 'circle-small-filled' },
  stuck: { id: 'question', color: WARN },
  'waiting-for-you': { id: 'bell-dot' },
  'rate-limited': { id: 'clockface', color: WARN },
};
const NO_VOTE: Icon = { id: 'question', color: WARN };
const DONE: Icon = { id: 'pass-filled', color: OK };
/** It voted, and nothing shows what the vote is worth. */
const MARKED: Icon = { id: 'pass', color: WARN };
const FAILED: Icon = { id: 'error', color: ERROR };
const LOST: Icon = { id: 'debug-disconnect', color: ERROR };
const CANCELLED: Icon = { id: 'debug-stop' };

function agentIcon(agent: AgentView, isMarked: boolean): Icon {
  switch (agent.state) {
    case 'queued':
      return QUEUED;
    case 'working':
    case 'reporting':
      return RUNNING[agent.status] ?? WORKING;
    case 'done':
      if (agent.defaulted) return NO_VOTE;
      return isMarked ? MARKED : DONE;
    case 'failed':
      return FAILED;
    case 'lost':
      return LOST;
    case 'cancelled':
      return CANCELLED;
  }
}

function fileRow({ taskId, agent }: AgentRow, file: AgentView['files'][number]): FileRow {
  const slash = file.path.lastIndexOf('/');
  const counts = file.added === null ? l10n.t('binary') : `+${file.added} −${file.removed ?? 0}`;
  return {
    kind: 'file',
    id: `${taskId}/${agent.id}/${file.path}`,
    taskId,
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

export const childrenOf = (row: Row): readonly Row[] =>
  row.kind === 'agent' ? row.files.map((file) => fileRow(row, file)) : row.children;

function worktreeLines({ moved, locked, portBase }: Worktree): readonly string[] {
  const lines: string[] = [];
  if (moved) {
    const to = visible(moved.to);
    lines.push(l10n.t('Its worktree was moved to {0}. Repair Worktrees takes it up there.', to));
  }
  if (locked === '') lines.push(l10n.t('Its worktree is locked.'));
  else if (locked !== null) lines.push(l10n.t('Its worktree is locked: {0}', visible(locked)));
  if (portBase !== null) lines.push(l10n.t('ports {0} to {1} are leased for it', portBase, portBase + 9));
  return lines;
}

const removedLine = ({ path, ref }: RemovedWorktree): string =>
  ref === null
    ? l10n.t('Its worktree {0} was removed; refs of the loop hold what lay in it.', visible(path))
    : l10n.t('Its worktree {0} was removed; {1} holds what lay in it.', visible(path), visible(ref));

function priceLines({ costUsd, endedAt }: AgentView): readonly string[] {
  if (costUsd !== null) return [`$${costUsd.toFixed(2)}`];
  return endedAt === null ? [] : [l10n.t('unknown price')];
}

function trustLines(agent: AgentView): readonly string[] {
  const trust = trustText(agent);
  return trust === null ? [] : [l10n.t('agents like it: {0}', trust)];
}

function tooltip(agent: AgentView, { worktree, removed }: Place, now: number): string {
  const lines = [`${agent.id}: ${agent.role}, ${agent.preset}`, agentState(agent), ...trustLines(agent)];
  if (agent.endedAt === null) lines.push(...agent.facts.map((fact) => visible(factText(fact, now))));
  for (const { text } of agent.questions) lines.push(l10n.t('asks: {0}', visible(text)));
  if (agent.signals?.line) lines.push(l10n.t('said: {0}', visible(agent.signals.line.text)));
  if (agent.startedAt !== null) {
    const time = clockTime((agent.endedAt ?? now) - agent.startedAt);
    lines.push(agent.endedAt === null ? l10n.t('running for {0}', time) : l10n.t('took {0}', time));
  }
  lines.push(...containerLines(agent.signals?.container));
  if (agent.attempt > 1) lines.push(l10n.t('attempt {0}', agent.attempt));
  if (agent.lingered) lines.push(l10n.t('lingered after its report, was ended'));
  lines.push(...priceLines(agent));
  if (agent.branch) lines.push(visible(agent.branch));
  if (worktree) lines.push(...worktreeLines(worktree));
  if (removed) lines.push(removedLine(removed));
  if (agent.summary) lines.push(visible(agent.summary));
  return lines.join('\n');
}

/** When what the row says of a running agent began; null for one that has ended or not begun. */
const sinceOf = (agent: AgentView): number | null =>
  agent.startedAt === null || agent.endedAt !== null || isFinished(agent)
    ? null
    : (agent.statusSince ?? agent.startedAt);

interface Place {
  readonly worktree: Worktree | undefined;
  /** There is a folder to look into. */
  readonly there: boolean;
  /** It had a worktree, and git or the disk has it no more where it was. */
  readonly gone: boolean;
  /** A person had its worktree removed. */
  readonly removed?: RemovedWorktree;
}

const NOWHERE: Place = { worktree: undefined, there: false, gone: false };

/** Validators and owners work in checkouts that are removed after use, and that git does not list. */
function placeOf({ removedWorktrees }: LoopView, agent: AgentView, { worktrees }: Around): Place {
  if (agent.worktree === null) return NOWHERE;
  if (agent.branch === null) return { worktree: undefined, there: agent.endedAt === null, gone: false };
  const worktree = worktrees?.of(agent);
  const removed = removedWorktrees?.find(({ agentId }) => agentId === agent.id);
  // What git listed before it was removed says nothing.
  if (removed && (!worktree || !worktrees || worktrees.at <= removed.at)) return { ...NOWHERE, removed };
  if (worktree?.moved) return { worktree, there: false, gone: true };
  if (worktree && !worktree.missing) return { worktree, there: true, gone: false };
  // One that began after git was asked is not missing.
  const gone = worktrees !== null && agent.startedAt !== null && agent.startedAt < worktrees.at;
  return { worktree, there: !gone, gone };
}

/** One that an ended agent worked in, and that git knows no more, may be gone by a clean-up. */
function goneText(agent: AgentView, { worktree, gone, removed }: Place): string | null {
  if (removed) return l10n.t('worktree removed');
  if (worktree?.moved) return l10n.t('worktree moved');
  return gone && (worktree || agent.endedAt === null) ? l10n.t('worktree missing') : null;
}

function placeContext(agent: AgentView, { worktree, there, removed }: Place): string {
  const isOwn = agent.branch !== null;
  let words = there ? ' hasWorktree' : '';
  if (worktree?.moved) words += ' moved';
  if (there && isOwn) words += ' ownWorktree';
  if (removed) words += ' restorable';
  if (isOwn && isFinished(agent) && (there || worktree?.missing)) words += ' removable';
  return words;
}

function contextOf(view: LoopView, agent: AgentView, place: Place, changed: boolean): string {
  let words = `agent ${agent.role}${placeContext(agent, place)}`;
  if (place.there && changed) words += ' hasChanges';
  if (agent.folder) words += ' hasFolder';
  if (agent.state === 'working') words += ' working';
  if (agent.signals?.container?.state === 'running') words += ' inContainer';
  if (agent.questions.length > 0) words += ' asks';
  if (isActive(view) && agent.startedAt !== null) words += ' started';
  return words;
}

/** With whom it is in the way, and how; null with nobody. */
function sharesText(agent: AgentView, collides: readonly Collision[]): string | null {
  const others = (of: readonly Collision[]) =>
    [...new Set(of.flatMap(({ agents }) => agents).filter((id) => id !== agent.id))].join(', ');
  const lines = collides.filter(({ kind }) => kind === 'overlapping');
  if (lines.length > 0) return l10n.t('same lines as {0}', others(lines));
  return collides.length === 0 ? null : l10n.t('same files as {0}', others(collides));
}

/** Whose files it changes that are not in its own part; null where it keeps to that. */
function outsideText(trespasses: readonly Trespass[]): string | null {
  const owners = [...new Set(trespasses.flatMap((each) => each.owners))];
  if (owners.length > 0) return l10n.t('in the part of {0}', owners.join(', '));
  return trespasses.length === 0 ? null : l10n.t('outside its part');
}

/** Whose newest fact stands in the row. */
const SAYS_WHY: ReadonlySet<AgentView['status']> = new Set(['stuck', 'rate-limited', 'queued']);

/** The same few words for a thousand rows. */
const iterationWords = new Map<number, string>();
function iterationText(iteration: number): string | null {
  if (iteration === 0) return null;
  const known = iterationWords.get(iteration);
  if (known !== undefined) return known;
  const words = l10n.t('it {0}', iteration);
  iterationWords.set(iteration, words);
  return words;
}

export function agentRow(view: LoopView, agent: AgentView, around: Around): AgentRow {
  const [reason] = SAYS_WHY.has(agent.status) ? agent.facts : [];
  const iteration = iterationText(agent.iteration);
  const words = agentState(agent);
  const attempt = agent.attempt > 1 ? l10n.t('attempt {0}', agent.attempt) : null;
  const place = placeOf(view, agent, around);
  const gone = goneText(agent, place);
  const port = place.there && place.worktree?.portBase != null ? `:${place.worktree.portBase}` : null;
  const changes = agent.signals?.diff ?? agent;
  const collides = (around.inTheWay ?? []).filter(({ agents }) => agents.includes(agent.id));
  const outside = (around.outside ?? []).filter(({ agentId }) => agentId === agent.id);
  const container = agent.signals?.container;
  const trouble = containerTrouble(container);
  const marks = marksOf(view, agent);
  const mark = shortMark(marks);
  const shares = joined([sharesText(agent, collides), outsideText(outside)]) || null;
  return {
    kind: 'agent',
    id: `${view.taskId}/${agent.id}`,
    taskId: view.taskId,
    label: agent.id,
    description: joined([
      sinceWords(words, sinceOf(agent), around.now),
      mark,
      reason ? visible(factText(reason, around.now, minutes)) : null,
      gone,
      trouble,
      shares,
      iteration,
      diffText(changes),
      ...containerFigures(container),
      attempt,
      port,
    ]),
    state: joined([
      words,
      mark,
      agent.status === 'queued' && reason ? reason.text : null,
      gone,
      trouble,
      shares,
      iteration,
      attempt,
      port,
    ]),
    tooltip: (then) =>
      [
        tooltip(agent, place, then),
        ...markWords(marks),
        ...collides.map(collisionText),
        ...outside.map(trespassText),
      ].join('\n'),
    icon: agentIcon(agent, mark !== null),
    context: contextOf(view, agent, place, changes.files.length > 0),
    expanded: false,
    children: [],
    agent,
    files: changes.files,
  };
}
