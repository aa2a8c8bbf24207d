import { expect, it } from 'vitest';
import { implementer, owner, startedLoop, validator } from '../../domain/loop/test-loop.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import { iterationViews } from './iteration-views.ts';

function stateOf(loop: ReturnType<typeof startedLoop>): LoopState {
  if (!loop.state) throw new Error('the loop has no state');
  return loop.state;
}

it('tells each iteration apart, with what it came to, took and cost', () => {
  const loop = startedLoop();
  loop.run({
    agent: (_id, role, iteration) => ({
      costUsd: 0.25,
      ...(role === 'implementer'
        ? implementer(iteration === 1 ? 0.4 : 0.9)
        : role === 'validator'
          ? validator(iteration === 2 ? 0.5 : 0.95)
          : owner('PROCEED')),
    }),
  });
  const views = iterationViews(stateOf(loop));
  expect(views.map(({ number, outcome }) => [number, outcome])).toEqual([
    [1, 'gate-failed'],
    [2, 'consensus-missed'],
    [3, 'PROCEED'],
  ]);
  expect(views.map(({ confidence }) => confidence)).toEqual([0.4, 0.9, 0.9]);
  expect(views.map(({ score }) => score?.toFixed(2) ?? null)).toEqual([null, '0.50', '0.95']);
  expect(views.map(({ costUsd }) => costUsd)).toEqual([0.25, 1, 1.25]);
  expect(views.map(({ findings }) => findings)).toEqual([null, 3, 0]);
  expect(views[0]).toMatchObject({
    added: 3,
    removed: 1,
    passRate: 1,
    steps: { validate: null, decide: null },
  });
  for (const { startedAt, steps, endedAt } of views) {
    const times = [startedAt, steps.implement, steps.gate, steps.validate, steps.decide, endedAt];
    const known = times.filter((time) => time !== null);
    expect(known).toEqual(known.toSorted((a, b) => a - b));
  }
});

it('counts the attempts that failed into an iteration’s cost, and says when one is unknown', () => {
  const loop = startedLoop({ maxAttempts: 2 });
  loop.run({
    agent: (_id, role, _iteration, attempt) =>
      role === 'implementer'
        ? attempt === 1
          ? { ending: 'failed', costUsd: 0.5 }
          : { ...implementer(0.9), costUsd: 0.25 }
        : { ...(role === 'validator' ? validator(0.95) : owner('PROCEED')), costUsd: null },
  });
  expect(iterationViews(stateOf(loop))).toMatchObject([{ costUsd: 0.75, costIncomplete: true }]);
});

it('leaves the outcome open while an iteration goes on, and calls a loop that ends in it cut off', () => {
  const loop = startedLoop();
  for (let turns = 0; turns < 20 && loop.effects[0]?.kind !== 'run-agent'; turns += 1) {
    const effect = loop.effects[0];
    if (effect) loop.answer(effect, { agent: () => ({}) });
  }
  expect(iterationViews(stateOf(loop))).toMatchObject([{ number: 1, outcome: null, endedAt: null }]);
  loop.send({ kind: 'stop' });
  loop.run({ agent: () => ({ ending: 'cancelled' }) });
  expect(iterationViews(stateOf(loop))).toMatchObject([{ number: 1, outcome: 'cut-off' }]);
});
