/** From the projection to what the panel draws; pure. */
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import type { AgentStatus, PanelAgent, PanelLoop, StepStatus } from '../../protocol/webview.ts';
import {
  agentState,
  costText,
  isActive,
  isFinished,
  loopState,
  needsPerson,
  taskTitle,
  visible,
} from '../words.ts';
import { convergence } from './convergence.ts';
import { panelIterations } from './panel-iterations.ts';
import { consequences, recommendation } from '../consequences.ts';

const ORDER: readonly LoopView['step'][] = ['prepare', 'implement', 'gate', 'validate', 'decide', 'done'];
const POINTS = ['Task', 'Output', 'Extract', 'Mean', 'Gate', 'Review', 'Final'];

const STATUS: Readonly<Record<AgentView['state'], AgentStatus>> = {
  queued: 'queued',
  working: 'working',
  reporting: 'working',
  done: 'done',
  failed: 'failed',
  lost: 'lost',
  cancelled: 'cancelled',
};

function panelAgent(agent: AgentView): PanelAgent {
  return {
    id: agent.id,
    role: agent.role,
    preset: agent.preset,
    status: agent.state === 'done' && agent.defaulted ? 'no-vote' : STATUS[agent.state],
    word: agentState(agent),
    startedAt: agent.startedAt,
    endedAt: agent.endedAt,
    added: agent.added,
    removed: agent.removed,
    files: agent.files.length,
    cost: agent.costUsd === null ? null : `$${agent.costUsd.toFixed(2)}`,
    attempt: agent.attempt,
    line: visible(agent.summary),
    canOpen: agent.folder !== null,
  };
}

type Step = PanelLoop['steps'][number];

function counted(agents: readonly AgentView[], role: AgentView['role']): string {
  const crew = agents.filter((agent) => agent.role === role);
  const done = crew.filter(isFinished).length;
  const noun = role === 'implementer' ? 'agents' : 'votes';
  return `${done} of ${crew.length} ${noun} in`;
}

function status(view: LoopView, step: LoopView['step']): StepStatus {
  const here = ORDER.indexOf(view.step);
  const at = ORDER.indexOf(step);
  if (view.waiting && here === at) return 'need';
  const failed = failure(view, step);
  if (failed) return failed;
  if (view.outcome) return at < here && reached(view, step) ? 'done' : 'todo';
  if (here === at) return 'now';
  return at < here ? 'done' : 'todo';
}

/** A step of this iteration that did not pass. */
function failure(view: LoopView, step: LoopView['step']): StepStatus | null {
  const { gate, consensus, iteration } = view;
  if (step === 'gate' && gate?.iteration === iteration && !gate.passed) return 'bad';
  if (step !== 'validate' || consensus?.iteration !== iteration) return null;
  if (consensus.passed) return dissent(consensus) > 0 ? 'warning' : null;
  return view.step === 'decide' || view.step === 'done' ? 'warning' : 'bad';
}

/** An ended loop did not need to come through every step. */
function reached(view: LoopView, step: LoopView['step']): boolean {
  if (step === 'gate') return view.gate !== null;
  if (step === 'validate') return view.consensus !== null;
  if (step === 'decide') return view.decision !== null;
  return view.iteration > 0;
}

function steps(view: LoopView): Step[] {
  const { agents, gate, consensus } = view;
  const current = <T extends { readonly iteration: number }>(value: T | null) =>
    value?.iteration === view.iteration ? value : null;
  const gateNow = current(gate);
  const consensusNow = current(consensus);
  const implementers = agents.filter((agent) => agent.role === 'implementer');
  const preparing = view.running?.run === 'base' ? `Running ${visible(view.running.command)}` : null;
  const added = implementers.reduce((sum, agent) => sum + agent.added, 0);
  const removed = implementers.reduce((sum, agent) => sum + agent.removed, 0);
  return [
    {
      title: 'Implement',
      subtitle: 'Loop 3',
      status: view.step === 'prepare' && isActive(view) ? 'now' : status(view, 'implement'),
      lines: [
        preparing ?? (view.step === 'prepare' ? 'Preparing worktrees' : counted(agents, 'implementer')),
        added + removed > 0 ? `+${added} −${removed}` : '',
      ],
    },
    {
      title: 'Gate',
      subtitle: 'evidence',
      status: status(view, 'gate'),
      lines: gateNow
        ? [`Evidence ${gateNow.evidence}`, `Confidence ${gateNow.confidence.toFixed(2)}`]
        : (runningLines(view) ?? ['Tests on the combined work', '']),
    },
    {
      title: 'Validate',
      subtitle: 'Loop 2',
      status: status(view, 'validate'),
      lines: consensusNow
        ? [
            consensusNow.score === null
              ? 'Quorum missed: no consensus'
              : `Consensus ${consensusNow.score.toFixed(2)}`,
            `needs ${consensusNow.threshold.toFixed(2)}${dissent(consensusNow) > 0 ? `, ${dissent(consensusNow)} below` : ''}`,
          ]
        : ['Blind reviewers', view.step === 'validate' ? counted(agents, 'validator') : ''],
    },
    {
      title: 'Decide',
      subtitle: 'product owner',
      status: status(view, 'decide'),
      lines: decideLines(view),
    },
  ];
}

