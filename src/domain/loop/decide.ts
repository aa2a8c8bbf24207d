import { assertNever, err, ok, type Result } from '../../base/result.ts';
import { dueProbe } from '../adversarial/probe.ts';
import { pendingRevision, reviewAsksForWork } from '../review/review-feedback.ts';
import { careFor } from './care.ts';
import { refuse, refuseInput, type Command, type Rejection, type Report } from './commands.ts';
import { runAllowance } from './effects.ts';
import type { AgentExit, EventBody, EventOf, LoopEvent } from './events.ts';
import { evolve } from './evolve.ts';
import { bestCommit } from './iterate.ts';
import { next } from './next.ts';
import { BOARD, boardHasPerson, boardResult } from './owners.ts';
import { endQuestions, questionsFor } from './questions.ts';
import { sendReview } from './send-review.ts';
import { activeSlots, heldHandOver, iterationNumber, slotsOf, type LoopState } from './state.ts';
import { changeThresholds, release, retryAgent, setBreakpoints } from './steer.ts';

/** Adds task, iteration, time and correlation; time is the caller's. */
export type Stamp = (body: EventBody, iteration: number) => LoopEvent;

export interface Transition {
  readonly state: LoopState;
  readonly events: readonly LoopEvent[];
}

/** Decides a command, applies its events, and follows every automatic consequence to its end. */
export function step(state: LoopState | null, command: Command, stamp: Stamp): Result<Transition, Rejection> {
  const decided = decide(state, command);
  if (!decided.ok) return decided;
  const events: LoopEvent[] = [];
  let current = state;
  const record = (body: EventBody) => {
    const number = body.type === 'IterationStarted' ? body.number : current ? iterationNumber(current) : 0;
    const event = stamp(body, number);
    events.push(event);
    current = evolve(current, event);
  };
  for (const body of decided.value) record(body);
  if (!current) return err({ kind: 'state', message: 'The loop has not been started.' });
  if (decided.value.length > 0 || command.kind === 'continue') {
    for (let body = next(current); body; body = next(current)) record(body);
  }
  return ok({ state: current, events });
}

/** The events that a command causes by itself. Late reports cause none. */
export function decide(state: LoopState | null, command: Command): Result<readonly EventBody[], Rejection> {
  if (command.kind === 'start') {
    return state
      ? refuse('The loop was already started.')
      : ok([{ type: 'LoopStarted', config: command.config }]);
  }
  if (!state) return refuse('The loop has not been started.');
  if (command.kind === 'continue') return ok(state.fault && command.begins ? [{ type: 'LoopTakenUp' }] : []);
  if (command.kind === 'report') return ok(decideReport(state, command.report));
  if (state.phase.kind === 'finished') return refuse('The loop has ended.');
  if (state.phase.kind === 'ending' && !mayComeBeforeTheEnd(state, command))
    return refuse('The loop has ended.');
  return steer(state, command);
}

/** What may still be said to a loop whose last record is held. */
function mayComeBeforeTheEnd(state: LoopState, command: Command): boolean {
  if (command.kind === 'set-breakpoints') return true;
  if (heldHandOver(state) === null) return false;
  const goesOn = command.kind === 'decide' && command.decision === 'PROCEED';
  return goesOn || command.kind === 'release' || command.kind === 'stop';
}

function steer(
  state: LoopState,
  command: Exclude<Command, { kind: 'start' | 'report' | 'continue' }>,
): Result<readonly EventBody[], Rejection> {
  switch (command.kind) {
    case 'stop':
      return ok([
        { type: 'LoopEnding', outcome: 'CANCELLED', stopReason: 'cancelled', commit: bestCommit(state) },
      ]);
    case 'pause':
      if (state.paused && (state.paused.now || !command.now)) return refuse('The loop is paused already.');
      return ok([{ type: 'LoopPaused', now: command.now }]);
    case 'unpause':
      return state.paused ? ok([{ type: 'LoopResumed' }]) : refuse('The loop is not paused.');
    case 'add-feedback':
      return hasText(command.items)
        ? ok([{ type: 'FeedbackAdded', items: command.items }])
        : refuseInput('feedback is empty; give at least one item.');
    case 'send-review':
      return sendReview(state, command.review);
    case 'own-edits':
      return ok(ownEdits(state, command.paths));
    case 'decide':
      return decideWait(state, command);
    case 'start-now':
      return state.phase.kind === 'queued'
        ? ok([{ type: 'LoopDequeued', by: 'person' }])
        : refuse('The loop is not queued.');
    case 'set-breakpoints':
      return setBreakpoints(state, command.points);
    case 'release':
      return release(state, command.edit);
    case 'change-thresholds':
      return changeThresholds(state, command.thresholds);
    case 'retry-agent':
      return retryAgent(state, command);
    case 'nudge-agent':
    case 'suspect-agent':
    case 'leave-agent':
    case 'stop-agent':
      return careFor(state, command);
    case 'note-question':
    case 'withdraw-question':
    case 'answer-question':
      return questionsFor(state, command);
    default:
      return assertNever(command);
  }
}

