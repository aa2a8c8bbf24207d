import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate, LEAST_RUNS, scoresOf, type Prediction } from './calibration.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const judged = fc.record({ claimed: share, held: fc.boolean() });
const some = fc.array(judged, { minLength: 1, maxLength: 40 });
const times = (count: number, claimed: number, held: boolean) =>
  Array.from({ length: count }, () => ({ claimed, held }));

const prediction = (change: Partial<Prediction>): Prediction => ({
  preset: 'claude',
  model: null,
  role: 'implementer',
  agentId: 'implementer-1',
  iteration: 1,
  claimed: 0.9,
  held: true,
  ...change,
});

describe('the scores of claims', () => {
  it('are those of the formula', () => {
    const scores = scoresOf([...times(6, 0.92, true), ...times(4, 0.92, false)]);
    expect(scores).toMatchObject({ runs: 10, held: 6, claimed: 0.92, gap: 0.32, badge: 'over-confident' });
    expect(scores.brier).toBeCloseTo(0.6 * 0.08 ** 2 + 0.4 * 0.92 ** 2, 9);
  });

  it.each([
    ['too few, however wrong', times(LEAST_RUNS - 1, 1, false), 'too-few-runs'],
    ['none', [], 'too-few-runs'],
    ['always wrong', times(LEAST_RUNS, 0.9, false), 'over-confident'],
    ['as good as claimed', [...times(9, 0.9, true), ...times(1, 0.9, false)], null],
    ['a small gap of many', [...times(80, 0.9, true), ...times(20, 0.9, false)], null],
    ['a gap that chance explains', [...times(4, 0.95, true), ...times(1, 0.95, false)], null],
    ['better than claimed', times(20, 0.5, true), null],
    ['a modest agent that was wrong each time', times(LEAST_RUNS, 0.2, false), null],
    ['one that was certain and wrong once', [...times(5, 1, true), ...times(1, 1, false)], null],
    ['one that was certain and wrong twice', [...times(4, 1, true), ...times(2, 1, false)], 'over-confident'],
    ['honestly unsure', [...times(5, 0.5, true), ...times(5, 0.5, false)], null],
  ] as const)('give the badge for %s', (_title, claims, badge) => {
    expect(scoresOf(claims).badge).toBe(badge);
  });

  it('do not depend on the order of the runs', () => {
    fc.assert(
      fc.property(
        some.chain((runs) =>
          fc.tuple(fc.constant(runs), fc.shuffledSubarray(runs, { minLength: runs.length })),
        ),
        ([runs, shuffled]) => {
          expect(scoresOf(shuffled)).toStrictEqual(scoresOf(runs));
        },
      ),
    );
  });

  it('stay between 0 and 1, and the gap between -1 and 1', () => {
    fc.assert(
      fc.property(some, (runs) => {
        const { brier, claimed, gap } = scoresOf(runs);
        for (const figure of [brier, claimed]) {
          expect(figure).toBeGreaterThanOrEqual(0);
          expect(figure).toBeLessThanOrEqual(1);
        }
        expect(Math.abs(gap ?? 2)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are 0 for claims that say what is so, and 1 for their opposites', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: LEAST_RUNS, maxLength: 40 }), (outcomes) => {
        const right = outcomes.map((held) => ({ held, claimed: held ? 1 : 0 }));
        expect(scoresOf(right)).toMatchObject({ brier: 0, gap: 0, badge: null });
        expect(scoresOf(right.map(({ held, claimed }) => ({ held, claimed: 1 - claimed }))).brier).toBe(1);
      }),
    );
  });

  it('are over-confident for an agent that claims rightly in one of twenty cases at most', () => {
    for (const claimed of [0.1, 0.35, 0.5, 0.8, 0.9, 0.95, 0.99]) {
      for (const runs of [5, 6, 8, 10, 20, 40, 80]) {
        let branded = 0;
        let chance = (1 - claimed) ** runs;
        for (let held = 0; held <= runs; held += 1) {
          const { badge } = scoresOf([...times(held, claimed, true), ...times(runs - held, claimed, false)]);
          if (badge === 'over-confident') branded += chance;
          chance *= ((runs - held) / (held + 1)) * (claimed / (1 - claimed));
        }
        expect(branded).toBeLessThanOrEqual(0.05);
      }
    }
  });

  it('never get the badge for a further claim that held', () => {
    const enough = fc.array(judged, { minLength: LEAST_RUNS, maxLength: 40 });
    fc.assert(
      fc.property(enough, share, (runs, claimed) => {
        const before = scoresOf(runs);
        const after = scoresOf([...runs, { claimed, held: true }]);
        expect([before.badge, 'over-confident', null]).toContain(after.badge);
        expect(before.badge === null ? after.badge : null).toBeNull();
        expect(after.gap).toBeLessThanOrEqual(Math.max(before.gap ?? 0, 0));
      }),
      { numRuns: 2000 },
    );
  });

  it('never lose the badge for a further claim as high as any that did not hold', () => {
    const enough = fc.array(judged, { minLength: LEAST_RUNS, maxLength: 40 });
    fc.assert(
      fc.property(enough, (runs) => {
        const { gap } = scoresOf(runs);
        expect(scoresOf([...runs, { claimed: 1, held: false }]).gap).toBeGreaterThanOrEqual(gap ?? 0);
      }),
    );
  });
});

describe('the calibration of claimants', () => {
  it('keeps presets, models and roles apart', () => {
    const entries = calibrate([
      prediction({}),
      prediction({ held: false }),
      prediction({ held: null }),
      prediction({ model: 'opus' }),
      prediction({ preset: 'codex' }),
      prediction({ role: 'validator', held: null }),
    ]);
    expect(
      entries.map(({ preset, model, role, runs, held, unjudged }) => [
        role,
        preset,
        model,
        runs,
        held,
        unjudged,
      ]),
    ).toStrictEqual([
      ['implementer', 'claude', null, 2, 1, 1],
      ['implementer', 'claude', 'opus', 1, 1, 0],
      ['implementer', 'codex', null, 1, 1, 0],
      ['validator', 'claude', null, 0, 0, 1],
    ]);
  });

  it('counts every prediction once, whatever the order', () => {
    const any = fc.record({
      preset: fc.constantFrom('claude', 'codex'),
      model: fc.constantFrom(null, 'a', 'b'),
      role: fc.constantFrom('implementer' as const, 'validator' as const),
      agentId: fc.constant('a'),
      iteration: fc.constant(1),
      claimed: share,
      held: fc.constantFrom(true, false, null),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 40 }), (predictions) => {
        const entries = calibrate(predictions);
        expect(entries.reduce((sum, { runs, unjudged }) => sum + runs + unjudged, 0)).toBe(
          predictions.length,
        );
        expect(calibrate(predictions.toReversed())).toStrictEqual(entries);
      }),
    );
  });
});
