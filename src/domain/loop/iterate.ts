import { stallOf, type Stall } from '../convergence.ts';
import { gateConfidence } from '../gate.ts';
import { pendingRevision } from '../review/review-feedback.ts';
import { compare, evidenceRank } from '../race.ts';
import type { LoopConfig } from './config.ts';
import type { EventBody, FeedbackItem } from './events.ts';
import { collectFeedback, leftOutFeedback } from './feedback.ts';
import { completed, exitsOf, iterations, type IterationRecord, type LoopState } from './state.ts';
import type { Commit } from './model.ts';

/** What follows an iteration that did not end the loop: the next one, or the named reason why there is none. */
export function iterateOrStop(state: LoopState, record: IterationRecord): EventBody {
  const best = bestCommit(state);
  const stop = stopReason(state, record);
  if (stop) return { type: 'LoopEnding', ...stop, commit: best };
  return (
    stalled(state, record) ?? {
      type: 'IterationStarted',
      number: record.number + 1,
      start: pendingRevision(state) ?? record.integrated?.commit ?? record.start,
      feedback: nextFeedback(state, record),
    }
  );
}

function stopReason(
  state: LoopState,
  record: IterationRecord,
): { readonly outcome: 'ABORT' | 'EXHAUSTED'; readonly stopReason: string } | null {
  if (noneCompleted(record) && noneCompleted(state.history.at(-1))) {
    return { outcome: 'ABORT', stopReason: 'agents failed' };
  }
  if (failedWithoutChange(record)) {
    return { outcome: record.number === 1 ? 'ABORT' : 'EXHAUSTED', stopReason: 'no changes' };
  }
  if (record.number >= state.config.maxIterations) return { outcome: 'EXHAUSTED', stopReason: 'cap' };
  return null;
}

function stalled(state: LoopState, record: IterationRecord): EventBody | null {
  if (record.stall) return atStall(state, record, record.stall);
  const stall = stallOf(iterations(state));
  return stall && { type: 'StallNoticed', ...stall };
}

/** A person who has had a word in it is not asked again, and their loop is not ended. */
function atStall(state: LoopState, record: IterationRecord, { kind, message }: Stall): EventBody | null {
  if (record.decision?.by === 'person' || record.waived.includes('stalled')) return null;
  switch (state.config.onStall) {
    case 'stop':
      return { type: 'LoopEnding', outcome: 'EXHAUSTED', stopReason: kind, commit: bestCommit(state) };
    case 'pause':
      return { type: 'LoopWaiting', for: 'stalled', message: `${message} ${PROPOSALS}` };
    default:
      return null;
  }
}

const PROPOSALS = 'Give the work to another agent, narrow the task by feedback, or go on as it is.';

const noneCompleted = (record: IterationRecord | undefined): boolean =>
  record !== undefined && !exitsOf(record.implementers).some(completed);

const failedWithoutChange = (record: IterationRecord): boolean =>
  record.gate?.passed === false && changedNothing(record);

const changedNothing = (record: IterationRecord): boolean =>
  !noneCompleted(record) &&
  record.integrated !== null &&
  !record.integrated.differsFromStart &&
  record.integrated.conflicts.length === 0;

/** No iteration starts with empty feedback, and none of its implementers does. */
const nextFeedback = (state: LoopState, record: IterationRecord): readonly FeedbackItem[] => [
  ...leftOutFeedback(record),
  ...reasonsFor(state, record),
];

function reasonsFor(state: LoopState, record: IterationRecord): readonly FeedbackItem[] {
  const items = collectFeedback(state, record);
  if (items.some((item) => item.to === null)) return items;
  const silent = record.implementers.filter((slot) => !items.some((item) => item.to === slot.agentId));
  if (silent.length === record.implementers.length) return reasonsOf(record);
  const text =
    'Your work was taken; others have to go on. Check that yours still fits with what is there now.';
  return [...items, ...silent.map((slot) => ({ origin: 'gate', to: slot.agentId, text }))];
}

function reasonsOf(record: IterationRecord): readonly FeedbackItem[] {
  const reasons =
    record.gate?.passed === false && record.gate.reasons.length > 0
      ? record.gate.reasons
      : ['The last iteration did not pass and named no reason. Check every requirement again.'];
  return reasons.map((text) => ({ origin: 'gate', to: null, text }));
}

/** Best by evidence, consensus, confidence, then the later; null when nothing differs from the base. */
export function bestIteration(state: LoopState): IterationRecord | null {
  const candidates = iterations(state).filter((record) => record.integrated?.differsFromBase);
  return candidates.reduce<IterationRecord | null>(
    (best, record) =>
      best && compare(worth(state.config, best), worth(state.config, record)) > 0 ? best : record,
    null,
  );
}

export const bestCommit = (state: LoopState): Commit | null =>
  bestIteration(state)?.integrated?.commit ?? null;

function worth(config: LoopConfig, record: IterationRecord): readonly number[] {
  return [
    evidenceRank(record.evidence),
    record.evidence?.passRate ?? 0,
    record.consensus?.score ?? 0,
    gateConfidence(config, record),
  ];
}
