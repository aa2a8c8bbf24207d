import { describe, expect, it } from 'vitest';
import type { Effect } from './effects.ts';
import { replay } from './evolve.ts';
import type { LoopConfig } from './config.ts';
import type { AgentExit } from './events.ts';
import { passing, startedLoop, type TestLoop } from './test-loop.ts';

const PROCEED = { kind: 'decide', decision: 'PROCEED', reason: '', feedback: [], confirm: [] } as const;

const crewOf = (presets: readonly string[]): LoopConfig['crew'] => [
  { id: 'implementer-1', role: 'implementer', program: { kind: 'preset', preset: 'claude' } },
  ...presets.map((preset, index) => ({
    id: `validator-${index + 1}`,
    role: 'validator' as const,
    program: { kind: 'preset' as const, preset },
  })),
  { id: 'product-owner', role: 'product-owner', program: { kind: 'preset', preset: 'claude' } },
];
const price = (preset: string, role: 'implementer' | 'validator' | 'product-owner', usd: number) => ({
  preset,
  role,
  usd,
});
const PRICES = [
  price('claude', 'implementer', 1),
  price('claude', 'validator', 1),
  price('claude', 'product-owner', 1),
];

type Run = Effect & { kind: 'run-agent' };
const due = (loop: TestLoop): readonly Run[] =>
  loop.effects.filter((effect): effect is Run => effect.kind === 'run-agent');
const dueIds = (loop: TestLoop) => due(loop).map(({ agentId }) => agentId);

/** Answers everything but agents, until some are due or the loop rests. */
function toAgents(loop: TestLoop): TestLoop {
  for (let turns = 0; turns < 50; turns++) {
    const effect = loop.effects[0];
    if (!effect || effect.kind === 'run-agent') return loop;
    loop.answer(effect, { agent: passing });
  }
  return loop;
}

function end(loop: TestLoop, agentId: string, change: Partial<AgentExit>): void {
  const run = due(loop).find((effect) => effect.agentId === agentId)!;
  loop.endAgent(run, { ...passing(agentId, run.role, run.iteration, run.attempt), ...change });
}

const start = (loop: TestLoop, agentId: string) =>
  loop.startAgent(due(loop).find((effect) => effect.agentId === agentId)!);

/** Past the implementer, who cost so much. */
function validating(change: Partial<LoopConfig>, implementerUsd: number): TestLoop {
  const loop = toAgents(startedLoop({ crew: crewOf(['claude', 'claude', 'claude']), ...change }));
  start(loop, 'implementer-1');
  end(loop, 'implementer-1', { costUsd: implementerUsd });
  return toAgents(loop);
}

describe('a reservation', () => {
  it('keeps those pending who do not fit beside the others, until one of them ends for less', () => {
    const loop = validating({ budgetUsd: 3.5, prices: PRICES }, 1);
    expect(dueIds(loop)).toEqual(['validator-1', 'validator-2']);
    start(loop, 'validator-2');
    expect(dueIds(loop).toSorted()).toEqual(['validator-1', 'validator-2']);
    start(loop, 'validator-1');
    expect(loop.state?.waiting).toBeNull();
    end(loop, 'validator-1', { costUsd: 0.4 });
    expect(dueIds(loop)).toEqual(['validator-2', 'validator-3']);
  });

  it('is the dearest price told so far once that is more than the estimate, for those under way too', () => {
    const loop = validating({ budgetUsd: 10, prices: PRICES, maxParallelAgents: 2 }, 1);
    start(loop, 'validator-1');
    start(loop, 'validator-2');
    end(loop, 'validator-1', { costUsd: 4 });
    // 5 are spent and another 4 may be needed by the second, who was expected to cost 1.
    expect(dueIds(loop)).toEqual(['validator-2']);
    end(loop, 'validator-2', { costUsd: 1 });
    expect(dueIds(loop)).toEqual(['validator-3']);
  });

  it('is counted as spent where a run ends without a price', () => {
    const loop = validating({ budgetUsd: 2.5, prices: PRICES }, 1);
    start(loop, 'validator-1');
    end(loop, 'validator-1', { costUsd: null, ending: 'idle' });
    expect(loop.state).toMatchObject({ costUsd: 1, assumedUsd: 1, costIncomplete: true });
    expect(loop.state?.waiting).toMatchObject({ for: 'budget' });
    expect(loop.state?.waiting?.message).toBe(
      'The budget is reached: $2.00 of $2.50, $1.00 of it assumed for runs that told no price. validator-2 (claude) is expected to cost $1.00, and $0.50 is left. PROCEED raises it to $5.00.',
    );
  });

  it('adds up tenths without holding anybody up', () => {
    const tenths = PRICES.map((each) => ({ ...each, usd: 0.1 }));
    expect(dueIds(validating({ budgetUsd: 0.3, prices: tenths }, 0.1))).toHaveLength(2);
  });

  it('lets everybody start at once without a budget', () => {
    expect(dueIds(validating({ budgetUsd: null }, 100))).toHaveLength(3);
  });
});

