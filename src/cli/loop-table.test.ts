import { expect, it } from 'vitest';
import { agentView, iterationView, loopView } from '../vscode/test-views.ts';
import { agentRows, headLine, iterationCosts } from './loop-table.ts';

it('says what a loop cost of its budget, and never $0.00 where nobody told a price', () => {
  expect(headLine(loopView())).not.toContain('$');
  expect(headLine(loopView({ costUsd: 0.84, budgetUsd: 5 }))).toContain('  $0.84 of $5.00');
  expect(headLine(loopView({ costUsd: 0.84, costIncomplete: true }))).toContain('  $0.84 and more');
  expect(headLine(loopView({ costIncomplete: true, budgetUsd: 5 }))).toContain('  unknown price of $5.00');
});

it('says price and tokens of each agent and iteration', () => {
  const usage = { input: 12_000, cachedInput: 0, output: 345 };
  const agents = [
    agentView({ id: 'told', endedAt: 1, costUsd: 0.3, usage }),
    agentView({ id: 'untold', endedAt: 1, usage }),
    agentView({ id: 'runs', state: 'working' }),
  ];
  const costs = agentRows(loopView({ agents }), 2).map((cells) => cells.at(-2));
  expect(costs).toEqual(['$0.30, 12,345 tokens', 'unknown price, 12,345 tokens', '']);
  const iterations = [
    iterationView({ number: 1, costUsd: 0.3, costIncomplete: true, tokens: 24_690 }),
    iterationView({ number: 2, costIncomplete: true }),
    iterationView({ number: 3 }),
  ];
  expect(iterationCosts(loopView({ iterations }))).toEqual([
    'iteration 1: $0.30 and more, 24,690 tokens',
    'iteration 2: unknown price',
  ]);
});
