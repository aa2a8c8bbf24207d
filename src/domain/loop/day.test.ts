import { describe, expect, it } from 'vitest';
import type { Effect } from './effects.ts';
import { replay } from './evolve.ts';
import { passing, startedLoop, type TestLoop } from './test-loop.ts';

const DAY = '2026-11-27';
const PROCEED = { kind: 'decide', decision: 'PROCEED', reason: '', feedback: [], confirm: [] } as const;

type Run = Effect & { kind: 'run-agent' };
const runs = (loop: TestLoop): readonly Run[] =>
  loop.effects.filter((effect): effect is Run => effect.kind === 'run-agent');

/** Until agents are due. */
function begun(onBudget: 'pause' | 'stop' = 'pause'): TestLoop {
  const loop = startedLoop({ onBudget });
  for (let turns = 0; turns < 50 && runs(loop).length === 0; turns += 1) {
    const effect = loop.effects[0];
    if (effect) loop.answer(effect, { agent: passing });
  }
  return loop;
}

function reach(loop: TestLoop, run: Run): void {
  const { iteration, agentId, role, attempt } = run;
  const reached = { day: DAY, spentUsd: 4.9, limitUsd: 5, usd: 0.2 };
  loop.send({
    kind: 'report',
    report: { type: 'DayBudgetReached', iteration, agentId, role, attempt, ...reached },
  });
}

describe('a loop on a day whose budget is spent', () => {
  it('starts nobody, lets those under way end, and then waits with the day in its words', () => {
    const loop = begun();
    const [first] = runs(loop);
    if (!first) throw new Error('No agent is due');
    reach(loop, first);
    expect(runs(loop)).toEqual([]);
    expect(loop.effects).toEqual([{ kind: 'await-day', reached: expect.objectContaining({ day: DAY }) }]);
    expect(loop.state?.waiting).toMatchObject({
      for: 'budget',
      message: `The budget of the day is reached: $4.90 of $5.00 on ${DAY}, over all loops of this machine. ${first.agentId} is expected to cost $0.20. The loop goes on tomorrow, or when the limit is raised; PROCEED goes past it for today.`,
    });
    expect(replay(loop.events)).toEqual(loop.state);
  });

  it('goes on by itself when there is room again, and with a person for that day', () => {
    const [waits, asked] = [begun(), begun()];
    for (const loop of [waits, asked]) reach(loop, runs(loop)[0]!);
    waits.send({ kind: 'report', report: { type: 'DayBudgetFreed', day: DAY } });
    expect(waits.state).toMatchObject({ waiting: null, dayHeld: null, dayPassed: null });
    expect(runs(waits)).not.toEqual([]);
    asked.send(PROCEED);
    expect(asked.state).toMatchObject({ waiting: null, dayHeld: null, dayPassed: DAY, extensions: 0 });
    expect(runs(asked)).not.toEqual([]);
    // What comes too late counts for nothing.
    asked.send({ kind: 'report', report: { type: 'DayBudgetFreed', day: DAY } });
    expect(asked.state?.dayPassed).toBe(DAY);
  });

  it('ends where it was to stop at its budget', () => {
    const loop = begun('stop');
    reach(loop, runs(loop)[0]!);
    expect(loop.state?.phase).toMatchObject({ kind: 'ending', outcome: 'BUDGET' });
  });
});