/** Before the first picture nothing can be taken for a change; a path that is noted already says nothing new. */
function ownEdits(state: LoopState, paths: readonly string[]): readonly EventBody[] {
  if (state.outsidePicture === null) return [];
  const fresh = [...new Set(paths)].filter((path) => !state.ownEdits.includes(path));
  return fresh.length > 0 ? [{ type: 'OwnEdits', paths: fresh }] : [];
}

/** Items say something: an agent can do nothing about a blank one. */
const hasText = (items: readonly string[]): boolean =>
  items.length > 0 && items.every((item) => item.trim() !== '');

/** PROCEED goes on past what the loop waits for; at a due decision it is the decision. */
function decideWait(
  state: LoopState,
  command: Command & { kind: 'decide' },
): Result<readonly EventBody[], Rejection> {
  const { waiting } = state;
  if (!waiting) return refuse('The loop does not wait for a person; nothing was decided.');
  const feedback = feedbackOf(state, command);
  const needed = command.decision === 'ITERATE' && !hasFeedback(state);
  if ((needed || feedback.length > 0) && !hasText(feedback)) {
    return refuseInput('ITERATE needs at least one feedback item (--feedback TEXT).');
  }
  const reason = command.reason || `decided at "${waiting.for}"`;
  const files = command.confirm.filter((confirm) => confirm !== pendingRevision(state));
  const confirmed: readonly EventBody[] = files.length > 0 ? [{ type: 'FilesConfirmed', files }] : [];
  if (command.decision === 'PROCEED' && waiting.for === 'breakpoint') return release(state, null);
  if (command.decision === 'PROCEED' && waiting.for !== 'decision') {
    const open = openFiles(state, command.confirm);
    if (open.length > 0) {
      return refuseInput(
        `PROCEED needs each protected file confirmed: add ${open.map((file) => `--confirm ${file}`).join(' ')}.`,
      );
    }
    return ok([...confirmed, { type: 'WaitEnded', for: waiting.for, reason }]);
  }
  const made = decisionByPerson(state, onBoard(state, { ...command, reason, feedback }));
  return made.ok ? ok([...confirmed, made.value]) : made;
}

type Decided = Command & { kind: 'decide' } & Partial<
    Pick<EventOf<'DecisionMade'>, 'by' | 'board' | 'deferred'>
  >;

/** Of a person on a board it is a vote, as far as that settles it; its PROCEED is the decision of all. */
function onBoard(state: LoopState, command: Command & { kind: 'decide' }): Decided {
  const { waiting, current, config } = state;
  if (!current || waiting?.for !== 'decision' || !boardHasPerson(config)) return command;
  const result = boardResult(state, current, command);
  if (!result) return command;
  const { decision, reason, feedback, deferred, board } = result;
  return { ...command, decision, reason, feedback, deferred, board, by: BOARD };
}

function decisionByPerson(
  state: LoopState,
  { decision, reason, feedback, confirm, by = 'person', deferred = [], board }: Decided,
): Result<EventBody, Rejection> {
  const revised = decision === 'PROCEED' ? pendingRevision(state) : null;
  if (revised !== null && !confirm.includes(revised)) return refuseInput(unconfirmedRevision(revised));
  return ok({
    type: 'DecisionMade',
    decision,
    by,
    reason,
    defaulted: false,
    feedback,
    deferred,
    ...(board ? { board } : {}),
    ...(revised === null ? {} : { revised }),
  });
}

const hasFeedback = (state: LoopState): boolean => state.addedFeedback.length > 0 || reviewAsksForWork(state);

const unconfirmedRevision = (revised: string): string =>
  `PROCEED takes the commit without what you rejected, and no evidence ran on it: add --confirm ${revised}, or decide ITERATE so that agents and evidence go on from it.`;

/** Who follows a recommended ITERATE without words of their own means those of the recommendation. */
function feedbackOf(state: LoopState, command: Command & { kind: 'decide' }): readonly string[] {
  const recommended = state.current?.recommendation;
  const follows = command.decision === 'ITERATE' && recommended?.decision === 'ITERATE';
  return follows && command.feedback.length === 0 ? recommended.feedback : command.feedback;
}

function openFiles(state: LoopState, confirm: readonly string[]): readonly string[] {
  if (state.waiting?.for !== 'evidence' && state.waiting?.for !== 'quorum') return [];
  const files = state.current?.consensus?.unconfirmedFiles ?? [];
  return files.filter((file) => !confirm.includes(file) && !state.confirmedFiles.includes(file));
}

