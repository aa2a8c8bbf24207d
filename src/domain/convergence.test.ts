import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stallOf } from './convergence.ts';
import { iterations, type IterationRecord } from './loop/state.ts';
import {
  implementer,
  judgement,
  owner,
  passing,
  startedLoop,
  type TestLoop,
  validator,
  type Answers,
} from './loop/test-loop.ts';

interface Round {
  readonly passRate?: number;
  readonly failures?: readonly string[];
  readonly tree?: string;
}

/** As a loop leaves them whose gate failed in each of these rounds. */
const failed = (...rounds: readonly Round[]): readonly IterationRecord[] => {
  const [template] = iterations(startedLoopWithOneIteration().state!);
  return rounds.map(({ passRate = 0.5, failures, tree }, index): IterationRecord => {
    const number = index + 1;
    const feedback = failures ?? [`case ${'abcdefghijklmnop'[index]} fails`];
    return {
      ...template!,
      number,
      integrated: { ...template!.integrated!, tree: tree ?? `tree-${number}` },
      evidence: judgement({ status: 'failed', passRate, feedback }),
      gate: { ...template!.gate!, passed: false, reasons: [] },
      consensus: null,
      decision: null,
    };
  });
};

function startedLoopWithOneIteration(): TestLoop {
  const loop = startedLoop();
  loop.run({ agent: passing });
  return loop;
}

describe('whether iterations come nearer', () => {
  it('has hope for two rounds, whatever they are', () => {
    const same = { failures: ['it fails'], tree: 'same' };
    expect(stallOf(failed(same))).toBeNull();
    expect(stallOf(failed(same, same))).toBeNull();
  });

  it('calls three rounds that fail alike a plateau, whatever figures their messages hold', () => {
    const round = (ms: number): Round => ({ failures: [`sum fails after ${ms} ms`, `at line ${ms}`] });
    expect(stallOf(failed({}, round(3), round(41), round(5.5)))).toEqual({
      kind: 'plateau',
      since: 2,
      message: 'Iterations 2 to 4 fail in the same way: sum fails after 3 ms',
    });
    const progress = [
      { failures: ['a fails', 'b fails'] },
      { failures: ['b fails'], passRate: 0.8 },
      { failures: [] },
    ];
    expect(stallOf(failed(...progress))).toBeNull();
  });

  it('calls rounds in which nothing gets better a plateau, also where their failures differ', () => {
    expect(stallOf(failed({}, {}, {}))).toBeNull();
    expect(stallOf(failed({}, {}, {}, {}))).toMatchObject({ kind: 'plateau', since: 1 });
    expect(stallOf(failed({}, {}, { passRate: 0.6 }, {}))).toBeNull();
  });

  it('calls it a regression once two rounds are worse than an earlier one', () => {
    expect(stallOf(failed({ passRate: 0.8 }, { passRate: 0.5 }))).toBeNull();
    expect(stallOf(failed({}, { passRate: 0.8 }, { passRate: 0.5 }, { passRate: 0.6 }))).toEqual({
      kind: 'regression',
      since: 2,
      message:
        'Iterations 3 to 4 are worse than iteration 2: 60 % of the checks pass, then 80 % of the checks pass.',
    });
  });

  it('calls it an oscillation when the files of an earlier round are back', () => {
    expect(stallOf(failed({ tree: 'a' }, { tree: 'b' }, { tree: 'a' }))).toMatchObject({
      kind: 'oscillation',
      since: 1,
    });
    expect(stallOf(failed({ tree: 'a' }, { tree: 'b' }, { tree: 'b' }))).toBeNull();
  });

  it('never loses hope while every round is better than all before it, and its files are new', () => {
    expect.hasAssertions();
    const rising = fc
      .uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 12 })
      .map((rates) => rates.toSorted((one, other) => one - other).map((rate) => ({ passRate: rate / 1000 })));
    fc.assert(
      fc.property(rising, (rounds) => {
        expect(stallOf(failed(...rounds))).toBeNull();
      }),
    );
  });

  it('always says so in the end where nothing changes', () => {
    const round = fc.record({
      passRate: fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
      failures: fc.array(fc.string(), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(round, { maxLength: 4 }), round, (before, same) => {
        expect(stallOf(failed(...before, same, same, same, same))).not.toBeNull();
      }),
    );
  });

  it('goes by results, never by the confidence that agents claim', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 8 }),
        (claims) => {
          const records = failed(...claims.map(() => ({})));
          const sure = records.map((record, index) => ({
            ...record,
            gate: { ...record.gate!, actualConfidence: claims[index]! },
          }));
          expect(stallOf(sure)).toEqual(stallOf(records));
        },
      ),
    );
  });
});

describe('a loop that comes no nearer', () => {
  const failing: Answers = {
    agent: (_id, role) =>
      role === 'implementer' ? implementer(0.99) : role === 'validator' ? validator(0.95) : owner('PROCEED'),
    evidence: () => ({
      status: 'failed',
      passRate: 0.5,
      feedback: ['sum fails'],
      reasons: ['1 check fails.'],
    }),
    integrated: (iteration) => ({ tree: `tree-${iteration}` }),
  };

  it('is told so in each iteration and goes on to the last one', () => {
    const loop = startedLoop();
    loop.run(failing);
    expect(loop.last('LoopFinished')).toMatchObject({
      outcome: 'EXHAUSTED',
      stopReason: 'cap',
      iterations: 10,
    });
    const noticed = loop.events.filter(({ type }) => type === 'StallNoticed');
    expect(noticed.map(({ iteration }) => iteration)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  it('ends by the name of what stalls it where that was asked for', () => {
    const loop = startedLoop({ onStall: 'stop' });
    loop.run(failing);
    expect(loop.last('LoopFinished')).toMatchObject({
      outcome: 'EXHAUSTED',
      stopReason: 'plateau',
      iterations: 3,
    });
  });

  it('waits for a person where that was asked for, once in each iteration', () => {
    const loop = startedLoop({ onStall: 'pause' });
    loop.run(failing);
    expect(loop.state?.waiting).toMatchObject({ for: 'stalled' });
    expect(loop.state?.waiting?.message).toMatch(/^Iterations 1 to 3 fail in the same way: sum fails/);
    expect(loop.send(decide('PROCEED'))).toBeNull();
    loop.run(failing);
    expect(loop.last('IterationStarted')).toMatchObject({ number: 4 });
    expect(loop.state?.waiting).toMatchObject({ for: 'stalled' });
    expect(loop.send(decide('ITERATE', ['Look at the sign.']))).toBeNull();
    expect(loop.last('IterationStarted')?.feedback).toContainEqual({
      origin: 'person',
      to: null,
      text: 'Look at the sign.',
    });
    loop.run(failing);
    expect(loop.send(decide('ABORT'))).toBeNull();
    loop.run(failing);
    expect(loop.last('LoopFinished')).toMatchObject({ outcome: 'ABORT', iterations: 5 });
  });

  const decide = (decision: 'PROCEED' | 'ITERATE' | 'ABORT', feedback: readonly string[] = []) =>
    ({ kind: 'decide', decision, reason: '', feedback, confirm: [] }) as const;
});
