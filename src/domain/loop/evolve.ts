import { assertNever } from '../../base/result.ts';
import type { EventOf, LoopEvent, StampedEvent } from './events.ts';
import type { Role } from './model.ts';
import {
  activeSlots,
  allSettled,
  currentSlots,
  handOverName,
  type AfterTransfer,
  type LoopState,
  type Phase,
  type TransferStep,
} from './state.ts';
import { budgetReason, raisedLimit } from './budget.ts';
import { runAllowance } from './effects.ts';
import { cared, isCare } from './care.ts';
import { integrable } from './effects.ts';
import { released } from './hand-over-edit.ts';
import { asked, isAboutQuestion } from './questions.ts';
import {
  agentExited,
  agentRetried,
  agentStarted,
  changeSlot,
  newSlot,
  outsideChanged,
  recallValidators,
  record,
} from './slots.ts';
import { thresholdsChanged, withThresholds } from './thresholds.ts';
import { openClaims } from '../proofs.ts';
import { afterProbe, sampled } from '../adversarial/probe.ts';

/** The state of a loop is the fold of its events. Facts that come too late change nothing. */
export function evolve(state: LoopState | null, event: LoopEvent): LoopState {
  if (event.type === 'LoopStarted') return initialState(event);
  if (!state) throw new Error(`A loop begins with LoopStarted, not with ${event.type}`);
  return { ...apply(state, event), updatedAt: event.at };
}

export function replay(events: Iterable<LoopEvent>): LoopState | null {
  let state: LoopState | null = null;
  for (const event of events) state = evolve(state, event);
  return state;
}

function initialState(event: LoopEvent & { type: 'LoopStarted' }): LoopState {
  return {
    config: event.config,
    startedAt: event.at,
    updatedAt: event.at,
    phase: { kind: event.config.queued ? 'queued' : 'base' },
    current: null,
    history: [],
    waiting: null,
    fault: null,
    paused: null,
    agentRuns: 0,
    extensions: 0,
    costUsd: 0,
    costIncomplete: false,
    tokens: 0,
    limitUsd: event.config.budgetUsd,
    assumedUsd: 0,
    dearestUsd: {},
    budgetWarning: null,
    dayHeld: null,
    dayPassed: null,
    transferPoints: [],
    addedFeedback: [],
    reviews: [],
    confirmedFiles: [],
    outside: [],
    outsideAccepted: false,
    breakpoints: event.config.breakpoints ?? [],
    released: null,
    nextThresholds: {},
    outsidePicture: null,
    ownEdits: [],
  };
}

function apply(state: LoopState, event: Exclude<LoopEvent, { type: 'LoopStarted' }>): LoopState {
  if (isCare(event)) return cared(state, event, event.at);
  if (isAboutQuestion(event)) return asked(state, event, event.at);
  switch (event.type) {
    case 'LoopDequeued':
      return { ...state, phase: { kind: 'base' } };
    case 'BaseEstablished':
      return { ...state, phase: { kind: 'iterating' }, outsidePicture: event.outside };
    case 'IterationStarted':
      return startIteration(state, event, event.at);
    case 'WorktreesPrepared':
      return transfer(
        record(state, { worktrees: event.worktrees }),
        [{ point: 1, part: 'main' }],
        'implement',
      );
    case 'TransferPointWritten':
      return transferred(state, event);
    case 'AgentStarted':
      return agentStarted(state, event, event.at);
    case 'AgentExited':
      return stepDone(agentExited(state, event.exit, event.at));
    case 'OutsideChanged':
      return outsideChanged(state, event);
    case 'CandidateJudged':
      return candidateJudged(state, event);
    case 'Integrated':
      return integrated(state, event);
    case 'EvidenceJudged':
      return {
        ...record(state, { evidence: event.judgement, facts: event.facts }),
        phase: { kind: 'gating' },
      };
    case 'GateChecked':
      return transfer(record(state, { gate: event }), [{ point: 5, part: 'main' }], 'route');
    case 'StallNoticed': {
      const { kind, since, message } = event;
      return record(state, { stall: { kind, since, message } });
    }
    case 'FaultsSeeded':
      return faultsSeeded(state, event);
    case 'ProbeJudged':
      return probeJudged(state, event);
    case 'ValidatorsRecalled':
      return recallValidators(state, event.agentIds);
    case 'ClaimsJudged':
      return {
        ...record(state, { proofs: [...(state.current?.proofs ?? []), ...event.proofs] }),
        phase: { kind: 'agreeing' },
      };
    case 'ConsensusChecked':
      return consensusChecked(state, event);
    case 'Recommended':
      return record(state, { recommendation: event });
    case 'DecisionMade':
      return { ...record(state, { decision: event }), phase: { kind: 'decided' }, waiting: null };
    default:
      return applySteering(state, event);
  }
}

