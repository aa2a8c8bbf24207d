/** Files that become what they are in another commit of the loop. */
import type { Commit } from '../loop/model.ts';
import { exitsOf, iterations, slotsOf, type LoopState } from '../loop/state.ts';

/** A path becomes what it is in `from`: content, mode, link or submodule; where nothing is there, it goes. */
export interface TakenFile {
  readonly path: string;
  readonly from: Commit;
}

/** The quote of an item whose path goes. */
export const GONE = 'The file is not there.';

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
