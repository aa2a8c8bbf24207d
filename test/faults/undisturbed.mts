/** What a loop comes to when nobody disturbs it: the measure for all that are disturbed. */
import type { LoopRun } from '../integration/loop/fixture.ts';
import { createFaultBench, TASK, type FaultBench } from './bench.mts';
import { census, type Census } from './census.mts';

export interface Undisturbed {
  readonly events: number;
  readonly outcome: string;
  readonly left: Census;
}

/** What both ways through a loop must agree on. */
export function outcomeOf({ bench }: FaultBench, run: LoopRun): string {
  const end = run.events.findLast(({ type }) => type === 'LoopFinished');
  const tree = end ? bench.git('rev-parse', `cfn/${TASK}/result^{tree}`) : 'no result';
  const facts = ['outcome', 'iterations', 'stopReason', 'mergedToMain'].map((field) => [field, end?.[field]]);
  return JSON.stringify({ code: run.code, ...Object.fromEntries(facts), tree });
}

export async function undisturbedLoop(): Promise<Undisturbed> {
  const place = await createFaultBench();
  try {
    const run = await place.bench.cfn(...place.run);
    if (run.code !== 0) throw new Error(`The loop fails without a fault: ${run.stderr}`);
    return { events: run.events.length, outcome: outcomeOf(place, run), left: await census(place) };
  } finally {
    place.remove();
  }
}