type Steering = Extract<
  LoopEvent,
  {
    type:
      | 'FeedbackAdded'
      | 'ReviewSent'
      | 'BreakpointsSet'
      | 'HandOverReleased'
      | 'ThresholdsChanged'
      | 'AgentRetried'
      | 'FilesConfirmed'
      | 'OwnEdits'
      | 'BudgetWarned'
      | 'DayBudgetReached'
      | 'DayBudgetFreed'
      | 'LoopWaiting'
      | 'WaitEnded'
      | 'LoopFaulted'
      | 'LoopTakenUp'
      | 'LoopPaused'
      | 'LoopResumed'
      | 'LoopEnding'
      | 'LoopFinished';
  }
>;

function applySteering(state: LoopState, event: Steering): LoopState {
  switch (event.type) {
    case 'FeedbackAdded':
      return { ...state, addedFeedback: [...state.addedFeedback, ...event.items] };
    case 'ReviewSent':
      return { ...state, reviews: [...state.reviews, event] };
    case 'BreakpointsSet':
      return { ...state, breakpoints: event.points };
    case 'HandOverReleased':
      return released(state, event);
    case 'ThresholdsChanged':
      return thresholdsChanged(state, event);
    case 'AgentRetried':
      return agentRetried(state, event);
    case 'FilesConfirmed':
      return { ...state, confirmedFiles: [...state.confirmedFiles, ...event.files] };
    case 'OwnEdits':
      return { ...state, ownEdits: [...state.ownEdits, ...event.paths] };
    case 'BudgetWarned':
      return { ...state, budgetWarning: event };
    case 'DayBudgetReached':
      return { ...state, dayHeld: event };
    case 'DayBudgetFreed':
      return { ...state, dayHeld: null, waiting: state.waiting?.for === 'budget' ? null : state.waiting };
    case 'LoopWaiting':
      return { ...state, waiting: { for: event.for, since: event.at, message: event.message } };
    case 'WaitEnded':
      return waitEnded(state, event);
    case 'LoopFaulted': {
      const { work, message, at } = event;
      return { ...state, fault: { work, message, at } };
    }
    case 'LoopTakenUp':
      return { ...state, fault: null };
    case 'LoopPaused':
      return { ...state, paused: { now: event.now } };
    case 'LoopResumed':
      return { ...state, paused: null };
    case 'LoopEnding':
      return {
        ...state,
        waiting: null,
        paused: null,
        released: null,
        phase: { kind: 'ending', outcome: event.outcome, stopReason: event.stopReason, commit: event.commit },
      };
    case 'LoopFinished':
      return { ...state, phase: { kind: 'finished', event, at: event.at } };
    default:
      return assertNever(event);
  }
}

const transfer = (state: LoopState, queue: readonly TransferStep[], leadsTo: AfterTransfer): LoopState => ({
  ...state,
  phase: { kind: 'transferring', queue, leadsTo },
});

function startIteration(state: LoopState, event: EventOf<'IterationStarted'>, at: number): LoopState {
  const slots = (role: Role) =>
    state.config.crew.filter((member) => member.role === role && member.program).map(newSlot);
  return {
    ...state,
    config: withThresholds(state.config, state.nextThresholds),
    nextThresholds: {},
    released: null,
    history: state.current ? [...state.history, state.current] : state.history,
    addedFeedback: [],
    confirmedFiles: [],
    waiting: null,
    phase: { kind: 'preparing' },
    current: {
      number: event.number,
      start: event.start,
      feedback: event.feedback,
      startedAt: at,
      worktrees: [],
      implementers: slots('implementer'),
      validators: slots('validator'),
      owners: slots('product-owner'),
      recalled: false,
      candidates: {},
      integrated: null,
      facts: [],
      evidence: null,
      gate: null,
      probes: [],
      proofs: [],
      consensus: null,
      recommendation: null,
      decision: null,
      stall: null,
      edits: {},
      waived: [],
      costUsd: 0,
      costIncomplete: false,
      tokens: 0,
    },
  };
}

function transferred(state: LoopState, event: LoopEvent & { type: 'TransferPointWritten' }): LoopState {
  const { point, part, key, sha256, verified, iteration } = event;
  const edited = state.current?.edits[handOverName(event)] !== undefined;
  const transferPoints = [...state.transferPoints, { point, part, key, sha256, verified, iteration, edited }];
  const { phase } = state;
  const due = phase.kind === 'transferring' ? phase.queue[0] : undefined;
  if (phase.kind !== 'transferring' || due?.point !== point || due.part !== part)
    return { ...state, transferPoints };
  const queue = phase.queue.slice(1);
  const next: Phase = queue.length > 0 ? { ...phase, queue } : afterTransfer(state, phase.leadsTo);
  return { ...state, transferPoints, released: null, phase: next };
}

