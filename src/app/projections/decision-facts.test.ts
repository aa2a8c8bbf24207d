import { describe, expect, it } from 'vitest';
import { iterationView, loopView } from '../../vscode/test-views.ts';
import { decisionFacts, forecastOf } from './decision-facts.ts';

const MINUTE = 60_000;
const took = (number: number, minutes: number, costUsd: number, costIncomplete = false) =>
  iterationView({
    number,
    startedAt: 0,
    costUsd,
    costIncomplete,
    steps: { implement: MINUTE, gate: minutes * MINUTE, validate: null, decide: 99 * MINUTE },
  });

describe('what one more iteration takes', () => {
  it('is the median of the iterations of this loop, without the time a person took', () => {
    const iterations = [took(1, 4, 0.2), took(2, 6, 0.5), took(3, 20, 2)];
    expect(forecastOf(loopView({ iteration: 3, iterations }))).toEqual({
      iterations: 3,
      ms: 6 * MINUTE,
      usd: 0.5,
    });
  });

  it('knows no price that nobody told, and says so', () => {
    const view = loopView({
      iteration: 1,
      iterations: [took(1, 4, 0, true)],
      costIncomplete: true,
      costUsd: 0,
    });
    expect(forecastOf(view)?.usd).toBeNull();
    expect(decisionFacts(view).slice(-2)).toEqual([
      'unknown price so far',
      'one more iteration: about 4 min, unknown price (as the one so far)',
    ]);
  });

  it('is not told after the last iteration, or before one was judged', () => {
    const iterations = [took(1, 4, 0.2)];
    expect(forecastOf(loopView({ iteration: 1, maxIterations: 1, iterations }))).toBeNull();
    expect(forecastOf(loopView({ iterations: [] }))).toBeNull();
  });
});
