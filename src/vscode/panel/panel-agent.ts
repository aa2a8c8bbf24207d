/** One agent's row; pure. */
import { l10n } from 'vscode';
import type { ContainerLook } from '../../app/projections/agent-signals.ts';
import type { AgentView } from '../../app/projections/loop-view.ts';
import type { AgentAction, AgentStatus, PanelAgent } from '../../protocol/panel-loop.ts';
import { isAsked } from '../../app/projections/inbox.ts';
import { containerLines, CONTAINER_WORDS, cpuText, memoryText } from '../container-words.ts';
import { panelTrust } from '../trust-words.ts';
import { changesOf, visible, visibleLines } from '../words.ts';
import { count, dollars } from './figures.ts';

const STATUS: Readonly<Record<AgentView['status'], AgentStatus>> = {
  queued: 'queued',
  working: 'working',
  quiet: 'quiet',
  stuck: 'stuck',
  'waiting-for-you': 'waiting',
  'rate-limited': 'limited',
  done: 'done',
  failed: 'failed',
  lost: 'lost',
  cancelled: 'cancelled',
};

const WORD: Readonly<Record<AgentStatus, string>> = {
  queued: l10n.t('Not started'),
  working: l10n.t('Working'),
  quiet: l10n.t('Quiet'),
  stuck: l10n.t('Stuck?'),
  waiting: l10n.t('Waiting for you'),
  limited: l10n.t('Rate-limited'),
  done: l10n.t('Done'),
  'no-vote': l10n.t('No vote'),
  failed: l10n.t('Failed'),
  lost: l10n.t('Lost'),
  cancelled: l10n.t('Cancelled'),
};

const RUNNING: ReadonlySet<AgentStatus> = new Set(['working', 'quiet', 'stuck', 'waiting', 'limited']);

export function panelAgent(agent: AgentView): PanelAgent {
  const { signals, facts } = agent;
  const status = agent.state === 'done' && agent.defaulted ? 'no-vote' : STATUS[agent.status];
  const diff = changesOf(agent);
  return {
    id: agent.id,
    role: agent.role,
    preset: agent.attempt > 1 ? l10n.t('{0}, attempt {1}', agent.preset, agent.attempt) : agent.preset,
    status,
    word: WORD[status],
    signals: facts.map(({ text, at, age }) => ({ text: visible(text), at, age })),
    startedAt: agent.startedAt,
    endedAt: agent.endedAt,
    added: diff.added,
    removed: diff.removed,
    files: diff.files.length,
    ...spent(agent),
    line: visible(signals?.line?.text ?? agent.summary),
    container: panelContainer(signals?.container),
    pulse: signals && { endsAt: signals.pulse.endsAt, bytes: [...signals.pulse.bytes] },
    questions: agent.questions.map(({ id, text, choices }) => ({
      id,
      text: visibleLines(text),
      choices: choices.map(visible),
    })),
    actions: actionsOf(agent, status, diff.files.length),
    ladder: ladder(signals),
    trust: panelTrust(agent),
  };
}

function panelContainer(look: ContainerLook | undefined): PanelAgent['container'] {
  if (look === undefined) return null;
  const { state, cores, coreLimit, memoryBytes, memoryLimitBytes } = look;
  const figure = (text: string | null, share: number) => (text === null ? null : { text, share });
  return {
    word: CONTAINER_WORDS[state],
    trouble: state !== 'running' && state !== 'created',
    memory: figure(memoryText(look), (memoryBytes ?? 0) / memoryLimitBytes),
    cpu: figure(cpuText(look), (cores ?? 0) / coreLimit),
    hint: containerLines(look).join('\n'),
  };
}

/** What its runner told so far counts until the loop has counted it. */
function spent({ costUsd, usage, startedAt, signals }: AgentView): Pick<PanelAgent, 'cost' | 'tokens'> {
  const used = usage ?? signals?.usage ?? null;
  const cost = costUsd ?? signals?.costUsd ?? null;
  const unknown = startedAt === null ? null : 'unkn.';
  return {
    cost: cost === null ? unknown : dollars(cost),
    tokens: used === null ? null : l10n.t('{0} tokens', (used.input + used.output).toLocaleString()),
  };
}

function actionsOf(agent: AgentView, status: AgentStatus, files: number): AgentAction[] {
  const running = RUNNING.has(status) && agent.state === 'working';
  return [
    ...(agent.questions.length > 0 ? (['reply'] as const) : []),
    ...(running && isAsked(agent) ? (['answer'] as const) : []),
    ...(running ? (['nudge', 'takeOver'] as const) : []),
    ...(agent.startedAt !== null ? (['retry'] as const) : []),
    ...(agent.worktree !== null && files > 0 ? (['diff'] as const) : []),
    ...(agent.folder === null ? [] : (['terminal', 'transcript'] as const)),
    ...(agent.signals?.container?.state === 'running' ? (['shell'] as const) : []),
    ...(agent.worktree === null ? [] : (['worktree'] as const)),
  ];
}

function ladder(signals: AgentView['signals']): string | null {
  const nudges = signals?.nudges ?? [];
  const last = nudges.at(-1);
  if (!last) return null;
  const what = {
    waiting: l10n.t('it is read at the end of the turn'),
    delivered: l10n.t('it was delivered'),
    refused: visible(last.why),
  }[last.state];
  return l10n.t('Nudged {0}; {1}', nudges.length === 1 ? 'once' : count(nudges.length, 'time'), what);
}

/**
 * The fields that a row is made of. Rows of agents about which none of them changed are not made again: with a
 * thousand agents that is nearly all of them.
 */
export const sameAgent = (one: AgentView, other: AgentView): boolean =>
  one === other || (sameStanding(one, other) && sameWork(one, other));

// Field by field: a list of their names would cost most of the time.
const sameStanding = (one: AgentView, other: AgentView): boolean =>
  one.state === other.state &&
  one.status === other.status &&
  one.signals === other.signals &&
  one.care === other.care &&
  one.startedAt === other.startedAt &&
  one.endedAt === other.endedAt &&
  one.attempt === other.attempt &&
  one.defaulted === other.defaulted &&
  sameFacts(one.facts, other.facts) &&
  sameQuestions(one.questions, other.questions);

const sameWork = (one: AgentView, other: AgentView): boolean =>
  one.added === other.added &&
  one.removed === other.removed &&
  one.files.length === other.files.length &&
  one.costUsd === other.costUsd &&
  one.usage === other.usage &&
  one.summary === other.summary &&
  one.folder === other.folder &&
  one.worktree === other.worktree &&
  one.preset === other.preset &&
  sameFigures(one.calibration, other.calibration);

const sameFigures = (one: AgentView['calibration'], other: AgentView['calibration']): boolean =>
  one === other ||
  (one?.runs === other?.runs && one?.held === other?.held && one?.claimed === other?.claimed);

/** What is asked under an id stays as it is. */
const sameQuestions = (some: AgentView['questions'], others: AgentView['questions']): boolean =>
  some.length === others.length && some.every(({ id }, index) => id === others[index]?.id);

const sameFacts = (some: AgentView['facts'], others: AgentView['facts']): boolean =>
  some.length === others.length &&
  some.every((fact, index) => fact.text === others[index]?.text && fact.at === others[index].at);
