/** From the projection to what the panel draws; pure. */
import { l10n } from 'vscode';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelAgent, PanelLoop, StepStatus } from '../../protocol/panel-loop.ts';
import type { ToPanel } from '../../protocol/webview.ts';
import { changesOf, costText, isActive, loopState, needsPerson, taskTitle, visible } from '../words.ts';
import { convergence } from './convergence.ts';
import { explanations } from './explain.ts';
import { count, dollars } from './figures.ts';
import { panelAgent, sameAgent } from './panel-agent.ts';
import { panelAsk, panelDecision } from './panel-ask.ts';
import { panelBanners, type Around } from './panel-banners.ts';
import { panelConsensus } from './panel-consensus.ts';
import { feedbackOf, panelFeedback, panelGate } from './panel-gate.ts';
import { panelIterations } from './panel-iterations.ts';
import { panelHeld, panelPoints } from './panel-points.ts';
import { openStep, panelSteps, wayBack } from './panel-steps.ts';

/** What the panel was told last, with what it was made of: what did not change is not made again. */
export interface Drawn {
  readonly views: readonly AgentView[];
  readonly loop: PanelLoop;
  /** Everything but the agents, field by field, as JSON text. */
  readonly texts: ReadonlyMap<string, string | undefined>;
}

export function drawLoop(view: LoopView, around: Around, before: Drawn | null): Drawn {
  const agents = view.agents.map((agent, index) => {
    const old = before?.views[index];
    const drawn = before?.loop.agents[index];
    return old && drawn && old.id === agent.id && sameAgent(old, agent) ? drawn : panelAgent(agent);
  });
  const loop = panelLoop(view, around, agents);
  const { agents: _, ...fields } = loop;
  const texts = new Map(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]));
  return { views: view.agents, loop, texts };
}

function panelLoop(view: LoopView, around: Around, agents: PanelAgent[]): PanelLoop {
  const { gate, consensus, budgetUsd } = view;
  return {
    taskId: view.taskId,
    title: taskTitle(view, 120),
    description: visible(view.description),
    ...stateOf(view),
    active: isActive(view),
    paused: view.paused,
    needs: Number(needsPerson(view)) + agents.filter((agent) => agent.status === 'waiting').length,
    mode: view.mode,
    branch: visible(view.branch),
    iteration: view.iteration,
    maxIterations: view.maxIterations,
    startedAt: view.startedAt,
    endedAt: view.endedAt,
    cost: costText(view),
    budget:
      budgetUsd === null
        ? null
        : { limit: dollars(budgetUsd), share: budgetShare(view.costUsd + view.assumedUsd, budgetUsd) },
    hasResult: view.commit !== null,
    steps: panelSteps(view),
    open: openStep(view),
    wayBack: wayBack(view),
    agents,
    gate: gate && panelGate(view, gate),
    consensus: consensus && panelConsensus(view, consensus),
    decision: panelDecision(view),
    ask: panelAsk(view),
    feedback: feedbackOf(view),
    nextFeedback: panelFeedback(view.nextFeedback),
    iterations: panelIterations(view),
    convergence: convergence(view),
    points: panelPoints(view),
    held: panelHeld(view),
    banners: panelBanners(view, around),
    overlap: overlap(view),
    explain: explanations(view),
  };
}

const budgetShare = (spent: number, budget: number): number =>
  budget === 0 ? 1 : Math.min(1, spent / budget);

function stateOf(view: LoopView): Pick<PanelLoop, 'state' | 'stateStatus'> {
  const { waiting, outcome } = view;
  if (outcome)
    return { state: capital(loopState(view)), stateStatus: outcome === 'PROCEED' ? 'done' : 'todo' };
  if (view.fault) return { state: capital(loopState(view)), stateStatus: 'bad' };
  if (waiting) {
    const limit = waiting.for === 'budget' && view.budgetUsd !== null;
    const state = limit
      ? l10n.t('Paused at the {0} limit', dollars(view.budgetUsd ?? 0))
      : capital(loopState(view));
    return { state, stateStatus: 'need' };
  }
  if (view.paused) return { state: l10n.t('Paused by you'), stateStatus: 'todo' };
  if (view.queuedSince !== null) return { state: l10n.t('Queued'), stateStatus: 'todo' };
  const missed = missedIn(view);
  if (missed !== null) return { state: missed, stateStatus: 'bad' };
  return { state: capital(loopState(view)), stateStatus: 'now' satisfies StepStatus };
}

function missedIn({ iteration, gate, consensus }: LoopView): string | null {
  if (gate?.iteration === iteration && !gate.passed) return l10n.t('Gate failed, iterating');
  return consensus?.iteration === iteration && !consensus.passed
    ? l10n.t('Consensus missed, iterating')
    : null;
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** Files that more than one implementer changes now. */
function overlap(view: LoopView): PanelLoop['overlap'] {
  const crew = view.agents.filter((agent) => agent.role === 'implementer');
  if (crew.length < 2 || !isActive(view) || view.strategy === 'race') return null;
  const editors = new Map<string, number>();
  for (const agent of crew) {
    for (const { path } of changesOf(agent).files) editors.set(path, (editors.get(path) ?? 0) + 1);
  }
  const shared = [...editors].filter(([, number]) => number > 1);
  const [first] = shared;
  if (!first) return { text: l10n.t('No overlapping edits between agents'), warn: false };
  const more = shared.length > 1 ? l10n.t(' and {0}', count(shared.length - 1, 'more file')) : '';
  return { text: l10n.t('{0} agents edit {1}{2}', first[1], visible(first[0]), more), warn: true };
}

type Delta = Pick<Extract<ToPanel, { type: 'delta' }>, 'patch' | 'agents'>;

/** What differs; `null` when nothing does. */
export function loopDelta(before: Drawn, after: Drawn): Delta | null {
  const patch = Object.fromEntries(
    Object.entries(after.loop).filter(
      ([name]) => name !== 'agents' && before.texts.get(name) !== after.texts.get(name),
    ),
  );
  const agents = agentsDelta(before.loop.agents, after.loop.agents);
  if (agents.changed.length === 0 && agents.order === null && Object.keys(patch).length === 0) return null;
  return { patch, agents };
}

function agentsDelta(before: readonly PanelAgent[], after: readonly PanelAgent[]): Delta['agents'] {
  const sameOrder =
    before.length === after.length &&
    after.every((agent, index) => agent === before[index] || agent.id === before[index]?.id);
  const known = sameOrder ? null : new Map(before.map((agent) => [agent.id, agent]));
  const changed = after.filter((agent, index) => {
    const other = known === null ? before[index] : known.get(agent.id);
    return other !== agent && JSON.stringify(other) !== JSON.stringify(agent);
  });
  return { changed, order: sameOrder ? null : after.map((agent) => agent.id) };
}
