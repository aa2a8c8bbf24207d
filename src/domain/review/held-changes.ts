import type { Commit } from '../loop/model.ts';
import type { LoopState } from '../loop/state.ts';

/** What a person wanted otherwise in a commit, in reviews that were sent, and the commit as they wanted it. */
export interface HeldChanges {
  readonly revised: Commit;
  readonly rejected: number;
  readonly taken: number;
}

/** Null where the commit is as every review wanted it. A loop that ends with its best iteration ends with such a commit. */
export function heldChanges({ reviews }: Pick<LoopState, 'reviews'>, commit: Commit): HeldChanges | null {
  const about = reviews.filter((review) => review.commit === commit && review.revised !== null);
  const revised = about.at(-1)?.revised ?? null;
  if (revised === null) return null;
  const count = (kind: 'rejected' | 'taken') =>
    about.reduce((sum, { items }) => sum + items.filter((item) => item.kind === kind).length, 0);
  return { revised, rejected: count('rejected'), taken: count('taken') };
}
