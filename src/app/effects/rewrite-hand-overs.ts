import { evolve } from '../../domain/loop/evolve.ts';
import type { LoopEvent } from '../../domain/loop/events.ts';
import type { LoopState } from '../../domain/loop/state.ts';
import type { LoopScope } from '../loop-deps.ts';
import { writeByPoint } from './transfer.ts';

/** The last one is written with the loop's end, by the end itself. */
const LAST_BETWEEN_STEPS = 6;

type Written = Extract<LoopEvent, { type: 'TransferPointWritten' }>;

/** The hand-overs of each key, oldest first. */
function writtenByKey(events: readonly LoopEvent[]): ReadonlyMap<string, readonly Written[]> {
  const all = new Map<string, Written[]>();
  for (const event of events) {
    if (event.type !== 'TransferPointWritten' || event.point > LAST_BETWEEN_STEPS) continue;
    all.set(event.key, [...(all.get(event.key) ?? []), event]);
  }
  return all;
}

/** What the store has under the key of these hand-overs: the newest or somebody's own bytes, or nothing newer. */
async function standing(scope: LoopScope, written: readonly Written[]): Promise<'kept' | 'lost' | 'away'> {
  const newest = written.at(-1);
  const there = newest && (await scope.coordination.get(newest.key));
  if (!there) return 'kept';
  if (!there.ok) return 'away';
  if (there.value === null) return 'lost';
  const hash = scope.hash(there.value);
  return hash !== newest.sha256 && written.some((each) => each.sha256 === hash) ? 'lost' : 'kept';
}

/** `false`: the store went away. One that refuses it will do so every time. */
async function writeAgain(scope: LoopScope, event: Written, state: LoopState): Promise<boolean> {
  const { point, part, iteration, key, sha256 } = event;
  if (!state.current) return true;
  const effect = { kind: 'write-transfer-point', point, part, iteration } as const;
  const receipt = await writeByPoint(scope, effect, state, state.current);
  if (!receipt.verified) return (await scope.coordination.get(key)).ok;
  const same = receipt.sha256 === sha256 ? 'its bytes' : 'other bytes';
  scope.logger.debug(`Transfer point ${point} was written again with ${same}`, {
    taskId: scope.config.taskId,
  });
  return true;
}

/**
 * Writes the hand-overs again that a store has lost or never took, each as it was last. The journal holds their
 * hashes; what they said follows from the state they were written in and from the commits, which are still there.
 * Bytes that no hand-over of the loop had were put there by somebody else and stay. `false`: the store is not there.
 */
export async function rewriteHandOvers(scope: LoopScope, events: readonly LoopEvent[]): Promise<boolean> {
  const byKey = writtenByKey(events);
  let state: LoopState | null = null;
  for (const event of events) {
    const written = event.type === 'TransferPointWritten' ? (byKey.get(event.key) ?? []) : [];
    if (event.type === 'TransferPointWritten' && written.at(-1) === event && state !== null) {
      const now = await standing(scope, written);
      if (now === 'away') return false;
      if (now === 'lost' && !(await writeAgain(scope, event, state))) return false;
    }
    state = evolve(state, event);
  }
  return true;
}
