import { expect, it } from 'vitest';
import { iterationView, loopView } from '../test-views.ts';
import { convergence, verdict } from './convergence.ts';
import { panelIterations } from './panel-iterations.ts';

const rounds = (...rates: readonly number[]) =>
  rates.map((passRate, index) => iterationView({ number: index + 1, passRate, confidence: 0.8 }));

it('says nothing of a trend before the third round', () => {
  expect(verdict(rounds(0.2, 0.9))).toBe('too early for a trend');
});

it('names improvement, plateau and regression by what the tests say', () => {
  expect(verdict(rounds(0.5, 0.6, 0.8))).toBe('improving: +30 points');
  expect(verdict(rounds(0.5, 0.8, 0.8, 0.8))).toBe('plateau: 2 rounds without change');
  expect(verdict(rounds(0.5, 0.9, 0.7))).toBe('regressed since iteration 2: −20 points');
  expect(verdict(rounds(0.5, 1, 1, 1))).toBe('tests pass; no further change');
});

it('tells swings from a setback', () => {
  expect(verdict(rounds(0.6, 0.8, 0.6, 0.8))).toBe('oscillating between 60 % and 80 %');
  expect(verdict(rounds(0.5, 0.6, 0.8, 0.7))).toBe('regressed since iteration 3: −10 points');
});

it('goes by confidence where no tests are counted', () => {
  const iterations = [0.5, 0.6, 0.7].map((confidence, index) =>
    iterationView({ number: index + 1, confidence }),
  );
  expect(verdict(iterations)).toBe('improving: +20 points');
});

it('shows what is not known as unknown, never as 0', () => {
  const iterations = [
    iterationView({ number: 1, passRate: 0.61, costUsd: 0, costIncomplete: true }),
    iterationView({ number: 2, passRate: null, costUsd: 1.5 }),
  ];
  const { series } = convergence(loopView({ iterations }));
  const named = (title: string) => series.find((each) => each.title === title);
  expect(named('Tests pass')).toMatchObject({
    values: [0.61, null],
    words: ['61 %', 'unknown'],
    now: '61 %',
  });
  expect(named('Cost')).toMatchObject({ values: [null, 1.5], words: ['unknown', '$1.50'] });
  expect(named('Findings')).toMatchObject({ values: [null, null], now: '–' });
  expect(named('Consensus')).toBeUndefined();
});

it('gives each step of an iteration its time, and the one that led back its mark', () => {
  const first = iterationView({
    number: 1,
    startedAt: 1000,
    endedAt: 5000,
    outcome: 'gate-failed',
    passRate: 0.61,
    steps: { implement: 4000, gate: 4900, validate: null, decide: null },
  });
  const second = iterationView({
    number: 2,
    startedAt: 5000,
    passRate: 0.9,
    steps: { implement: 6000, gate: null, validate: null, decide: null },
  });
  const shown = panelIterations(loopView({ iteration: 2, iterations: [first, second] }));
  expect(shown).toMatchObject([
    {
      word: 'Gate failed: tests 61 %',
      status: 'bad',
      best: false,
      steps: [
        { step: 'implement', ms: 3000, failed: false },
        { step: 'gate', ms: 900, failed: true },
      ],
    },
    {
      word: 'goes on',
      status: 'now',
      best: true,
      steps: [
        { step: 'implement', ms: 1000 },
        { step: 'gate', ms: null },
      ],
    },
  ]);
});
