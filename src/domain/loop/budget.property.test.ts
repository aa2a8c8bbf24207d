import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reservedUsd, spentUsd } from './budget.ts';
import type { Command } from './commands.ts';
import type { LoopConfig } from './config.ts';
import { effectKey, type Effect } from './effects.ts';
import { replay } from './evolve.ts';
import { DECISIONS, ROLES, type Role } from './model.ts';
import { currentSlots, type LoopState, type RunningAttempt, type Slot } from './state.ts';
import { chaosAnswers, FILES, Tape } from './test-chaos.ts';
import { passing, startedLoop, type TestLoop } from './test-loop.ts';

const tapes = fc.array(fc.nat({ max: 5039 }), { minLength: 20, maxLength: 400, size: 'max' });
const runs = { numRuns: Number(process.env['CFN_PROPERTY_RUNS'] ?? 300) };
/** The order of a crew: by these keys. */
const orders = fc.array(fc.nat(), { minLength: 8, maxLength: 8 });
const PRESETS = ['claude', 'pi', 'codex'] as const;
const HAIR = 1e-6;

interface Rules {
  /** No run costs more than was set aside for it. */
  readonly honest: boolean;
  /** Every preset's price is known from the start. */
  readonly known: boolean;
}

function configOf(tape: Tape, { known }: Rules, order: readonly number[]): Partial<LoopConfig> {
  const count = (role: Role, number: number) =>
    Array.from({ length: number }, (_, index) => ({
      id: `${role}-${index + 1}`,
      role,
      program: { kind: 'preset' as const, preset: tape.of(PRESETS) },
    }));
  const crew = [
    ...count('implementer', 1 + tape.below(4)),
    ...count('validator', 1 + tape.below(4)),
    ...count('product-owner', 1),
  ];
  const prices = PRESETS.flatMap((preset) =>
    ROLES.map((role) => ({ preset, role, usd: tape.below(13) / 4 })),
  );
  return {
    // Crews keep their ids; who comes first within a role is what changes.
    crew: crew
      .map((member, index) => ({ member, key: order[index] ?? 0 }))
      .toSorted((one, other) => one.key - other.key)
      .map(({ member }) => member),
    prices: known ? prices : prices.filter(() => tape.rarely(2)),
    budgetUsd: tape.below(40) / 4,
    budgetWarning: tape.of([0.5, 0.8, 1]),
    onBudget: tape.of(['pause', 'pause', 'stop']),
    maxParallelAgents: 1 + tape.below(5),
    maxAgentRuns: 5 + tape.below(40),
    maxIterations: 1 + tape.below(6),
    strategy: tape.of(['race', 'split']),
  };
}

type RunAgent = Effect & { kind: 'run-agent' };
type RunningSlot = Slot & { readonly state: RunningAttempt };

const isRunning = (slot: Slot): slot is RunningSlot => slot.state.kind === 'running';

function stateOf(loop: TestLoop): LoopState {
  if (!loop.state) throw new Error('The loop was not started');
  return loop.state;
}

/** A loop whose agents start when they are due, end when they like, and cost what they like within the rules. */
class Spending {
  readonly loop: TestLoop;
  /** The dearest run whose price was unknown, and what all others cost beyond what was set aside. */
  dearestUnknown = 0;
  excess = 0;
  widest = 0;
  private readonly tape: Tape;
  private readonly rules: Rules;

  constructor(tape: Tape, rules: Rules, order: readonly number[]) {
    this.tape = tape;
    this.rules = rules;
    this.loop = startedLoop(configOf(tape, rules, order));
  }

  /** False where a person did something. */
  move(): boolean {
    const { loop, tape } = this;
    const running = currentSlots(stateOf(loop)).filter(isRunning);
    this.widest = Math.max(this.widest, running.length);
    if (tape.rarely(12)) {
      loop.send(this.steering());
      return false;
    }
    if (stateOf(loop).waiting && tape.rarely(3)) {
      this.decide();
      return false;
    }
    const ending = running[tape.below(Math.max(1, running.length))];
    if (ending && tape.rarely(3)) {
      this.end(ending);
      return true;
    }
    const open = loop.effects.filter(
      (effect) => effect.kind !== 'run-agent' || !running.some(({ agentId }) => agentId === effect.agentId),
    );
    const due = open[tape.below(Math.max(1, open.length))];
    if (due?.kind === 'run-agent') loop.startAgent(due);
    else if (due) loop.answer(due, chaosAnswers(tape));
    else if (ending) this.end(ending);
    return true;
  }

