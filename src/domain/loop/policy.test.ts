import { describe, expect, it } from 'vitest';
import {
  DEFAULT_MODE,
  defaultMaxAgentRuns,
  IDLE_LIMIT_MS,
  MODE_POLICIES,
  SCRIPTED_TOTAL_LIMIT_MS,
} from './policy.ts';

describe('the mode table', () => {
  it.each([
    ['FL-110', 'mvp', 0.7, 0.8],
    ['FL-111', 'standard', 0.75, 0.9],
    ['FL-112', 'enterprise', 0.75, 0.95],
  ] as const)(
    '[%s] [X-01] %s has gate %d, consensus %d, all 7 transfer points and at most 10 iterations',
    (_row, mode, gate, consensus) => {
      expect(MODE_POLICIES[mode]).toMatchObject({
        gateThreshold: gate,
        consensusThreshold: consensus,
        transferPoints: 7,
        maxIterations: 10,
      });
    },
  );

  it('[X-01] [X-05] has evidence pass rates 0.70, 0.95 and 0.98 beside the confidence gate', () => {
    expect(Object.values(MODE_POLICIES).map((policy) => policy.evidencePassRate)).toEqual([0.7, 0.95, 0.98]);
  });

  it('[X-31] has total limits of 1800, 3600 and 7200 s, an idle limit of 300 s and 300 s for scripted agents', () => {
    expect(Object.values(MODE_POLICIES).map((policy) => policy.totalLimitMs / 1000)).toEqual([
      1800, 3600, 7200,
    ]);
    expect([IDLE_LIMIT_MS, SCRIPTED_TOTAL_LIMIT_MS]).toEqual([300_000, 300_000]);
  });

  it('has crews of 1+2, 1+3 and 3+5, and standard as the default mode', () => {
    expect(Object.values(MODE_POLICIES).map((policy) => policy.crew)).toEqual([
      { implementers: 1, validators: 2 },
      { implementers: 1, validators: 3 },
      { implementers: 3, validators: 5 },
    ]);
    expect(DEFAULT_MODE).toBe('standard');
  });

  it('allows 40 agent runs, or the whole crew in every iteration where that is more', () => {
    expect(defaultMaxAgentRuns(4, 10)).toBe(40);
    expect(defaultMaxAgentRuns(5, 10)).toBe(50);
    expect(defaultMaxAgentRuns(9, 10)).toBe(90);
    expect(defaultMaxAgentRuns(3, 2)).toBe(40);
  });
});
