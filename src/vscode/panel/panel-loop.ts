/** From the projection to what the panel draws; pure. */
import { l10n } from 'vscode';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelAgent, PanelLoop, StepStatus } from '../../protocol/panel-loop.ts';
import type { ToPanel } from '../../protocol/webview.ts';
import { costText, isActive, loopState, needsPerson, taskTitle, visible } from '../words.ts';
import { changesOf } from './agent-standing.ts';
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

/** What the panel was told last, with the views it was made of: what did not change is not made again. */
export interface Drawn {
  readonly views: ReadonlyMap<string, AgentView>;
  readonly loop: PanelLoop;
}

export function drawLoop(view: LoopView, around: Around, before: Drawn | null): Drawn {
  const known = new Map(before?.loop.agents.map((agent) => [agent.id, agent]));
  const agents = view.agents.map((agent) => {
    const old = before?.views.get(agent.id);
    const drawn = known.get(agent.id);
    return old && drawn && sameAgent(old, agent) ? drawn : panelAgent(agent);
  });
  return {
    views: new Map(view.agents.map((agent) => [agent.id, agent])),
    loop: panelLoop(view, around, agents),
  };
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
        : { limit: dollars(budgetUsd), share: budgetUsd === 0 ? 1 : Math.min(1, view.costUsd / budgetUsd) },
    hasResult: view.commit !== null,
    steps: panelSteps(view),
    open: openStep(view),
    wayBack: wayBack(view),
    agents,
    gate: gate && panelGate(gate),
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

function stateOf(view: LoopView): Pick<PanelLoop, 'state' | 'stateStatus'> {
  const { iteration, gate, consensus, waiting, outcome } = view;
  if (outcome)
    return { state: capital(loopState(view)), stateStatus: outcome === 'PROCEED' ? 'done' : 'todo' };
  if (waiting) {
    const limit = waiting.for === 'budget' && view.budgetUsd !== null;
    const state = limit
      ? l10n.t('Paused at the {0} limit', dollars(view.budgetUsd ?? 0))
      : capital(loopState(view));
    return { state, stateStatus: 'need' };
  }
  if (view.paused) return { state: l10n.t('Paused by you'), stateStatus: 'todo' };
  if (gate?.iteration === iteration && !gate.passed) {
    return { state: l10n.t('Gate failed, iterating'), stateStatus: 'bad' };
  }
  if (consensus?.iteration === iteration && !consensus.passed) {
    return { state: l10n.t('Consensus missed, iterating'), stateStatus: 'bad' };
  }
  return { state: capital(loopState(view)), stateStatus: 'now' satisfies StepStatus };
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
export function loopDelta(before: PanelLoop, after: PanelLoop): Delta | null {
  const { agents: oldAgents, ...old } = before;
  const { agents: newAgents, ...next } = after;
  const sent = new Map<string, unknown>(Object.entries(old));
  const patch = Object.fromEntries(
    Object.entries(next).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(sent.get(key))),
  );
  const known = new Map(oldAgents.map((agent) => [agent.id, agent]));
  const changed = newAgents.filter((agent) => {
    const other = known.get(agent.id);
    return other !== agent && JSON.stringify(other) !== JSON.stringify(agent);
  });
  const sameOrder =
    oldAgents.length === newAgents.length &&
    newAgents.every((agent, index) => agent.id === oldAgents[index]?.id);
  if (changed.length === 0 && sameOrder && Object.keys(patch).length === 0) return null;
  return { patch, agents: { changed, order: sameOrder ? null : newAgents.map((agent) => agent.id) } };
}
