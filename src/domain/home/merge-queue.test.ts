import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginQueue, onStacked, onTested, stepOf, type MergeQueue, type TestAnswer } from './merge-queue.ts';

interface World {
  /** Which loops are left over a stack because of a conflict. */
  readonly conflicts?: (loop: string, stack: readonly string[]) => boolean;
  readonly test: (loops: readonly string[]) => TestAnswer;
}

/** Plays the queue to its end. */
function play(loops: readonly string[], { conflicts = () => false, test }: World) {
  const tests: (readonly string[])[] = [];
  let queue: MergeQueue = beginQueue(loops);
  for (let steps = 0; steps < 10_000; steps += 1) {
    const step = stepOf(queue);
    if (step.kind === 'end') return { landed: [], guilty: queue.guilty, tests };
    if (step.kind === 'land') return { landed: step.loops, guilty: queue.guilty, tests };
    if (step.kind === 'stack') {
      const stack: string[] = [];
      for (const loop of step.loops) if (!conflicts(loop, stack)) stack.push(loop);
      queue = onStacked(queue, stack);
    } else {
      tests.push(step.loops);
      queue = onTested(queue, test(step.loops));
    }
  }
  throw new Error('the queue does not end');
}

/** Loops that fail by themselves, and pairs that fail only together. */
interface Faults {
  readonly bad: readonly string[];
  readonly pairs: readonly (readonly [string, string])[];
}
const isRed = ({ bad, pairs }: Faults, loops: readonly string[]): boolean =>
  loops.some((loop) => bad.includes(loop)) ||
  pairs.some(([one, other]) => loops.includes(one) && loops.includes(other));
const answering =
  (faults: Faults) =>
  (loops: readonly string[]): TestAnswer =>
    isRed(faults, loops) ? 'red' : 'green';

const LOOPS = fc.integer({ min: 1, max: 9 }).map((n) => Array.from({ length: n }, (_, at) => `L${at}`));
const FAULTY = LOOPS.chain((loops) => {
  const one = fc.constantFrom(...loops);
  const pair = fc.tuple(one, one).filter(([left, right]) => left !== right);
  return fc.record({
    loops: fc.constant(loops),
    bad: fc.uniqueArray(one, { maxLength: 3 }),
    pairs: loops.length < 2 ? fc.constant([]) : fc.array(pair, { maxLength: 3 }),
  });
});
const most = (loops: number): number => 1 + loops * (2 * Math.ceil(Math.log2(Math.max(loops, 2))) + 2);

describe('the merge queue', () => {
  it('lands all at once with one run where nothing fails', () => {
    expect(play(['a', 'b', 'c'], { test: () => 'green' })).toEqual({
      landed: ['a', 'b', 'c'],
      guilty: [],
      tests: [['a', 'b', 'c']],
    });
  });

  it('names one that fails alone, and lands the others', () => {
    const { landed, guilty } = play(['a', 'b', 'c', 'd'], { test: answering({ bad: ['c'], pairs: [] }) });
    expect(landed).toEqual(['a', 'b', 'd']);
    expect(guilty).toEqual([{ loop: 'c', with: [], failing: ['c'] }]);
  });

  it('names the two that fail only together, and puts the later one aside', () => {
    const faults = { bad: [], pairs: [['b', 'd']] as const };
    const { landed, guilty } = play(['a', 'b', 'c', 'd'], { test: answering(faults) });
    expect(landed).toEqual(['a', 'b', 'c']);
    expect(guilty).toEqual([{ loop: 'd', with: ['b'], failing: ['a', 'b', 'c', 'd'] }]);
  });

  it('takes one that conflicts with a guilty one back in', () => {
    const { landed } = play(['a', 'b'], {
      conflicts: (loop, stack) => loop === 'b' && stack.includes('a'),
      test: answering({ bad: ['a'], pairs: [] }),
    });
    expect(landed).toEqual(['b']);
  });

  it('names all the ones before where fewer of them cannot be stacked', () => {
    const { guilty } = play(['a', 'b', 'c'], {
      test: (loops) => (loops.length === 3 ? 'red' : loops.at(-1) === 'c' ? 'unstackable' : 'green'),
    });
    expect(guilty).toEqual([{ loop: 'c', with: ['a', 'b'], failing: ['a', 'b', 'c'] }]);
  });

  it('for any faults, puts aside exactly those that make what is before them fail, in few runs', () => {
    fc.assert(
      fc.property(FAULTY, ({ loops, ...faults }) => {
        const kept: string[] = [];
        for (const loop of loops) if (!isRed(faults, [...kept, loop])) kept.push(loop);
        const { landed, guilty, tests } = play(loops, { test: answering(faults) });
        expect(landed).toEqual(kept);
        expect(guilty.map(({ loop }) => loop).toSorted()).toEqual(
          loops.filter((loop) => !kept.includes(loop)),
        );
        for (const { loop, with: others, failing } of guilty) {
          expect(isRed(faults, failing)).toBe(true);
          expect(isRed(faults, failing.slice(0, -1))).toBe(false);
          expect(others.length === 0).toBe(faults.bad.includes(loop));
          expect(others.length === 0 || isRed(faults, [...others, loop])).toBe(true);
        }
        expect(tests.length).toBeLessThanOrEqual(most(loops.length));
      }),
      { numRuns: 2_000 },
    );
  });

  it('for any faults and conflicts, what lands passed as a whole and has no conflict', () => {
    const world = FAULTY.chain((faulty) =>
      fc.record({
        faulty: fc.constant(faulty),
        clashes: fc.array(fc.tuple(fc.constantFrom(...faulty.loops), fc.constantFrom(...faulty.loops))),
      }),
    );
    fc.assert(
      fc.property(world, ({ faulty: { loops, ...faults }, clashes }) => {
        const conflicts = (loop: string, stack: readonly string[]) =>
          clashes.some(
            ([one, other]) =>
              (one === loop && stack.includes(other)) || (other === loop && stack.includes(one)),
          );
        const { landed, guilty } = play(loops, { conflicts, test: answering(faults) });
        expect(isRed(faults, landed)).toBe(false);
        const left = loops.filter((loop) => !landed.includes(loop));
        for (const loop of left) {
          const blamed = guilty.some((one) => one.loop === loop);
          expect(blamed || conflicts(loop, landed)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('ends within the same number of runs whatever a flaky test answers, and lands only what passed', () => {
    fc.assert(
      fc.property(LOOPS, fc.infiniteStream(fc.boolean()), (loops, answers) => {
        const passed: string[] = [];
        const test = (tested: readonly string[]): TestAnswer => {
          if (answers.next().value !== true) return 'red';
          passed.push(tested.join());
          return 'green';
        };
        const { landed, guilty, tests } = play(loops, { test });
        expect(tests.length).toBeLessThanOrEqual(most(loops.length));
        expect(landed.length + guilty.length).toBe(loops.length);
        expect(landed.length === 0 || passed.includes(landed.join())).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
