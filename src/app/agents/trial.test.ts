import { describe, expect, it } from 'vitest';
import { blankAgent, blankView } from '../test-blank-view.ts';
import type { LoopView } from '../projections/loop-view.ts';
import { judgeTrial, trialFigures, trialRequest } from './trial.ts';

const gate: NonNullable<LoopView['gate']> = {
  iteration: 1,
  passed: true,
  threshold: 0.7,
  confidence: 0.9,
  evidence: 'passed',
  reasons: [],
  commit: 'c1',
  agents: ['trial'],
  commands: [],
  claims: [],
  notes: [],
};
const agent = {
  ...blankAgent('trial'),
  preset: 'claude',
  startedAt: 1000,
  endedAt: 13_000,
  ending: 'completed',
  confidence: 0.9,
  usage: { input: 2000, cachedInput: 0, output: 90 },
} as const;
const view: LoopView = { ...blankView('t'), agents: [agent], gate };
const whyNot = (changed: Partial<LoopView>) => {
  const { passed, message } = judgeTrial('claude', { ...view, ...changed });
  expect(passed).toBe(false);
  return message.replace('claude did not do a small task: ', '');
};

describe('a test run of a preset', () => {
  it('lets the preset do the work, and no one else that costs', () => {
    const request = trialRequest('claude', '/try');
    expect(request).toMatchObject({ ok: true, value: { mode: 'mvp', maxIterations: 1 } });
    if (!request.ok) return;
    expect(request.value.crew.map(({ id, program }) => [id, program])).toEqual([
      ['trial', { kind: 'preset', preset: 'claude' }],
      ['validator-1', { kind: 'preset', preset: 'demo' }],
      ['product-owner', { kind: 'preset', preset: 'demo' }],
    ]);
  });

  it('passes by evidence and a readable result, whatever the rest of the gate says', () => {
    const trial = judgeTrial('claude', { ...view, gate: { ...gate, passed: false } });
    expect(trial).toMatchObject({ passed: true, durationMs: 12_000, tokens: 2090, costUsd: null });
    expect(trialFigures(trial)).toBe('12 s, 2090 tokens, unknown price');
  });

  it('says why it did not pass', () => {
    expect(whyNot({ agents: [{ ...agent, ending: 'failed', summary: 'Invalid API key' }] })).toBe(
      'it ended as "failed". Invalid API key',
    );
    expect(whyNot({ agents: [{ ...agent, confidence: null, summary: 'no JSON' }] })).toBe(
      'its result could not be read. no JSON',
    );
    expect(whyNot({ gate: { ...gate, evidence: 'failed', reasons: ['It is red.'] } })).toBe('It is red.');
    expect(whyNot({ gate: null })).toBe('the evidence did not pass.');
    expect(whyNot({ agents: [], gate: null })).toBe('it was not started.');
  });
});
