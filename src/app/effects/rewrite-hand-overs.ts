import { evolve } from '../../domain/loop/evolve.ts';
import type { LoopEvent } from '../../domain/loop/events.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { LoopScope } from '../loop-deps.ts';
import { writeByPoint } from './transfer.ts';

/** The last one is written with the loop's end, by the end itself. */
const LAST_BETWEEN_STEPS = 6;

/**
 * Writes the hand-overs again that a store has lost, each as it was last. The journal holds their hashes; what they
 * said follows from the state they were written in and from the commits, which are still there.
 */
export async function rewriteHandOvers(scope: LoopScope, events: readonly LoopEvent[]): Promise<void> {
  const newest = new Map(
    events.flatMap((event) =>
      event.type === 'TransferPointWritten' && event.point <= LAST_BETWEEN_STEPS
        ? [[event.key, event] as const]
        : [],
    ),
  );
  let state: LoopState | null = null;
  for (const event of events) {
    if (event.type === 'TransferPointWritten' && newest.get(event.key) === event && state?.current) {
      const { point, part, iteration, key, sha256 } = event;
      const there = await scope.coordination.get(key);
      if (!there.ok) return;
      if (there.value === null) {
        const effect = { kind: 'write-transfer-point', point, part, iteration } as const;
        const receipt = await writeByPoint(scope, effect, state, state.current);
        const same = receipt.sha256 === sha256 ? 'its bytes' : 'other bytes';
        scope.logger.debug(`Transfer point ${point} was written again with ${same}`, {
          taskId: scope.config.taskId,
        });
      }
    }
    state = evolve(state, event);
  }
}
