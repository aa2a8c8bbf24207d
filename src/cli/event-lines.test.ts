import { expect, it } from 'vitest';
import { eventLine } from './event-lines.ts';

const line = (type: string, fields: Record<string, unknown> = {}) =>
  eventLine({ type, taskId: 't1', iteration: 2, at: '2026-01-02T03:04:05.678Z', ...fields });

it.each([
  [
    'LoopStarted',
    {
      mode: 'mvp',
      gateThreshold: 0.7,
      consensusThreshold: 0.8,
      maxIterations: 10,
      baseCommit: 'a'.repeat(40),
      strategy: 'race',
    },
    't1 started: mvp, gate 0.70, consensus 0.80, at most 10 iterations, base aaaaaaaaaa',
  ],
  [
    'TransferPoint',
    { point: 5, key: 'gate:t1', sha256: 'x', verified: false },
    'transfer point 5 NOT verified (gate:t1)',
  ],
  [
    'AgentStarted',
    { agentId: 'api', role: 'implementer', attempt: 1 },
    'api started (implementer, attempt 1)',
  ],
  [
    'AgentExited',
    { agentId: 'api', ending: 'completed', confidence: 0.92, lingered: true, defaulted: false },
    'api completed, confidence 0.92 (had to be ended)',
  ],
  [
    'AgentExited',
    { agentId: 'v', ending: 'timeout', score: 0, defaulted: true },
    'v timeout, score 0.00 (no vote)',
  ],
  [
    'AgentExited',
    { agentId: 'api', ending: 'failed', confidence: 0.9, failure: 'its worktree\nis \u001bgone' },
    'api failed, confidence 0.90: its worktree is \uFFFDgone',
  ],
  [
    'AgentExited',
    { agentId: 'po', ending: 'completed', decision: 'PROCEED' },
    'po completed, decision PROCEED',
  ],
  [
    'Integrated',
    { commit: 'b'.repeat(40), agents: ['api', 'web'], conflicts: [{}] },
    'integrated bbbbbbbbbb from api, web, 1 in conflict',
  ],
  [
    'EvidenceCollected',
    { run: 'left', status: 'passed', command: 'npm test', passed: 3, failed: 0, skipped: 1 },
    'evidence (left) passed: npm test, 3 passed, 0 failed, 1 skipped',
  ],
  [
    'GateChecked',
    {
      passed: false,
      threshold: 0.75,
      actualConfidence: 0.7,
      evidence: 'failed',
      reasons: ['Red.', 'Unsure.'],
    },
    'gate FAILED: confidence 0.70 of 0.75, evidence failed: Red. Unsure.',
  ],
  ['ConsensusChecked', { passed: true, threshold: 0.9, score: 0.95 }, 'consensus PASSED: 0.95 of 0.90'],
  [
    'ConsensusChecked',
    { passed: false, threshold: 0.9, score: 0.97, vetoes: ['v1', 'v3'] },
    'consensus FAILED: 0.97 of 0.90, stopped by what v1, v3 proved',
  ],
  [
    'ClaimJudged',
    { agentId: 'v1', command: 'npm test', outcome: 'proven' },
    'the proof of v1, npm test, fails: proven',
  ],
  ['ConsensusChecked', { passed: false, threshold: 0.9, score: null }, 'consensus FAILED: – of 0.90'],
  [
    'DecisionMade',
    { decision: 'ABORT', by: 'po', reason: '', defaulted: true },
    'decision ABORT by po (no valid answer)',
  ],
  [
    'AgentExited',
    { agentId: 'api', ending: 'completed', confidence: 0.9, leftOut: ['libs/engine'] },
    'api completed, confidence 0.90 (changes in the submodule "libs/engine" are no part of the result)',
  ],
  ['BudgetWarned', { spentUsd: 4.1, budgetUsd: 5 }, 'budget nearly spent: $4.10 of $5.00'],
  ['LoopWaiting', { for: 'budget' }, 'waiting for a person (budget)'],
  ['LoopResumed', {}, 'going on'],
  [
    'LoopWaiting',
    {
      for: 'question',
      taskId: 't1',
      agentId: 'api',
      questionId: 'q1',
      question: 'Which\n\u001b[2Jone?',
      choices: ['A', 'B'],
    },
    'api asks: Which \uFFFD[2Jone? (A | B); answer with: cfn answer t1 "TEXT" --agent api --question q1',
  ],
  ['LoopResumed', { for: 'question', agentId: 'api', answer: 'A' }, 'api got an answer: A'],
  ['LoopResumed', { for: 'question', agentId: 'api', answer: null }, 'api waits for no answer any more'],
  [
    'LoopFinished',
    {
      outcome: 'PROCEED',
      iterations: 2,
      branch: 'cfn/t1/result',
      commit: 'c'.repeat(40),
      stopReason: 'passed',
    },
    'PROCEED after 2 iterations: passed; the result is cfn/t1/result (cccccccccc), bring it home with: cfn merge t1',
  ],
  [
    'LoopFinished',
    {
      outcome: 'ABORT',
      iterations: 1,
      branch: 'cfn/t1/result',
      commit: 'c'.repeat(40),
      stopReason: 'decided',
    },
    'ABORT after 1 iteration: decided; its work is kept in cfn/t1/result (cccccccccc)',
  ],
  [
    'LoopFinished',
    { outcome: 'ABORT', iterations: 1, branch: null, commit: null, stopReason: 'no changes' },
    'ABORT after 1 iteration: no changes',
  ],
  ['SomethingNew', {}, 'SomethingNew'],
])('says %s in one line for people', (type, fields, expected) => {
  expect(line(type, fields)).toBe(`03:04:05 it 2  ${expected}`);
});