describe('an unknown price', () => {
  it('runs one at a time, beside those whose price is known', () => {
    const crew = crewOf(['codex', 'codex', 'claude']);
    const loop = validating({ budgetUsd: 9, prices: PRICES, crew }, 1);
    expect(dueIds(loop)).toEqual(['validator-1', 'validator-3']);
    start(loop, 'validator-1');
    start(loop, 'validator-3');
    end(loop, 'validator-1', { costUsd: null });
    expect(dueIds(loop).toSorted()).toEqual(['validator-2', 'validator-3']);
    expect(loop.state?.assumedUsd).toBe(0);
  });

  it('is known once a run has told it', () => {
    const loop = validating({ budgetUsd: 9, crew: crewOf(['pi', 'pi', 'pi']) }, 1);
    expect(dueIds(loop)).toEqual(['validator-1']);
    start(loop, 'validator-1');
    end(loop, 'validator-1', { costUsd: 2 });
    expect(dueIds(loop)).toEqual(['validator-2', 'validator-3']);
  });

  it('does not start any more once the budget is spent', () => {
    const loop = validating({ budgetUsd: 2, crew: crewOf(['codex']) }, 2);
    expect(loop.state?.waiting?.message).toBe(
      'The budget is reached: $2.00 of $2.00. validator-1 (codex) is not started. PROCEED raises it to $4.00.',
    );
  });
});

describe('a budget that nobody fits into', () => {
  it('waits for a person before the first agent, whose PROCEED is enough for that one', () => {
    const loop = toAgents(startedLoop({ crew: crewOf(['claude']), budgetUsd: 0.1, prices: PRICES }));
    expect(loop.state).toMatchObject({ agentRuns: 0, waiting: { for: 'budget' } });
    loop.send(PROCEED);
    expect(dueIds(loop)).toEqual(['implementer-1']);
  });

  it('of 0 starts what costs nothing, and the others once a person says so', () => {
    const free = PRICES.map((each) => ({ ...each, usd: 0 }));
    const loop = toAgents(startedLoop({ crew: crewOf(['claude']), budgetUsd: 0, prices: free }));
    expect(dueIds(loop)).toEqual(['implementer-1']);
    const unknown = toAgents(startedLoop({ crew: crewOf(['claude']), budgetUsd: 0 }));
    expect(unknown.state?.waiting?.for).toBe('budget');
    unknown.send(PROCEED);
    expect(dueIds(unknown)).toEqual(['implementer-1']);
  });

  it('ends as BUDGET where it is to stop', () => {
    const loop = toAgents(
      startedLoop({ crew: crewOf(['claude']), budgetUsd: 0.1, prices: PRICES, onBudget: 'stop' }),
    );
    expect(loop.last('LoopFinished')).toMatchObject({ outcome: 'BUDGET', stopReason: 'budget' });
  });

  it('lets those under way finish before it waits, and loses nothing of them', () => {
    const loop = validating({ budgetUsd: 3, prices: PRICES }, 1);
    start(loop, 'validator-1');
    start(loop, 'validator-2');
    end(loop, 'validator-1', { costUsd: 3 });
    expect(loop.state).toMatchObject({ waiting: null });
    expect(dueIds(loop)).toEqual(['validator-2']);
    end(loop, 'validator-2', { costUsd: 1 });
    expect(loop.state?.waiting?.for).toBe('budget');
    loop.send(PROCEED);
    expect(dueIds(loop)).toEqual(['validator-3']);
    loop.run({ agent: passing });
    expect(loop.last('LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    expect(loop.state?.costUsd).toBe(5);
  });
});

describe('the warning', () => {
  it('comes once for each limit, at the end of the run that crosses its share', () => {
    const loop = validating({ budgetUsd: 5, prices: PRICES, maxParallelAgents: 1 }, 3.9);
    expect(loop.last('BudgetWarned')).toBeUndefined();
    start(loop, 'validator-1');
    end(loop, 'validator-1', { costUsd: 0.1 });
    expect(loop.last('BudgetWarned')).toMatchObject({ spentUsd: 4, limitUsd: 5 });
    start(loop, 'validator-2');
    end(loop, 'validator-2', { costUsd: 0.5 });
    expect(loop.state?.waiting?.for).toBe('budget');
    loop.send(PROCEED);
    start(loop, 'validator-3');
    end(loop, 'validator-3', { costUsd: 4 });
    expect(loop.events.filter(({ type }) => type === 'BudgetWarned')).toMatchObject([
      { limitUsd: 5 },
      { limitUsd: 10, spentUsd: 8.5 },
    ]);
    expect(replay(loop.events)).toEqual(loop.state);
  });

  it('comes at the share that was set', () => {
    const loop = validating({ budgetUsd: 10, budgetWarning: 0.1, prices: PRICES }, 1);
    expect(loop.last('BudgetWarned')).toMatchObject({ spentUsd: 1, limitUsd: 10 });
    expect(validating({ budgetUsd: 10, budgetWarning: 1 }, 9).last('BudgetWarned')).toBeUndefined();
  });
});
