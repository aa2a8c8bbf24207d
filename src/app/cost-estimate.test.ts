import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CrewMember, Role } from '../domain/loop/model.ts';
import { estimateCost, expectedPrices, median, type EarlierRun } from './cost-estimate.ts';

const member = (id: string, role: Role, preset: string): CrewMember => ({
  id,
  role,
  program: { kind: 'preset', preset },
});
const run = (preset: string, role: Role, costUsd: number | null, taskId = 't1'): EarlierRun => ({
  preset,
  role,
  costUsd,
  taskId,
});
const CREW = [member('w', 'implementer', 'claude'), member('v', 'validator', 'codex')];
const REQUEST = { crew: CREW, maxIterations: 10, maxAgentRuns: 40, budgetUsd: null };

describe('the estimate of a cost', () => {
  it('adds medians by preset and role, bounded by the runs that may start', () => {
    const history = [
      run('claude', 'implementer', 1),
      run('claude', 'implementer', 3),
      run('claude', 'implementer', 100, 't2'),
      run('claude', 'validator', 50),
      run('claude', 'implementer', null),
      run('codex', 'validator', 0.5),
    ];
    const estimate = estimateCost(REQUEST, history);
    expect(estimate).toMatchObject({
      agents: [
        { agentId: 'w', medianUsd: 3, runs: 3, loops: 2 },
        { agentId: 'v', medianUsd: 0.5, runs: 1, loops: 1 },
      ],
      iterationUsd: 3.5,
      allIterationsUsd: 35,
      mostUsd: 120,
      unknown: [],
    });
    expect(estimateCost({ ...REQUEST, maxAgentRuns: 5 }, history).allIterationsUsd).toBe(15);
  });

  it('never takes an unknown price for 0', () => {
    const estimate = estimateCost(REQUEST, [
      run('claude', 'implementer', 1),
      run('codex', 'validator', null),
    ]);
    expect(estimate).toMatchObject({
      agents: [{ medianUsd: 1 }, { medianUsd: null, runs: 0, loops: 0 }],
      iterationUsd: null,
      allIterationsUsd: null,
      mostUsd: null,
      unknown: ['codex'],
    });
  });

  it('leaves a person out', () => {
    const person: CrewMember = { id: 'product-owner', role: 'product-owner', program: null };
    expect(estimateCost({ ...REQUEST, crew: [person] }, [])).toMatchObject({ agents: [], iterationUsd: 0 });
  });

  it('grows with more iterations and runs, and one iteration never costs more than all', () => {
    const price = fc.double({ min: 0, max: 1000, noNaN: true });
    const count = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(fc.array(price, { minLength: 1 }), price, count, count, (prices, other, few, more) => {
        const history = [
          ...prices.map((each) => run('claude', 'implementer', each)),
          run('codex', 'validator', other),
        ];
        const runs = 2 * few;
        const small = estimateCost({ ...REQUEST, maxIterations: few, maxAgentRuns: runs }, history);
        const large = estimateCost(
          { ...REQUEST, maxIterations: few + more, maxAgentRuns: runs + more },
          history,
        );
        expect(small.allIterationsUsd ?? NaN).toBeLessThanOrEqual((large.allIterationsUsd ?? NaN) + 1e-9);
        expect(small.iterationUsd ?? NaN).toBeLessThanOrEqual((small.allIterationsUsd ?? NaN) + 1e-9);
        expect(small.allIterationsUsd ?? NaN).toBeLessThanOrEqual((small.mostUsd ?? NaN) + 1e-9);
      }),
    );
  });
});

describe('what runs are expected to cost', () => {
  it('is the median of each preset in each role that told a price, and nothing for the scripted agents', () => {
    const told = expectedPrices([
      run('claude', 'implementer', 1),
      run('claude', 'implementer', 3),
      run('claude', 'validator', 50),
      run('codex', 'validator', null),
      run('demo', 'validator', 0),
    ]);
    expect(told.filter(({ preset }) => preset !== 'demo')).toEqual([
      { preset: 'claude', role: 'implementer', usd: 2 },
      { preset: 'claude', role: 'validator', usd: 50 },
    ]);
    expect(told.filter(({ preset }) => preset === 'demo').map(({ role, usd }) => [role, usd])).toEqual([
      ['implementer', 0],
      ['validator', 0],
      ['product-owner', 0],
    ]);
  });
});

describe('a median', () => {
  it('lies between the values, whatever their order', () => {
    expect(median([])).toBeNull();
    expect(median([4, 1])).toBe(2.5);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1 }), (values) => {
        const found = median(values) ?? NaN;
        // 0 and -0 are equal, so either may be in the middle.
        expect(found === median(values.toReversed())).toBe(true);
        expect(values.filter((each) => each < found).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((each) => each > found).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});
