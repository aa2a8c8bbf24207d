import { WAYS, type Way } from '../home/ways.ts';

/** What a person made of a loop's result; null: nothing yet that says whether it is good. */
export type PersonVerdict = 'kept' | 'rejected' | null;

/** A step that brought a result home, or took it away, as far as it says something. */
export interface HomeStep {
  readonly way: Way | 'push' | 'discard';
  readonly state: 'begun' | 'done' | 'undoing' | 'undone' | 'dropped';
}

const brings = ({ way }: HomeStep): boolean => WAYS.some((one) => one === way);

/**
 * The newest step that stands says it. One that was undone with nothing in its place was a rejection, and a push is an
 * offer to others, no verdict.
 *
 * @param steps of one loop, newest first
 */
export function verdictOf(steps: readonly HomeStep[]): PersonVerdict {
  const standing = steps.find((step) => step.state === 'done' && step.way !== 'push');
  if (standing) return brings(standing) ? 'kept' : 'rejected';
  return steps.some((step) => step.state === 'undone' && brings(step)) ? 'rejected' : null;
}