  decide(): void {
    const decision = this.tape.of(['PROCEED', 'PROCEED', ...DECISIONS]);
    this.loop.send({ kind: 'decide', decision, reason: '', feedback: ['more'], confirm: [] });
  }

  /** Agents that are due to be started, or were and run. */
  due(): readonly RunAgent[] {
    return this.loop.effects.filter((effect) => effect.kind === 'run-agent');
  }

  private end({ agentId, role, attempt, state }: RunningSlot): void {
    const { tape, loop } = this;
    const { usd } = state.reserved;
    const costUsd = tape.rarely(6) ? null : this.priceOf(usd);
    const before = spentUsd(stateOf(loop));
    const iteration = stateOf(loop).current?.number ?? 0;
    const run: RunAgent = { kind: 'run-agent', iteration, agentId, role, attempt };
    loop.endAgent(run, { ...chaosAnswers(tape).agent(agentId, role, iteration, attempt), costUsd });
    const counted = spentUsd(stateOf(loop)) - before;
    if (usd === null) this.dearestUnknown = Math.max(this.dearestUnknown, counted);
    else this.excess += Math.max(0, counted - usd);
  }

  private priceOf(reserved: number | null): number {
    const { tape } = this;
    if (reserved === null) return tape.below(60) / 4;
    const share = tape.below(5) / 4;
    return reserved * (this.rules.honest ? share : 3 * share);
  }

  private steering(): Command {
    const { tape } = this;
    const agentId = `${tape.of(ROLES)}-1`;
    const preset = tape.of(PRESETS);
    const commands: readonly [Command, ...Command[]] = [
      { kind: 'pause', now: tape.rarely(2) },
      { kind: 'unpause' },
      { kind: 'unpause' },
      { kind: 'continue' },
      { kind: 'retry-agent', agentId, program: tape.rarely(2) ? { kind: 'preset', preset } : null },
      { kind: 'stop-agent', agentId, again: tape.rarely(2), by: 'person', reason: 'stuck' },
    ];
    return tape.of(commands);
  }

  /** Everybody ends well and for nothing; a person goes past whatever is asked. */
  finish(): void {
    this.loop.send({ kind: 'unpause' });
    for (let turns = 0; turns < 300; turns++) {
      for (const slot of currentSlots(stateOf(this.loop)).filter(isRunning)) this.end(slot);
      this.loop.run({ agent: passing });
      if (!stateOf(this.loop).waiting) return;
      this.loop.send({ kind: 'decide', decision: 'PROCEED', reason: '', feedback: [], confirm: FILES });
    }
  }
}

/** What must hold in every state; null when it does. */
function brokenIn(spending: Spending, { known, honest }: Rules): string | null {
  const { loop, dearestUnknown, excess } = spending;
  const state = stateOf(loop);
  const limit = state.limitUsd ?? 0;
  const slots = currentSlots(state).filter(isRunning);
  const unknown = slots.filter((slot) => slot.state.reserved.usd === null).length;
  const most = limit + (known ? 0 : dearestUnknown) + (honest ? 0 : excess) + HAIR;
  if (spentUsd(state) > most) return `${spentUsd(state)} spent of ${limit}, at most ${most}`;
  if (honest && known && spentUsd(state) + reservedUsd(state) > limit + HAIR)
    return `${reservedUsd(state)} set aside beside ${spentUsd(state)} of ${limit}`;
  if (unknown > 1) return `${unknown} of unknown price run`;
  return stuck(state, loop.effects);
}

