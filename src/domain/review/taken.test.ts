import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { heldChanges } from './held-changes.ts';
import type { ReviewItem } from './review.ts';
import { comment, reviewOf } from './test-threads.ts';
import { take, type TakenFile } from './taken.ts';

const files = fc.array(
  fc.record({ path: fc.constantFrom('a', 'b', 'c', 'd'), from: fc.constantFrom('1', '2', '3') }),
);
/** What each path is in the end, one after the other. */
const ends = (taken: readonly TakenFile[]) => Object.fromEntries(taken.map(({ path, from }) => [path, from]));

it('takes each path once, from where it was taken last, however the takes are parted', () => {
  fc.assert(
    fc.property(files, files, (first, more) => {
      const all = take(take([], first), more);
      expect(ends(all)).toEqual(ends([...first, ...more]));
      expect(new Set(all.map(({ path }) => path)).size).toBe(all.length);
      expect(take(all, all)).toEqual(all);
      expect(ends(all)).toEqual(ends(take([], [...first, ...more])));
    }),
  );
});

it('knows what the reviews of a commit wanted otherwise, by the last of them', () => {
  const review = (commit: string, revised: string | null, ...kinds: readonly ReviewItem['kind'][]) => ({
    ...reviewOf(1, ...kinds.map((kind, at) => comment({ id: `${kind}${at}`, kind }))),
    commit,
    revised,
    type: 'ReviewSent' as const,
    reviewed: 1,
    taskId: 't',
    iteration: 1,
    at: 0,
    correlation: 'c',
  });
  const reviews = [
    review('a', 'a1', 'rejected', 'comment'),
    review('a', null, 'rejected'),
    review('a', 'a2', 'rejected', 'taken', 'accepted'),
    review('b', null, 'comment'),
  ];
  expect(heldChanges({ reviews }, 'a')).toEqual({ revised: 'a2', rejected: 2, taken: 1 });
  expect(heldChanges({ reviews }, 'a2')).toBeNull();
  expect(heldChanges({ reviews }, 'b')).toBeNull();
});
