import { iterations, type IterationRecord, type LoopState, type Phase } from '../../domain/loop/state.ts';

/** The loop as it stood when one of its iterations was over; null where there is no such iteration. */
export function stateAtEndOf(state: LoopState, number: number): LoopState | null {
  const all = iterations(state);
  const index = all.findIndex((record) => record.number === number);
  const record = all[index];
  if (!record) return null;
  const upTo = all.slice(0, index + 1);
  return {
    ...state,
    current: record,
    history: all.slice(0, index),
    phase: phaseOf(record),
    waiting: null,
    paused: null,
    addedFeedback: [],
    reviews: state.reviews.filter((review) => review.iteration <= number),
    transferPoints: state.transferPoints.filter((point) => point.iteration <= number),
    costUsd: upTo.reduce((sum, each) => sum + each.costUsd, 0),
    costIncomplete: upTo.some((each) => each.costIncomplete),
  };
}

/** How far it came. */
function phaseOf({ decision, consensus, gate }: IterationRecord): Phase {
  if (decision) return { kind: 'decided' };
  if (consensus) return { kind: 'agreeing' };
  return gate ? { kind: 'gating' } : { kind: 'implementing' };
}
