import { expect, it } from 'vitest';
import { agentView, loopView } from '../vscode/test-views.ts';
import { ITERATIONS_TOLD, statusFacts, whyFacts } from './loop-facts.ts';

const at = (iteration: number) => ({ taskId: 't', iteration, at: '2026-01-01T00:00:00Z', correlation: 'c' });
const gate = (iteration: number) => ({
  type: 'GateChecked',
  ...at(iteration),
  passed: false,
  threshold: 0.75,
  actualConfidence: 0.91,
  evidence: 'failed',
  reasons: ['npm test: 3 of 10 checks fail'],
});
const exited = { ...at(1), type: 'AgentExited', role: 'validator', attempt: 2, exitCode: 0, lingered: false };

it('gives the state of a loop without its folders, processes and prompts', () => {
  const waiting = { for: 'decision', since: 0, message: 'Decide iteration 2.' } as const;
  const agents = [agentView({ id: 'a', worktree: '/secret/place', pid: 7, summary: 'did it' })];
  const facts = statusFacts(loopView({ waiting, agents, description: 'x'.repeat(9000) }));
  expect(facts.waiting).toEqual({
    for: 'decision',
    since: '1970-01-01T00:00:00.000Z',
    message: 'Decide iteration 2.',
  });
  expect(facts.task).toHaveLength(500);
  expect(JSON.stringify(facts)).not.toMatch(/secret|"pid"|did it/);
});

it('tells what agents wait for an answer to', () => {
  const questions = [{ id: 'q1', at: 0, text: 'Which?', choices: ['A'] }];
  const agents = [agentView({ id: 'a', questions }), agentView({ id: 'b' })];
  const facts = statusFacts(loopView({ agents }));
  expect(facts.agents.map(({ asks }) => asks)).toEqual([[{ text: 'Which?', choices: ['A'] }], undefined]);
});

it('explains an iteration by what its events say: evidence, gate, votes, dissent, decision and failures', () => {
  const history = [
    { type: 'LoopStarted', ...at(0), mode: 'mvp' },
    {
      type: 'EvidenceCollected',
      ...at(1),
      run: 'left',
      command: 'npm test',
      status: 'failed',
      passed: 7,
      failed: 3,
      skipped: 0,
      commit: 'c',
    },
    { ...exited, agentId: 'v', ending: 'completed', defaulted: false },
    { ...exited, agentId: 'w', ending: 'idle', defaulted: true },
    gate(1),
    {
      type: 'ConsensusChecked',
      ...at(1),
      passed: true,
      threshold: 0.9,
      score: 0.92,
      votes: [{ agentId: 'v', score: 0.4 }],
      vetoes: [],
      dissent: ['v'],
    },
    { type: 'DecisionMade', ...at(1), decision: 'ITERATE', by: 'po', reason: 'Not yet.', defaulted: false },
  ];
  const [only] = whyFacts(loopView(), history, null).iterations;
  expect(only).toMatchObject({
    iteration: 1,
    evidence: [{ command: 'npm test', failed: 3 }],
    gate: { passed: false, reasons: ['npm test: 3 of 10 checks fail'] },
    consensus: { score: 0.92, dissent: ['v'] },
    decision: { decision: 'ITERATE', by: 'po', reason: 'Not yet.' },
    failures: [{ agentId: 'w', ending: 'idle' }],
  });
});

it('tells the newest iterations, or the one that was asked for', () => {
  const history = [1, 2, 3, 4, 5].map(gate);
  const told = (only: number | null) =>
    whyFacts(loopView(), history, only).iterations.map(({ iteration }) => iteration);
  expect(told(null)).toEqual([3, 4, 5].slice(-ITERATIONS_TOLD));
  expect(told(2)).toEqual([2]);
  expect(told(9)).toEqual([]);
});

it('leaves out what is not as the contract says, and makes nothing up', () => {
  const history = [{ ...gate(1), reasons: 'no list' }, { type: 'DecisionMade', iteration: '1' }, { x: 1 }];
  expect(whyFacts(loopView(), history, null).iterations).toEqual([
    {
      iteration: 1,
      evidence: [],
      gate: null,
      consensus: null,
      decision: null,
      failures: [],
      conflicts: [],
    },
  ]);
});
