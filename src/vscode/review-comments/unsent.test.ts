import { expect, it } from 'vitest';
import { Emitter } from '../../base/emitter.ts';
import type { HunkReview } from '../review-hunks/hunk-review.ts';
import type { Drafts } from './drafts.ts';
import { createUnsent } from './unsent.ts';

it('counts drafts and, once they are read, hunks that were chosen about, and tells of every change', async () => {
  const [drafted, chosen] = [new Emitter<void>(), new Emitter<void>()];
  const drafts = { count: () => 2, onChange: drafted.event } as Partial<Drafts> as Drafts;
  const hunks = { choices: { count: () => 3, onChange: chosen.event } } as unknown as HunkReview;
  const loading = Promise.resolve(hunks);
  const unsent = createUnsent({ hunks: () => loading }, drafts);
  let changes = 0;
  unsent.onChange(() => (changes += 1));
  expect(unsent.count('fix')).toBe(2);
  await loading;
  expect([unsent.count('fix'), changes]).toEqual([5, 1]);
  chosen.fire();
  drafted.fire();
  expect(changes).toBe(3);
  unsent.dispose();
  chosen.fire();
  expect(changes).toBe(3);
});
