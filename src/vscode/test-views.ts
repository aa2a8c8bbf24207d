/** Loop views for tests and for the panel's development page. */
import type { AgentView, IterationView, LoopView } from '../app/projections/loop-view.ts';

export function agentView(change: Partial<AgentView> & Pick<AgentView, 'id'>): AgentView {
  return {
    role: 'implementer',
    preset: 'demo',
    state: 'queued',
    iteration: 1,
    attempt: 1,
    worktree: null,
    branch: null,
    folder: null,
    pid: null,
    startedAt: null,
    endedAt: null,
    ending: null,
    lingered: false,
    defaulted: false,
    confidence: null,
    score: null,
    decision: null,
    summary: '',
    files: [],
    added: 0,
    removed: 0,
    usage: null,
    costUsd: null,
    ...change,
  };
}

export function iterationView(change: Partial<IterationView> & Pick<IterationView, 'number'>): IterationView {
  return {
    startedAt: 0,
    endedAt: null,
    outcome: null,
    steps: { implement: null, gate: null, validate: null, decide: null },
    passRate: null,
    confidence: null,
    score: null,
    findings: null,
    added: 0,
    removed: 0,
    costUsd: 0,
    costIncomplete: false,
    ...change,
  };
}

export function loopView(change: Partial<LoopView> = {}): LoopView {
  return {
    taskId: 'add-jwt-7k2m',
    description: 'Add JWT authentication to the API',
    mode: 'standard',
    strategy: 'race',
    step: 'implement',
    iteration: 1,
    maxIterations: 10,
    startedAt: 0,
    endedAt: null,
    baseCommit: 'a'.repeat(40),
    commit: null,
    branch: 'cfn/add-jwt-7k2m/result',
    paused: false,
    waiting: null,
    agents: [],
    transferPoints: [],
    breakpoints: [],
    held: null,
    thresholds: { gate: 0.75, consensus: 0.9, next: {} },
    gate: null,
    consensus: null,
    decision: null,
    iterations: [],
    outcome: null,
    stopReason: null,
    feedback: [],
    feedbackItems: [],
    nextFeedback: [],
    recommendation: null,
    decidedBy: 'agent-then-person',
    budgetUsd: null,
    costUsd: 0,
    costIncomplete: false,
    headline: '',
    ...change,
  };
}
