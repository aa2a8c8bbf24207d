import { describe, expect, it } from 'vitest';
import type { Calibration } from '../domain/calibration/calibration.ts';
import { OVER_CONFIDENT } from './test-views.ts';
import { panelTrust, trustText } from './trust-words.ts';

const of = (change: Partial<Calibration>) => {
  const figures: Calibration = { ...OVER_CONFIDENT, ...change };
  return { role: figures.role, calibration: figures };
};

describe('what is told of agents that claimed before', () => {
  it('is the mean of what they said, and how often it held', () => {
    expect(trustText(of({}))).toBe('said 0.92 on average, was right in 6 of 10: over-confident');
    expect(trustText(of({ badge: null, held: 9 }))).toBe('said 0.92 on average, was right in 9 of 10');
    expect(trustText(of({ role: 'validator', badge: null, held: 9 }))).toBe(
      'scored 0.92 on average, and the work was good in 9 of 10',
    );
    expect(trustText(of({ badge: 'too-few-runs', runs: 2, held: 1 }))).toBe(
      'said 0.92 on average, was right in 1 of 2: too few runs to tell',
    );
  });

  it('is nothing where nothing was judged', () => {
    expect(trustText({ role: 'implementer' })).toBeNull();
    expect(trustText(of({ runs: 0, held: 0, claimed: null, badge: 'too-few-runs' }))).toBeNull();
  });

  it('is a badge in the panel, but for too few runs', () => {
    expect(panelTrust(of({}))).toMatchObject({ over: true, badge: 'over-confident' });
    expect(panelTrust(of({ badge: null, held: 9 }))).toMatchObject({ over: false, badge: '9 of 10 right' });
    // A score of 0.2 for work that was bad is right, and no work held.
    expect(panelTrust(of({ role: 'validator', badge: null, held: 2 }))).toMatchObject({
      badge: '2 of 10 good',
    });
    expect(panelTrust(of({ badge: 'too-few-runs' }))).toBeNull();
    expect(panelTrust(undefined)).toBeNull();
  });
});
