import { currentSlots, type LoopState, type RunningAttempt, type Slot } from '../../domain/loop/state.ts';

export interface RunningSlot {
  readonly slot: Slot;
  readonly attempt: RunningAttempt;
}

/** The attempts that run now. */
export function runningSlots(state: LoopState): readonly RunningSlot[] {
  const slots = currentSlots(state);
  return slots.flatMap((slot) => (slot.state.kind === 'running' ? [{ slot, attempt: slot.state }] : []));
}
