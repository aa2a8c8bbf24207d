import { describe, expect, it } from 'vitest';
import {
  implementer,
  passing,
  startedLoop,
  testConfig,
  type Answers,
  type TestLoop,
} from '../domain/loop/test-loop.ts';
import type { LoopState } from '../domain/loop/state.ts';
import { transferPointSchemas } from '../protocol/transfer-points.ts';
import {
  aggregation,
  assignment,
  extractedFeedback,
  finalResult,
  gateResult,
  handoff,
  workerOutput,
} from './transfer-payloads.ts';

const code = { text: '+const a = 1;', truncated: false, command: 'git diff' };

/** A loop whose implementer reports an issue of each severity. */
const withIssues: Answers['agent'] = (id, role, i, a) =>
  role === 'implementer'
    ? {
        result: {
          role: 'implementer',
          confidence: 0.92,
          summary: 'done',
          files: ['auth.js'],
          issues: [
            { severity: 'critical', text: 'Add input validation', file: 'auth.js', line: 3 },
            { severity: 'warning', text: 'Consider rate limiting' },
            { severity: 'suggestion', text: 'Add 2FA support' },
          ],
        },
      }
    : passing(id, role, i, a);

function parts(loop: TestLoop) {
  const state = loop.state as LoopState;
  const record = state.current;
  const exit = record?.implementers[0]?.state;
  if (!record || exit?.kind !== 'settled') throw new Error('Nobody worked');
  return { state, record, exit: exit.exit };
}

function ended(agent: Answers['agent'] = withIssues, change: Parameters<typeof startedLoop>[0] = {}) {
  const loop = startedLoop(change);
  loop.run({ agent });
  return parts(loop);
}

