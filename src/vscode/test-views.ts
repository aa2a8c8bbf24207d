/** Loop views for tests and for the panel's development page. */
import type { AgentView, IterationView, LoopView } from '../app/projections/loop-view.ts';
import type { Calibration } from '../domain/calibration/calibration.ts';
import { blankAgent, blankView } from '../app/test-blank-view.ts';

export function agentView(change: Partial<AgentView> & Pick<AgentView, 'id'>): AgentView {
  const status = change.state === 'reporting' ? 'working' : (change.state ?? 'queued');
  return { ...blankAgent(change.id), status, ...change };
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
    tokens: 0,
    ...change,
  };
}

export const OVER_CONFIDENT = {
  preset: 'codex',
  model: null,
  role: 'implementer',
  runs: 10,
  held: 6,
  claimed: 0.92,
  brier: 0.34,
  gap: 0.32,
  badge: 'over-confident',
  unjudged: 0,
} as const satisfies Calibration;

export const loopView = (change: Partial<LoopView> = {}): LoopView => ({
  ...blankView('add-jwt-7k2m'),
  description: 'Add JWT authentication to the API',
  baseCommit: 'a'.repeat(40),
  ...change,
});
