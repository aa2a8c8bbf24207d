/** Files that become what they are in another commit of the loop. */
import type { Commit } from '../loop/model.ts';
import type { ReviewItem } from './review.ts';
import { exitsOf, iterations, slotsOf, type LoopState } from '../loop/state.ts';

/** A path becomes what it is in `from`: content, mode, link or submodule; where nothing is there, it goes. */
export interface TakenFile {
  readonly path: string;
  readonly from: Commit;
}

/** The quote of an item whose path goes. */
export const GONE = 'The file is not there.';

/** A taken file as a person prepared it. `gone`: there is none where it is taken from. */
export interface PreparedTake extends TakenFile {
  readonly gone: boolean;
}

/** As an item of a review. */
export const takenItem = (id: string, { path, from, gone }: PreparedTake): ReviewItem => ({
  id,
  kind: 'taken',
  file: path,
  line: null,
  endLine: null,
  quote: gone ? GONE : '',
  text: '',
  from,
});

/** Those among the items of a review. */
export const takenFiles = (items: readonly ReviewItem[]): readonly PreparedTake[] =>
  items.flatMap(({ kind, file, from, quote }) =>
    kind === 'taken' && file !== null && from !== undefined
      ? [{ path: file, from, gone: quote === GONE }]
      : [],
  );

/** The takes with some more; what is taken later at a path counts. */
export function take(taken: readonly TakenFile[], more: readonly TakenFile[]): readonly TakenFile[] {
  return [...new Map([...taken, ...more].map((each) => [each.path, each])).values()];
}

/** `iteration 2`, `backend-1 in iteration 2`, `the base`; null where the commit is none of these. */
export function sourceWords(state: LoopState, commit: Commit | undefined): string | null {
  if (commit === state.config.baseCommit) return 'the base';
  for (const record of iterations(state).toReversed()) {
    if (record.integrated?.commit === commit) return `iteration ${record.number}`;
    const exit = exitsOf(slotsOf(record)).find((each) => each.commit === commit);
    if (exit && commit !== undefined) return `${exit.agentId} in iteration ${record.number}`;
  }
  return null;
}
