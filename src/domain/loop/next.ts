import { dayReachedText } from '../agents/day-budget.ts';
import { checkConsensus, quorumReached, voteOf } from '../consensus.ts';
import { checkGate } from '../gate.ts';
import { provenIn } from '../proofs.ts';
import { missedIn, nextProbe } from '../adversarial/probe.ts';
import { reviewAsksForWork } from '../review/review-feedback.ts';
import { budgetReason, nextWarning } from './budget.ts';
import { runAllowance } from './effects.ts';
import type { EventBody, FeedbackItem } from './events.ts';
import { bestCommit, iterateOrStop } from './iterate.ts';
import type { ProductOwnerResult } from './model.ts';
import { BOARD, boardHasPerson, boardResult, isBoard, underPolicy, type BoardResult } from './owners.ts';
import {
  activeSlots,
  completed,
  dueHandOver,
  exitsOf,
  handOverName,
  type IterationRecord,
  type LoopState,
} from './state.ts';

/**
 * The event that follows from a state by rule alone; null when the loop waits for work or for a person.
 * Applied until it says null, so every consequence is journaled together with its cause.
 */
export function next(state: LoopState): EventBody | null {
  const { phase, current } = state;
  const warning = nextWarning(state);
  if (warning) return warning;
  if (state.waiting || phase.kind === 'finished') return null;
  const hold = nextHold(state);
  if (hold || phase.kind === 'ending') return hold;
  if (!current) {
    return phase.kind === 'iterating'
      ? { type: 'IterationStarted', number: 1, start: state.config.baseCommit, feedback: fromPerson(state) }
      : null;
  }
  switch (phase.kind) {
    case 'gating':
      return nextGate(state, current);
    case 'agreeing':
      return nextConsensus(state, current);
    case 'deciding':
      return nextDecision(state, current) ?? nextBudget(state);
    case 'decided':
      return afterDecision(state, current);
    case 'iterating':
      return iterateOrStop(state, current);
    case 'validating':
      return nextProbe(current) ?? nextBudget(state);
    case 'implementing':
      return nextBudget(state);
    default:
      return null;
  }
}

/** A hand-over that was let go is not held again, also where it has to be written a second time. */
function nextHold(state: LoopState): EventBody | null {
  const due = dueHandOver(state);
  if (!due || !state.breakpoints.includes(due.point) || state.released === handOverName(due)) return null;
  const message = `Held by you before transfer point ${due.point}. Nothing times out while it is held.`;
  return { type: 'LoopWaiting', for: 'breakpoint', message };
}

const fromPerson = (state: LoopState): readonly FeedbackItem[] =>
  state.addedFeedback.map((text) => ({ origin: 'person', to: null, text }));

function nextGate(state: LoopState, record: IterationRecord): EventBody {
  const unavailable =
    state.config.evidence.length > 0 &&
    record.evidence?.status === 'unavailable' &&
    !record.evidence.preparationFailed &&
    !record.waived.includes('evidence');
  if (unavailable) {
    const message = `The evidence is unavailable: ${record.evidence.reasons.join(' ')}`;
    return { type: 'LoopWaiting', for: 'evidence', message };
  }
  return { type: 'GateChecked', ...checkGate(state.config, record) };
}

function nextConsensus(state: LoopState, record: IterationRecord): EventBody {
  if (!record.consensus) {
    const silent = record.validators
      .filter((slot) => voteOf(slot).score === null)
      .map((slot) => slot.agentId);
    if (!quorumReached(record) && !record.recalled && silent.length > 0)
      return { type: 'ValidatorsRecalled', agentIds: silent };
    return { type: 'ConsensusChecked', ...checkConsensus(state.config, record, state.confirmedFiles) };
  }
  return afterMissedConsensus(state, record);
}

/** Past the quorum a person may go, and stands in for the validators, also for the few who voted; changed protected files have to be confirmed all the same. */
function afterMissedConsensus(state: LoopState, record: IterationRecord): EventBody {
  const { consensus } = record;
  const missed = !quorumReached(record);
  if (missed && !record.waived.includes('quorum')) {
    const lost = [...missedIn(record)];
    const voted = record.validators.filter(
      (slot) => voteOf(slot).score !== null && !lost.includes(slot.agentId),
    ).length;
    const missing =
      lost.length > 0 ? ` The vote of ${lost.join(', ')} is lost: a seeded fault was missed.` : '';
    const mean =
      consensus?.score == null
        ? ''
        : ` Those who did give ${consensus.score.toFixed(2)} on average; ${consensus.threshold.toFixed(2)} is needed.`;
    const message = `${voted} of ${record.validators.length} validators voted: no consensus, not a low one.${missing}${mean} PROCEED goes on without one.`;
    return { type: 'LoopWaiting', for: 'quorum', message };
  }
  const scoreReached = consensus?.score != null && consensus.score >= state.config.consensusThreshold;
  if ((!missed && !scoreReached) || provenIn(record).length > 0) return iterateOrStop(state, record);
  const open = (consensus?.unconfirmedFiles ?? []).filter((file) => !state.confirmedFiles.includes(file));
  if (open.length > 0) {
    const message = `No majority confirmed what has to be confirmed: ${open.join(', ')}.`;
    return { type: 'LoopWaiting', for: 'evidence', message };
  }
  return {
    type: 'ConsensusChecked',
    ...checkConsensus(state.config, record, state.confirmedFiles),
    passed: true,
  };
}