/** Null while no evidence command runs on the agents' work. */
function runningLines({ running }: LoopView): Step['lines'] | null {
  if (!running || running.run === 'base') return null;
  const how = running.run === 'left' ? 'as the agents left it' : 'with the tests put back';
  return [`Running ${visible(running.command).slice(0, 40)}`, how];
}

function decideLines(view: LoopView): Step['lines'] {
  const { waiting, decision } = view;
  const recommended = recommendation(view);
  if (waiting) return ['Waiting for you', recommended ? `${recommended.by}: ${recommended.decision}` : ''];
  return decision ? [decision.decision, `by ${decision.by}`] : ['Proceed, iterate or abort', ''];
}

/** Votes below the threshold that the mean hides. */
function dissent(consensus: NonNullable<LoopView['consensus']>): number {
  return consensus.votes.filter((vote) => vote.score !== null && vote.score < consensus.threshold).length;
}

function wayBack(view: LoopView): PanelLoop['wayBack'] {
  const count = view.feedback.length;
  const items = count === 1 ? '1 feedback item' : `${count} feedback items`;
  if (view.iteration > 1) {
    const from = `from iteration ${view.iteration - 1}`;
    return {
      text:
        count > 0
          ? `Iteration ${view.iteration} carries ${items} ${from}`
          : `Iteration ${view.iteration} goes on ${from}`,
      taken: true,
    };
  }
  return { text: 'A failed gate, a missed consensus or ITERATE leads back to Implement', taken: false };
}

function gateSentence(gate: NonNullable<LoopView['gate']>): string {
  const sure = gate.confidence >= gate.threshold;
  const mean = gate.confidence.toFixed(2);
  const needs = gate.threshold.toFixed(2);
  if (gate.evidence === 'failed') {
    return sure
      ? `The agents are sure (${mean}). The evidence is not. Evidence decides.`
      : `Evidence fails, and the agents are unsure (${mean}, needs ${needs}).`;
  }
  if (gate.evidence === 'unavailable') return 'Evidence is unavailable: not counted, and never a pass.';
  if (gate.evidence === 'unconfirmed') {
    return 'The tests pass only as the agents left them; validators confirm changed protected files.';
  }
  return sure
    ? `Evidence passes and the agents are sure (${mean}, needs ${needs}).`
    : `Evidence passes. The agents are unsure (${mean}, needs ${needs}).`;
}

const EVIDENCE_OK: Readonly<Record<NonNullable<LoopView['gate']>['evidence'], boolean | null>> = {
  passed: true,
  failed: false,
  unavailable: null,
  unconfirmed: null,
  none: null,
};

function transferPoints(view: LoopView): PanelLoop['transferPoints'] {
  return POINTS.map((name, index) => {
    const written = view.transferPoints.findLast((each) => each.point === index + 1);
    const state = written ? (written.verified ? 'verified' : 'differs') : 'open';
    const detail = written ? `written in iteration ${written.iteration}` : 'not written yet';
    const { key = null, sha256 = null } = written ?? {};
    return { point: index + 1, name, state, detail, key, sha256 };
  });
}

export function panelLoop(view: LoopView): PanelLoop {
  const { gate, consensus } = view;
  return {
    taskId: view.taskId,
    title: taskTitle(view, 120),
    description: visible(view.description),
    state: loopState(view),
    active: isActive(view),
    paused: view.paused,
    needsYou: needsPerson(view),
    mode: view.mode,
    branch: view.branch,
    iteration: view.iteration,
    maxIterations: view.maxIterations,
    startedAt: view.startedAt,
    endedAt: view.endedAt,
    cost: costText(view),
    hasResult: view.commit !== null,
    steps: steps(view),
    wayBack: wayBack(view),
    agents: view.agents.map(panelAgent),
    gate: gate && {
      iteration: gate.iteration,
      passed: gate.passed,
      evidence: gate.evidence,
      evidenceOk: EVIDENCE_OK[gate.evidence],
      confidence: gate.confidence,
      threshold: gate.threshold,
      sentence: gateSentence(gate),
      reasons: gate.reasons.map(visible),
    },
    consensus: consensus && {
      passed: consensus.passed,
      score: consensus.score,
      threshold: consensus.threshold,
      votes: consensus.votes.map((vote) => ({ agentId: vote.agentId, score: vote.score })),
    },
    decision: view.decision && { ...view.decision, reason: visible(view.decision.reason) },
    ask:
      view.waiting && isActive(view)
        ? {
            message: visible(view.waiting.message),
            since: view.waiting.since,
            choices: consequences(view).map(({ decision, text }) => ({
              decision,
              text,
              recommended: recommendation(view)?.decision === decision,
            })),
          }
        : null,
    feedback: view.feedback.map(visible),
    iterations: panelIterations(view),
    convergence: convergence(view),
    transferPoints: transferPoints(view),
  };
}

/** The top-level fields that differ; `null` when none does. */
export function loopPatch(before: PanelLoop, after: PanelLoop): Partial<PanelLoop> | null {
  const old = new Map<string, unknown>(Object.entries(before));
  const changed = Object.entries(after).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(old.get(key)),
  );
  return changed.length === 0 ? null : Object.fromEntries(changed);
}