function afterTransfer(state: LoopState, leadsTo: AfterTransfer): Phase {
  switch (leadsTo) {
    case 'implement':
      return { kind: 'implementing' };
    case 'combine': {
      return { kind: needsComparison(state) ? 'comparing' : 'integrating' };
    }
    case 'collect':
      return { kind: needsEvidence(state) ? 'collecting' : 'gating' };
    case 'route':
      return state.current?.gate?.passed
        ? { kind: 'transferring', queue: [{ point: 6, part: 'reviewer' }], leadsTo: 'validate' }
        : { kind: 'iterating' };
    case 'validate':
      return { kind: sampled(state).length > 0 ? 'seeding' : 'validating' };
    case 'decide':
      return { kind: 'deciding' };
    case 'agree':
      return { kind: 'agreeing' };
    default:
      return assertNever(leadsTo);
  }
}

/** In a race each is evidenced alone; a single one, or one without commands to run, goes straight on. */
function needsComparison({ config, current }: LoopState): boolean {
  return (
    config.strategy === 'race' &&
    config.evidence.length > 0 &&
    current !== null &&
    integrable(current).length > 1
  );
}

/** Without new work, or without a difference from the base, the gate fails anyway: nothing is run or looked at for it. */
function needsEvidence(state: LoopState): boolean {
  return (
    (state.config.evidence.length > 0 || state.config.inspects === true) &&
    state.current?.evidence === null &&
    state.current.integrated?.differsFromBase === true &&
    state.current.integrated.agents.length > 0
  );
}

/** Once everybody of a step has settled, the step is over. */
function stepDone(state: LoopState): LoopState {
  const slots = activeSlots(state);
  const probed = state.current?.probes.some(({ outcome }) => outcome === 'due') === true;
  if (slots.length === 0 || !allSettled(slots) || probed) return state;
  switch (state.phase.kind) {
    case 'implementing':
      return transfer(state, [{ point: 2, part: 'main' }], 'combine');
    case 'validating':
      return { ...state, phase: { kind: hasOpenClaims(state) ? 'proving' : 'agreeing' } };
    default:
      return state;
  }
}

function faultsSeeded(state: LoopState, { probes }: EventOf<'FaultsSeeded'>): LoopState {
  const made = probes.map(({ agentId, seeded }) => {
    const outcome = seeded === null ? ('void' as const) : ('due' as const);
    return { agentId, seeded, outcome, score: null };
  });
  return { ...record(state, { probes: made }), phase: { kind: 'validating' } };
}

function probeJudged(state: LoopState, { agentId, outcome, score }: EventOf<'ProbeJudged'>): LoopState {
  const probes = (state.current?.probes ?? []).map((probe) =>
    probe.agentId === agentId ? { ...probe, outcome, score } : probe,
  );
  const turn = 1 + Math.max(...currentSlots(state).map((slot) => slot.turn));
  const next = record(state, { probes });
  return stepDone(changeSlot(next, 'validator', agentId, (slot) => afterProbe(slot, turn)));
}

const hasOpenClaims = ({ config, current }: LoopState): boolean =>
  config.runsProofs === true && current !== null && openClaims(current).length > 0;

function candidateJudged(state: LoopState, event: EventOf<'CandidateJudged'>): LoopState {
  if (!state.current) return state;
  const candidates = { ...state.current.candidates, [event.agentId]: event.judgement };
  const next = record(state, { candidates, facts: [...state.current.facts, ...event.facts] });
  const open = integrable(state.current).some((exit) => !(exit.agentId in candidates));
  return open ? next : { ...next, phase: { kind: 'integrating' } };
}

/** In a race the winner's own evidence is the evidence of the result. */
function integrated(state: LoopState, event: StampedEvent<'Integrated'>): LoopState {
  const winner = state.config.strategy === 'race' ? event.agents[0] : undefined;
  const judged = winner === undefined ? undefined : state.current?.candidates[winner];
  const evidence = judged ? { ...judged, commit: event.commit } : null;
  return transfer(
    record(state, { integrated: event, evidence }),
    [
      { point: 3, part: 'main' },
      { point: 4, part: 'main' },
    ],
    'collect',
  );
}

/** The extraction and the aggregate are written again with what the validators said. */
function consensusChecked(state: LoopState, event: StampedEvent<'ConsensusChecked'>): LoopState {
  const review: readonly TransferStep[] = [
    { point: 3, part: 'review' },
    { point: 4, part: 'review' },
  ];
  const next = record(state, { consensus: event });
  if (event.passed) return transfer(next, [...review, { point: 6, part: 'product-owner' }], 'decide');
  return transfer(next, review, 'agree');
}

function waitEnded(state: LoopState, event: EventOf<'WaitEnded'>): LoopState {
  const next = { ...state, waiting: null };
  switch (event.for) {
    case 'budget':
      if (budgetReason(state) === null && state.agentRuns < runAllowance(state) && state.dayHeld)
        return { ...next, dayHeld: null, dayPassed: state.dayHeld.day };
      return { ...next, extensions: state.extensions + 1, limitUsd: raisedLimit(state) };
    case 'outside':
      return { ...next, outsideAccepted: true };
    default:
      return record(next, { waived: [...(state.current?.waived ?? []), event.for] });
  }
}