/** A report counts only while its piece of work is due; anything else came too late. */
function decideReport(state: LoopState, report: Report): readonly EventBody[] {
  if (state.phase.kind === 'finished') return [];
  switch (report.type) {
    case 'AgentExited':
      return isCurrentAttempt(state, report.iteration, report.exit)
        ? [...endQuestions(state, report.exit), { type: 'AgentExited', exit: taint(state, report.exit) }]
        : [];
    case 'AgentStarted': {
      const { iteration, ...body } = report;
      return canHaveStarted(state, iteration, body) ? [body] : [];
    }
    case 'OutsideChanged': {
      const running = activeSlots(state)
        .filter((slot) => slot.state.kind === 'running')
        .map((slot) => slot.agentId);
      const tells = report.changes.length > 0 || report.picture !== undefined;
      return tells ? [{ ...report, agentIds: report.guarded ? running : [] }] : [];
    }
    case 'LoopFinished': {
      if (state.phase.kind !== 'ending' || heldHandOver(state)) return [];
      const { finalPoint, ...body } = report;
      return finalPoint ? [{ type: 'TransferPointWritten', ...finalPoint }, body] : [body];
    }
    case 'LoopFaulted':
      return [report];
    case 'LoopDequeued':
      return state.phase.kind === 'queued' ? [report] : [];
    case 'DayBudgetReached':
    case 'DayBudgetFreed':
      return aboutDay(state, report);
    case 'BaseEstablished':
      return state.phase.kind === 'base' ? [report] : [];
    default: {
      const { iteration, ...body } = report;
      return iteration === iterationNumber(state) && isExpected(state, body) ? [body] : [];
    }
  }
}

function isExpected(state: LoopState, body: Exclude<EventBody, { type: 'LoopStarted' }>): boolean {
  const { phase } = state;
  switch (body.type) {
    case 'WorktreesPrepared':
      return phase.kind === 'preparing';
    case 'TransferPointWritten':
      return (
        !heldHandOver(state) &&
        phase.kind === 'transferring' &&
        phase.queue[0]?.point === body.point &&
        phase.queue[0].part === body.part
      );
    case 'CandidateJudged':
      return phase.kind === 'comparing' && !(body.agentId in (state.current?.candidates ?? {}));
    case 'Integrated':
      return phase.kind === 'integrating';
    case 'EvidenceJudged':
      return phase.kind === 'collecting';
    case 'FaultsSeeded':
      return phase.kind === 'seeding';
    case 'ClaimsJudged':
      return phase.kind === 'proving';
    default:
      return false;
  }
}

/** The hand-over after which the agents of a role may start. */
const BEGINS = {
  implementer: { point: 1, part: 'main' },
  validator: { point: 6, part: 'reviewer' },
  'product-owner': { point: 6, part: 'product-owner' },
} as const;

/**
 * That an agent started is a fact, also when a pause, the budget or the end came in between. It is counted
 * once, and only for an attempt that may have been asked for.
 */
function canHaveStarted(
  state: LoopState,
  iteration: number,
  { agentId, role, attempt }: Pick<EventOf<'AgentStarted'>, 'agentId' | 'role' | 'attempt'>,
): boolean {
  if (iteration !== iterationNumber(state) || !state.current) return false;
  const slots = slotsOf(state.current);
  const slot = slots.find((candidate) => candidate.agentId === agentId && candidate.role === role);
  const running = slots.filter((candidate) => candidate.state.kind === 'running').length;
  const { point, part } = BEGINS[role];
  return (
    slot?.state.kind === 'pending' &&
    slot.attempt === attempt &&
    running < state.config.maxParallelAgents &&
    state.agentRuns < runAllowance(state) &&
    state.transferPoints.some(
      (written) => written.iteration === iteration && written.point === point && written.part === part,
    )
  );
}

function aboutDay(
  state: LoopState,
  report: Report & { type: 'DayBudgetReached' | 'DayBudgetFreed' },
): readonly EventBody[] {
  if (report.type === 'DayBudgetFreed') return state.dayHeld?.day === report.day ? [report] : [];
  const { iteration, ...body } = report;
  return state.dayHeld === null && mayStart(state, iteration, body) ? [body] : [];
}

const mayStart = (
  state: LoopState,
  iteration: number,
  { agentId, role, attempt }: Pick<EventOf<'DayBudgetReached'>, 'agentId' | 'role' | 'attempt'>,
): boolean =>
  iteration === iterationNumber(state) &&
  activeSlots(state).some(
    (slot) =>
      slot.agentId === agentId &&
      slot.role === role &&
      slot.attempt === attempt &&
      slot.state.kind === 'pending',
  );

/** Exits are taken for the attempt that runs now, also while the loop is pausing or ending. */
function isCurrentAttempt(
  state: LoopState,
  iteration: number,
  exit: { agentId: string; attempt: number },
): boolean {
  if (iteration !== iterationNumber(state) || !state.current) return false;
  return slotsOf(state.current).some(
    (slot) => slot.agentId === exit.agentId && slot.attempt === exit.attempt && slot.state.kind === 'running',
  );
}

/** What its run was of is in no report: an agent that knows would look harder. */
const isProbe = ({ current }: LoopState, { agentId, role }: AgentExit): boolean =>
  role === 'validator' && current !== null && dueProbe(current, agentId) !== null;

/** Guarded changes fail every attempt that was running, whatever it reports. */
function taint(state: LoopState, exit: AgentExit): AgentExit {
  const slot = activeSlots(state).find((candidate) => candidate.agentId === exit.agentId);
  const told = isProbe(state, exit) ? { ...exit, probe: true as const } : exit;
  return slot?.tainted ? { ...told, ending: 'failed', failure: slot.tainted } : told;
}
