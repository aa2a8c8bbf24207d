import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standings, type Measured } from './standings.ts';

const measured = (iteration: number, change: Partial<Measured> = {}): Measured => ({
  iteration,
  passRate: 1,
  score: 0.9,
  findings: 0,
  commands: [{ command: 'npm test', passed: true }],
  ...change,
});
const best = (all: readonly Measured[]) => standings(all).find(({ isBest }) => isBest)?.iteration;

describe('which iteration is the best', () => {
  it('is decided by evidence before scores, by scores before findings, and by what came later among equals', () => {
    expect(best([measured(1, { passRate: 1, score: 0.5 }), measured(2, { passRate: 0.9, score: 1 })])).toBe(
      1,
    );
    expect(best([measured(1, { score: 0.8 }), measured(2, { score: 0.7 })])).toBe(1);
    expect(
      best([measured(1, { findings: 3 }), measured(2, { findings: 1 }), measured(3, { findings: 2 })]),
    ).toBe(2);
    expect(best([measured(1), measured(2)])).toBe(2);
    expect(best([measured(1, { passRate: 0 }), measured(2, { passRate: null })])).toBe(1);
    expect(standings([])).toEqual([]);
  });

  it('does not change when worse iterations follow', () => {
    const some = fc.record({
      passRate: fc.option(fc.constantFrom(0, 0.5, 1)),
      score: fc.option(fc.constantFrom(0.2, 0.9)),
      findings: fc.option(fc.nat(3)),
    });
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 8 }), (all) => {
        const iterations = all.map((each, at) => measured(at + 1, each));
        const worse = measured(99, { passRate: null, score: null, findings: null });
        const winners = standings(iterations).filter(({ isBest }) => isBest);
        expect(winners).toHaveLength(1);
        const measuredAny = all.some((each) => Object.values(each).some((figure) => figure !== null));
        const after = best([...iterations, worse]);
        expect(after).toBe(measuredAny ? winners[0]?.iteration : 99);
      }),
    );
  });
});

describe('an iteration that fell back', () => {
  it('is told with the one that was better, by how much, and what passed then', () => {
    const failing = [{ command: 'npm test', passed: false }];
    expect(standings([measured(1), measured(2, { passRate: 0.75, commands: failing }), measured(3)])).toEqual(
      [
        { iteration: 1, isBest: false, regression: null },
        {
          iteration: 2,
          isBest: false,
          regression: { since: 1, passRate: { was: 1, is: 0.75 }, commands: ['npm test'] },
        },
        { iteration: 3, isBest: true, regression: null },
      ],
    );
  });

  it('is none for a command that failed before, too, or for evidence that could not be had', () => {
    const failing = [{ command: 'npm test', passed: false }];
    const [, second] = standings([
      measured(1, { passRate: 0.5, commands: failing }),
      measured(2, { passRate: null, commands: failing }),
    ]);
    expect(second?.regression).toBeNull();
  });
});
