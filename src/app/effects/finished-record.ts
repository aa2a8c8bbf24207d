import type { ResultRecord } from '../../protocol/attempt.ts';
import { isDetached, type LoopScope } from '../loop-deps.ts';

/** A cancelled runner still owes its record; one that never comes is lost. */
const CANCEL_DEADLINE_MS = 20_000;

/** The attempt's record; null when this process lets go of the loop. */
export async function finishedRecord(
  scope: Pick<LoopScope, 'watch'>,
  folder: string,
  signal: AbortSignal,
): Promise<ResultRecord | 'lost' | null> {
  try {
    const record = await scope.watch.awaitRecord(folder, signal);
    if (record === 'lost') await scope.watch.reap(folder);
    return record;
  } catch (error) {
    if (isDetached(signal)) return null;
    if (!signal.aborted) throw error;
    await scope.watch.cancel(folder, 'cancelled by the loop');
    const record = await scope.watch
      .awaitRecord(folder, AbortSignal.timeout(CANCEL_DEADLINE_MS))
      .catch(() => 'lost' as const);
    if (record === 'lost') await scope.watch.reap(folder);
    return record;
  }
}