/** Why it would never go on; null when it does, or somebody is asked. */
function stuck(state: LoopState, effects: readonly Effect[]): string | null {
  const runs = currentSlots(state).some(isRunning);
  if (state.waiting?.for === 'budget') return runs ? 'it waits while agents run' : null;
  const rests = state.waiting ?? state.paused;
  return rests || state.phase.kind === 'finished' || effects.length > 0
    ? null
    : `nothing is due in ${state.phase.kind}, and nobody is asked`;
}

function played(
  numbers: readonly number[],
  rules: Rules,
  order: readonly number[],
): { readonly spending: Spending; readonly broken: readonly string[] } {
  const tape = new Tape(numbers);
  const spending = new Spending(tape, rules, order);
  const broken = new Set<string>();
  const look = () => {
    const wrong = brokenIn(spending, rules);
    if (wrong !== null) broken.add(wrong);
  };
  look();
  while (!tape.over) {
    const starts = pendingStarts(spending);
    const byItself = spending.move();
    look();
    if (byItself && rules.honest && rules.known) {
      const due = new Set(spending.due().map(effectKey));
      for (const start of starts) if (!due.has(start)) broken.add(`${start} was called back`);
    }
  }
  spending.finish();
  look();
  return { spending, broken: Array.from(broken) };
}

/** They may be under way already, though nothing of it is recorded. */
function pendingStarts(spending: Spending): readonly string[] {
  const pending = new Set(
    currentSlots(stateOf(spending.loop)).flatMap(({ agentId, state }) =>
      state.kind === 'pending' ? [agentId] : [],
    ),
  );
  return spending
    .due()
    .filter(({ agentId }) => pending.has(agentId))
    .map(effectKey);
}

const IN_ORDER = [0, 1, 2, 3, 4, 5, 6, 7];

describe('any schedule of starts, ends, failures, pauses and decisions', () => {
  it.each([
    ['never spends more than the budget where runs cost what was set aside', { honest: true, known: true }],
    ['goes beyond it by one run of unknown price at most', { honest: true, known: false }],
    ['goes beyond it by what runs cost beyond what was set aside, at most', { honest: false, known: false }],
  ])('%s, in whatever order the crew stands', (_name, rules) => {
    expect.hasAssertions();
    fc.assert(
      fc.property(tapes, orders, (numbers, order) => {
        expect(played(numbers, rules, IN_ORDER).broken).toEqual([]);
        expect(played(numbers, rules, order).broken).toEqual([]);
      }),
      runs,
    );
  });

  it('comes to an end once a person goes past every question, and is replayed as it was', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(tapes, (numbers) => {
        const { loop } = played(numbers, { honest: false, known: false }, IN_ORDER).spending;
        expect(stateOf(loop).phase.kind).toBe('finished');
        expect(replay(loop.events)).toEqual(loop.state);
      }),
      runs,
    );
  });

  it('warns once for each limit', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(tapes, (numbers) => {
        const { loop } = played(numbers, { honest: false, known: false }, IN_ORDER).spending;
        const limits = loop.events.flatMap((event) => (event.type === 'BudgetWarned' ? event.limitUsd : []));
        expect(new Set(limits).size).toBe(limits.length);
      }),
      runs,
    );
  });

  it('really runs several at once, waits for the budget, ends at it, and warns', () => {
    const seen = new Set<string>();
    for (const numbers of fc.sample(tapes, { numRuns: 300, seed: 7 })) {
      const { loop, widest, excess, dearestUnknown } = played(
        numbers,
        { honest: false, known: false },
        IN_ORDER,
      ).spending;
      if (widest > 2) seen.add('parallel');
      if (excess > 0) seen.add('excess');
      if (dearestUnknown > 0) seen.add('unknown');
      for (const event of loop.events) {
        if (event.type === 'LoopWaiting') seen.add(event.for);
        if (event.type === 'BudgetWarned') seen.add('warned');
        if (event.type === 'LoopFinished') seen.add(event.outcome);
      }
    }
    expect([...seen]).toEqual(
      expect.arrayContaining(['parallel', 'excess', 'unknown', 'budget', 'warned', 'BUDGET', 'PROCEED']),
    );
  });
});
