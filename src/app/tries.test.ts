import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { MOST_TRIES, pauseBefore, Tries } from './tries.ts';

it('begins at once, and waits twice as long before each further try', () => {
  expect([1, 2, 3, 4, 5].map(pauseBefore)).toEqual([0, 500, 1000, 2000, 4000]);
});

it('counts each piece of work by itself, and anew once it was not asked for', () => {
  const word = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    word.map((key) => ({ kind: 'begin' as const, key })),
    fc.uniqueArray(word).map((due) => ({ kind: 'due' as const, due: new Set<string>(due) })),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const tries = new Tries();
      const expected = new Map<string, number>();
      const counts: number[] = [];
      const wanted: number[] = [];
      for (const each of steps) {
        if (each.kind === 'due') {
          tries.keepOnly(each.due);
          for (const key of expected.keys()) if (!each.due.has(key)) expected.delete(key);
        } else {
          expected.set(each.key, (expected.get(each.key) ?? 0) + 1);
          wanted.push(expected.get(each.key) ?? 0);
          counts.push(tries.begin(each.key));
        }
      }
      expect(counts).toEqual(wanted);
    }),
  );
});

it('says what work failed with, or that it came back without a word', () => {
  const tries = new Tries();
  tries.begin('integrate:1');
  expect(tries.reason('integrate:1')).toBe(`"integrate:1" came back undone ${MOST_TRIES} times.`);
  tries.failed('integrate:1', 'git is broken');
  tries.begin('integrate:1');
  expect(tries.reason('integrate:1')).toBe(
    `"integrate:1" failed ${MOST_TRIES} times, the last time with: git is broken`,
  );
});