describe('what is handed over', () => {
  it('[FL-061] [FL-101] [FL-144] is at point 1 the task as it was given', () => {
    const { state, record } = ended();
    expect(assignment(state, record)).toMatchObject({
      taskId: 'task-001',
      description: 'Implement authentication',
      requirements: ['JWT', 'Password hashing'],
      priority: 'high',
      workers: [{ workerId: 'implementer-1' }],
    });
  });

  it('[FL-062] [FL-066] [FL-100] [FL-144] carries one confidence through points 2 to 6', () => {
    const { state, record, exit } = ended();
    expect([
      workerOutput(record, exit, code, 1).confidence,
      extractedFeedback(state, record, 'main').extractedConfidence,
      aggregation(state, record, 'main').aggregatedConfidence,
      gateResult(state, record).actualConfidence,
      handoff(state, record, 'validators', code).originalConfidence,
      handoff(state, record, 'product-owner', code).originalConfidence,
    ]).toEqual([0.92, 0.92, 0.92, 0.92, 0.92, 0.92]);
  });

  it('[FL-063] [X-07] is at point 3 what the implementers reported, then what the validators found too', () => {
    const { state, record } = ended();
    expect(extractedFeedback(state, record, 'main')).toMatchObject({
      critical: ['auth.js:3: Add input validation'],
      warnings: ['Consider rate limiting'],
      suggestions: ['Add 2FA support'],
      source: 'implementers',
    });
    const reviewed = ended((id, role, i, a) =>
      id === 'validator-1'
        ? {
            result: {
              role: 'validator',
              score: 0.9,
              findings: [{ severity: 'warning', text: 'slow' }],
              confirmed: [],
            },
          }
        : withIssues(id, role, i, a),
    );
    expect(extractedFeedback(reviewed.state, reviewed.record, 'review')).toMatchObject({
      warnings: ['Consider rate limiting', 'slow'],
      source: 'validators',
    });
  });

  it('[FL-064] [X-07] is at point 4 the aggregate over reports, then over votes', () => {
    const { state, record } = ended();
    expect(aggregation(state, record, 'main')).toMatchObject({
      consensusReached: true,
      reviewerCount: 1,
      source: 'implementers',
    });
    expect(aggregation(state, record, 'review')).toMatchObject({
      aggregatedConfidence: 0.95,
      consensusReached: true,
      reviewerCount: 3,
      source: 'validators',
    });
  });

  it('[FL-066] [FL-102] [FL-146] is at point 6 task, code, feedback and confidence', () => {
    const { state, record } = ended();
    expect(handoff(state, record, 'validators', code)).toMatchObject({
      taskId: 'task-001',
      code: '+const a = 1;',
      feedback: ['auth.js:3: Add input validation', 'Consider rate limiting', 'Add 2FA support'],
      consensus: 0.95,
      context: { description: 'Implement authentication', requirements: ['JWT', 'Password hashing'] },
    });
  });

  it('[FL-067] [FL-103] [FL-147] [X-06] is at point 7 the whole history, with what git says of the merge', () => {
    const { state } = ended((id, role, i, a) =>
      role === 'implementer' ? implementer(i === 1 ? 0.5 : 0.93) : passing(id, role, i, a),
    );
    const end = {
      outcome: 'PROCEED',
      stopReason: 'passed',
      commit: 'c',
      branch: 'b',
      mergedToMain: false,
    } as const;
    const final = finalResult(state, end);
    expect(final).toMatchObject({
      approved: true,
      reviewerConfidence: 0.95,
      mergedToMain: false,
      iterations: 2,
      decision: 'PROCEED',
      context: { description: 'Implement authentication', requirements: ['JWT', 'Password hashing'] },
      history: [
        {
          iteration: 1,
          confidences: [{ agentId: 'implementer-1', confidence: 0.5 }],
          gate: false,
          consensus: null,
        },
        {
          iteration: 2,
          confidences: [{ agentId: 'implementer-1', confidence: 0.93 }],
          gate: true,
          consensus: 0.95,
        },
      ],
    });
    expect(finalResult(state, { ...end, outcome: 'ABORT' }).approved).toBe(false);
  });

  it('[X-29] keeps workers apart, and a worker without a vote as defaulted', () => {
    const crew = [
      ...['a', 'b'].map((id) => ({
        id,
        role: 'implementer' as const,
        program: { kind: 'preset' as const, preset: 'demo' },
      })),
      ...testConfig.crew.slice(1),
    ];
    const loop = startedLoop({ crew, strategy: 'split', maxIterations: 1 });
    loop.run({ agent: (id, role, i, a) => (id === 'b' ? { result: null } : passing(id, role, i, a)) });
    const { state, record } = parts(loop);
    const outputs = record.implementers.flatMap((slot) =>
      slot.state.kind === 'settled' ? [workerOutput(record, slot.state.exit, code, 1)] : [],
    );
    expect(outputs).toMatchObject([
      { workerId: 'a', confidence: 0.92, defaulted: false },
      { workerId: 'b', confidence: 0, defaulted: true },
    ]);
    expect(aggregation(state, record, 'main')).toMatchObject({
      aggregatedConfidence: 0.46,
      consensusReached: false,
      reviewerCount: 1,
    });
  });

  it('fits the schema of its point', () => {
    const { state, record, exit } = ended();
    const end = {
      outcome: 'PROCEED',
      stopReason: 'passed',
      commit: null,
      branch: null,
      mergedToMain: true,
    } as const;
    const payloads = {
      assignment: assignment(state, record),
      output: workerOutput(record, exit, code, 1),
      feedback: extractedFeedback(state, record, 'review'),
      aggregation: aggregation(state, record, 'review'),
      gate: gateResult(state, record),
      reviewer: handoff(state, record, 'validators', code),
      'product-owner': handoff(state, record, 'product-owner', code),
      final: finalResult(state, end),
    } as const;
    for (const [name, schema] of Object.entries(transferPointSchemas)) {
      expect([name, schema.safeParse(payloads[name as keyof typeof payloads]).error]).toEqual([
        name,
        undefined,
      ]);
    }
  });
});
