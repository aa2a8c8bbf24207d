import { describe, expect, it } from 'vitest';
import {
  aggregateOutput,
  feedbackLists,
  POINT_OF,
  transferKey,
  transferPointSchemas,
} from './transfer-points.ts';

const SAMPLES = {
  assignment: {
    taskId: 'task-001',
    description: 'Implement authentication',
    requirements: ['JWT', 'Password hashing'],
    priority: 'high',
  },
  output: {
    workerId: 'worker-001',
    code: 'function authenticate() {...}',
    files: ['auth.js', 'session.js'],
    confidence: 0.92,
    completedAt: 1_731_752_400_000,
  },
  feedback: {
    critical: ['Add input validation'],
    warnings: ['Consider rate limiting'],
    suggestions: ['Add 2FA support'],
    extractedConfidence: 0.92,
  },
  aggregation: { aggregatedConfidence: 0.92, consensusReached: true, reviewerCount: 3 },
  gate: { passed: true, threshold: 0.85, actualConfidence: 0.92 },
  reviewer: { taskId: 'task-001', code: '…', feedback: ['Add input validation'], originalConfidence: 0.92 },
  'product-owner': { taskId: 'task-001', code: '…', feedback: [], originalConfidence: 0.92 },
  final: { approved: true, reviewerConfidence: 0.95, mergedToMain: true },
} as const;

const KEYS = {
  assignment: ['FL-061', 'task:task-001:assignment'],
  output: ['FL-062', 'task:task-001:output'],
  feedback: ['FL-063', 'task:task-001:loop2'],
  aggregation: ['FL-064', 'task:task-001:loop3'],
  gate: ['FL-065', 'gate:task-001'],
  reviewer: ['FL-066', 'handoff:task-001:reviewer'],
  'product-owner': ['X-06', 'handoff:task-001:product-owner'],
  final: ['FL-067', 'task:task-001:final'],
} as const;

const names = Object.keys(SAMPLES) as (keyof typeof SAMPLES)[];

describe('the seven hand-overs', () => {
  it.each(names.map((name) => [KEYS[name][0], name, KEYS[name][1]] as const))(
    '[%s] %s keeps its fields under %s, and needs each of them',
    (_row, name, key) => {
      const sample: Record<string, unknown> = SAMPLES[name];
      const schema = transferPointSchemas[name];
      expect(transferKey(name, { taskId: 'task-001' }).name).toBe(key);
      expect(schema.parse(sample)).toEqual(sample);
      for (const field of Object.keys(sample)) {
        expect(schema.safeParse({ ...sample, [field]: undefined }).success).toBe(false);
      }
    },
  );

  it('are seven points in order', () => {
    expect(Array.from(new Set(Object.values(POINT_OF)))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('refuse scores outside of 0 to 1', () => {
    expect(transferPointSchemas.gate.safeParse({ ...SAMPLES.gate, actualConfidence: 10 }).success).toBe(
      false,
    );
    expect(transferPointSchemas.output.safeParse({ ...SAMPLES.output, confidence: '92%' }).success).toBe(
      false,
    );
  });

  it('[X-29] give each worker a key of its own beside the aggregate', () => {
    const worker = { iteration: 2, workerId: 'w1' };
    expect(transferKey('output', { taskId: 't', worker }).name).toBe('task:t:output:2:w1');
    const aggregate = aggregateOutput({
      outputs: ['w2', 'w1'].map((workerId) => ({
        key: `of ${workerId}`,
        output: { ...SAMPLES.output, files: ['b', workerId], workerId, commit: 'c' },
      })),
      confidence: 0.5,
      code: 'diff',
      truncated: false,
      commit: null,
      completedAt: 1,
      iteration: 2,
    });
    expect(transferPointSchemas.output.parse(aggregate)).toMatchObject({
      workerId: 'w2,w1',
      files: ['b', 'w1', 'w2'],
      confidence: 0.5,
      workers: [{ workerId: 'w2' }, { workerId: 'w1' }],
    });
  });

  it('[FL-063] sort findings by severity', () => {
    expect(
      feedbackLists([
        { severity: 'suggestion', text: 's' },
        { severity: 'critical', text: 'c' },
        { severity: 'warning', text: 'w' },
      ]),
    ).toEqual({ critical: ['c'], warnings: ['w'], suggestions: ['s'] });
  });
});