function nextDecision(state: LoopState, record: IterationRecord): EventBody | null {
  if (state.config.decidedBy === 'person') {
    return {
      type: 'LoopWaiting',
      for: 'decision',
      message: 'The loop waits for your decision: PROCEED, ITERATE or ABORT.',
    };
  }
  if (activeSlots(state).some((slot) => slot.state.kind !== 'settled')) return null;
  if (isBoard(state.config)) return nextOfBoard(state, record);
  const exit = exitsOf(record.owners).at(-1);
  if (!exit || !completed(exit)) {
    return {
      type: 'LoopWaiting',
      for: 'decision',
      message: `The product owner did not complete (${exit?.ending ?? 'none'}); decide in its place.`,
    };
  }
  if (exit.result?.role !== 'product-owner') {
    const reason = `No valid decision: ${exit.resultError ?? 'nothing was reported'}`;
    return {
      type: 'DecisionMade',
      decision: 'ABORT',
      by: exit.agentId,
      reason,
      defaulted: true,
      feedback: [],
      deferred: [],
    };
  }
  return recommended(state, record, exit.agentId, exit.result);
}

/** Who is a person on a board votes last, and is told what the agents would decide without them. */
function nextOfBoard(state: LoopState, record: IterationRecord): EventBody {
  const result = boardResult(state, record, null);
  if (result) return recommended(state, record, BOARD, result);
  const silent = record.owners
    .filter((slot) => slot.state.kind !== 'settled' || !completed(slot.state.exit))
    .map(({ agentId }) => agentId);
  const message = `Of the board ${silent.join(', ')} did not complete, and could change its decision; decide in its place.`;
  return { type: 'LoopWaiting', for: 'decision', message };
}

/** What a person asked for is not passed over by an agent that never heard of it. */
function recommended(
  state: LoopState,
  record: IterationRecord,
  agentId: string,
  result: ProductOwnerResult & Partial<Pick<BoardResult, 'board'>>,
): EventBody {
  const { decision, reason, feedback, deferred, board } = underPolicy(state, record, result);
  const votes = board ? { board } : {};
  const unread = decision === 'PROCEED' && reviewAsksForWork(state);
  const asksPerson =
    state.config.decidedBy === 'agent-then-person' ||
    boardHasPerson(state.config) ||
    unread ||
    (state.config.evidence.length === 0 && decision === 'PROCEED');
  if (!asksPerson) {
    const made = { decision, by: agentId, reason, defaulted: false, feedback, deferred };
    return { type: 'DecisionMade', ...made, ...votes };
  }
  if (!record.recommendation) return { type: 'Recommended', agentId, decision, reason, feedback, ...votes };
  const vote = boardHasPerson(state.config) ? ' Your vote on the board is due.' : '';
  const review = unread ? ' Your review asks for changes that no agent has read yet.' : '';
  return {
    type: 'LoopWaiting',
    for: 'decision',
    message: `${agentId} recommends ${decision}: ${reason}${review}${vote}`,
  };
}

function afterDecision(state: LoopState, record: IterationRecord): EventBody {
  const decision = record.decision?.decision ?? 'ABORT';
  if (decision === 'ITERATE') return iterateOrStop(state, record);
  if (decision === 'ABORT') {
    return { type: 'LoopEnding', outcome: 'ABORT', stopReason: 'decided', commit: bestCommit(state) };
  }
  if (state.outside.length > 0 && !state.outsideAccepted) {
    const message = `While agents ran, something outside their worktrees changed: ${state.outside.join('; ')}.`;
    return { type: 'LoopWaiting', for: 'outside', message };
  }
  return {
    type: 'LoopEnding',
    outcome: 'PROCEED',
    stopReason: 'passed',
    commit: record.decision?.revised ?? record.integrated?.commit ?? null,
  };
}

const dayReason = ({ dayHeld }: LoopState): string | null =>
  dayHeld && dayReachedText(dayHeld, dayHeld.agentId);

/** Ends or holds the loop once nothing runs and the next agent may not start: nothing is under way that could be lost. */
function nextBudget(state: LoopState): EventBody | null {
  const slots = activeSlots(state);
  if (state.paused || !slots.some((slot) => slot.state.kind === 'pending')) return null;
  if (slots.some((slot) => slot.state.kind === 'running')) return null;
  const message =
    state.agentRuns >= runAllowance(state)
      ? `${state.agentRuns} agent runs are used up (maxAgentRuns ${runAllowance(state)}).`
      : (budgetReason(state) ?? dayReason(state));
  if (message === null) return null;
  return state.config.onBudget === 'stop'
    ? { type: 'LoopEnding', outcome: 'BUDGET', stopReason: 'budget', commit: bestCommit(state) }
    : { type: 'LoopWaiting', for: 'budget', message };
}
