import { sameFamily } from '../../domain/agents/model-family.ts';
import { leftOutNote } from '../../domain/worktree/submodules.ts';
import { resultBranch } from '../../domain/worktree/naming.ts';
import {
  exitsOf,
  heldHandOver,
  iterationNumber,
  iterations,
  type LoopState,
  type Phase,
  type Slot,
} from '../../domain/loop/state.ts';
import { pendingRevision } from '../../domain/review/review-feedback.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { AgentExit } from '../../domain/loop/events.ts';
import { modelOf, presetOf, routeOf, type CrewMember } from '../../domain/loop/model.ts';
import type { Activity } from '../loop-session.ts';
import type { LiveAgents } from '../agents/watch-agents.ts';
import { agentStatus } from './agent-status.ts';
import { iterationViews } from './iteration-views.ts';
import { judgementViews } from './judgement-views.ts';
import type { AgentState, AgentView, ConflictView, HeldView, LoopStep, LoopView } from './loop-view.ts';

const continuesOf = ({ continuesTask }: LoopConfig): LoopView['continues'] =>
  continuesTask ? { taskId: continuesTask.taskId, firstBase: continuesTask.firstBase } : null;

/**
 * The view is derived from the state and from what agents do now alone, so what is shown cannot disagree with what is
 * so. What other loops and people say of the loop is filled in by the service.
 */
export function toLoopView(
  state: LoopState,
  activity: Activity | null = null,
  live: LiveAgents | null = null,
): LoopView {
  const { config, current } = state;
  const step = stepOf(state.phase);
  const revised = pendingRevision(state);
  return {
    taskId: config.taskId,
    description: config.description,
    mode: config.mode,
    strategy: config.strategy,
    step,
    iteration: iterationNumber(state),
    maxIterations: config.maxIterations,
    startedAt: state.startedAt,
    baseCommit: config.baseCommit,
    continues: continuesOf(config),
    continuedBy: [],
    title: null,
    archived: false,
    home: null,
    branch: resultBranch(config.taskId),
    paused: state.paused !== null,
    queuedSince: state.phase.kind === 'queued' ? state.startedAt : null,
    waiting: state.waiting,
    ...faultOf(state),
    ...familyOf(config),
    agents: agentViews(state, live),
    transferPoints: state.transferPoints.map(({ point, key, sha256, verified, iteration, edited }) => ({
      point,
      key,
      sha256,
      verified,
      iteration,
      edited,
    })),
    breakpoints: state.breakpoints,
    held: heldView(state),
    thresholds: {
      gate: config.gateThreshold,
      consensus: config.consensusThreshold,
      next: state.nextThresholds,
    },
    ...judgementViews(state),
    ...(revised === null ? {} : { revised }),
    decidedBy: config.decidedBy,
    budgetUsd: state.limitUsd,
    assumedUsd: state.assumedUsd,
    budgetWarning: budgetWarning(state),
    iterations: iterationViews(state),
    ...endOf(state),
    feedback: current ? current.feedback.map((item) => item.text) : [],
    costUsd: state.costUsd,
    costIncomplete: state.costIncomplete,
    tokens: state.tokens,
    conflict: conflictView(state),
    running: activity?.running ?? null,
    headline: activity === null ? headline(state) : `${headline(state)}: ${activity.text}`,
  };
}

function familyOf({ crew }: LoopConfig): Pick<LoopView, 'sameFamily'> {
  const shared = sameFamily(crew);
  return shared.length === 0 ? {} : { sameFamily: shared };
}

function faultOf({ fault }: LoopState): Pick<LoopView, 'fault'> {
  return fault === null ? {} : { fault: { at: fault.at, message: fault.message } };
}

/** Of the limit in force: a person who extended the budget has heard of the one before. */
const budgetWarning = ({ budgetWarning: last, limitUsd }: LoopState): LoopView['budgetWarning'] =>
  last?.limitUsd === limitUsd && last ? { at: last.at, spentUsd: last.spentUsd } : null;

function heldView(state: LoopState): HeldView | null {
  const held = heldHandOver(state);
  return held && { ...held, since: state.waiting?.since ?? state.updatedAt };
}

function endOf(state: LoopState): Pick<LoopView, 'endedAt' | 'commit' | 'outcome' | 'stopReason'> {
  if (state.phase.kind === 'finished') {
    const { commit, outcome, stopReason } = state.phase.event;
    return { endedAt: state.phase.at, commit, outcome, stopReason };
  }
  const integrated = iterations(state).findLast((record) => record.integrated)?.integrated;
  return { endedAt: null, commit: integrated?.commit ?? null, outcome: null, stopReason: null };
}

function stepOf(phase: Phase): LoopStep {
  switch (phase.kind) {
    case 'queued':
    case 'base':
    case 'preparing':
      return 'prepare';
    case 'implementing':
    case 'iterating':
      return 'implement';
    case 'comparing':
    case 'integrating':
    case 'collecting':
    case 'gating':
      return 'gate';
    case 'seeding':
    case 'validating':
    case 'proving':
    case 'agreeing':
      return 'validate';
    case 'deciding':
    case 'decided':
      return 'decide';
    case 'ending':
    case 'finished':
      return 'done';
    case 'transferring':
      return TRANSFER_STEP[phase.leadsTo];
  }
}

const TRANSFER_STEP = {
  implement: 'implement',
  combine: 'implement',
  collect: 'gate',
  route: 'gate',
  validate: 'validate',
  agree: 'validate',
  decide: 'decide',
} as const;

function agentViews(state: LoopState, live: LiveAgents | null): readonly AgentView[] {
  const { current } = state;
  return state.config.crew.flatMap((member) => {
    if (!member.program) return [];
    const slots = current ? [...current.implementers, ...current.validators, ...current.owners] : [];
    const slot = slots.find((candidate) => candidate.agentId === member.id);
    return [{ ...agentView(state, member, slot), ...agentStatus(state, slot, live) }];
  });
}

function agentView(
  state: LoopState,
  member: CrewMember,
  slot: Slot | undefined,
): Omit<AgentView, keyof ReturnType<typeof agentStatus>> {
  const exit = slot?.state.kind === 'settled' ? slot.state.exit : null;
  const prepared = state.current?.worktrees.find((worktree) => worktree.agentId === member.id);
  const place = {
    ...placeOf(slot),
    ...(prepared ? { worktree: prepared.path, branch: prepared.branch } : {}),
  };
  return {
    id: member.id,
    role: member.role,
    preset: presetOf(member.program),
    provider: routeOf(member.program)?.provider ?? null,
    model: modelOf(member.program),
    state: agentState(slot),
    iteration: iterationNumber(state),
    attempt: slot?.attempt ?? 1,
    ...place,
    ...(exit ? exitFields(exit) : NO_EXIT),
    summary: exit ? summaryOf(exit) : '',
  };
}

function placeOf(
  slot: Slot | undefined,
): Pick<AgentView, 'worktree' | 'branch' | 'folder' | 'pid' | 'startedAt' | 'endedAt'> {
  const last = slot?.last ?? null;
  if (!last) return { worktree: null, branch: null, folder: null, pid: null, startedAt: null, endedAt: null };
  const { worktree, branch, folder, startedAt } = last;
  const pid = slot?.state.kind === 'running' ? last.pid : null;
  const endedAt = slot?.state.kind === 'settled' ? slot.state.at : null;
  return { worktree, branch, folder, startedAt, pid, endedAt };
}

const NO_EXIT = {
  ending: null,
  lingered: false,
  defaulted: false,
  confidence: null,
  score: null,
  decision: null,
  files: [],
  added: 0,
  removed: 0,
  usage: null,
  costUsd: null,
} as const;

function exitFields(
  exit: AgentExit,
): Omit<
  AgentView,
  | keyof ReturnType<typeof placeOf>
  | keyof ReturnType<typeof agentStatus>
  | 'id'
  | 'role'
  | 'preset'
  | 'provider'
  | 'model'
  | 'state'
  | 'iteration'
  | 'attempt'
  | 'summary'
> {
  const { ending, lingered, result, files, usage, costUsd } = exit;
  return {
    ending,
    lingered,
    defaulted: result === null,
    confidence: result?.role === 'implementer' ? result.confidence : null,
    score: result?.role === 'validator' ? result.score : null,
    decision: result?.role === 'product-owner' ? result.decision : null,
    files,
    added: sum(files.map((file) => file.added)),
    removed: sum(files.map((file) => file.removed)),
    usage,
    costUsd,
  };
}

const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

function agentState(slot: Slot | undefined): AgentState {
  if (!slot || slot.state.kind === 'pending') return 'queued';
  if (slot.state.kind === 'running') return 'working';
  switch (slot.state.exit.ending) {
    case 'completed':
      return 'done';
    case 'lost':
      return 'lost';
    case 'cancelled':
      return 'cancelled';
    default:
      return 'failed';
  }
}

function summaryOf(exit: AgentExit): string {
  const said = saidBy(exit);
  const { leftOut = [] } = exit;
  return leftOut.length === 0 ? said : `${said} (${leftOutNote(leftOut)})`.trimStart();
}

/** What made an attempt fail is more than what it said of itself. */
function saidBy({ ending, result, failure, resultError }: AgentExit): string {
  if (ending !== 'completed' && failure !== null) return failure;
  switch (result?.role) {
    case 'implementer':
      return result.summary;
    case 'product-owner':
      return result.reason;
    case 'validator':
      return result.findings[0]?.text ?? 'no findings';
    default:
      return failure ?? resultError ?? '';
  }
}

function conflictView(state: LoopState): ConflictView | null {
  const integrated = iterations(state).findLast((record) => record.integrated)?.integrated;
  if (!integrated || integrated.conflicts.length === 0) return null;
  const { iteration, at, conflicts } = integrated;
  const files = new Set(conflicts.flatMap((conflict) => conflict.files));
  return { iteration, at, agentIds: conflicts.map(({ agentId }) => agentId), files: [...files] };
}

const OUTCOME_WORDS = {
  PROCEED: 'Done: proceeded',
  ABORT: 'Aborted',
  EXHAUSTED: 'Out of iterations',
  CANCELLED: 'Stopped',
  BUDGET: 'Stopped at the budget',
} as const;

const STEP_WORDS = {
  prepare: 'Starting',
  implement: 'Implementing',
  gate: 'Running the gate',
  validate: 'Validating',
  decide: 'Deciding',
  done: 'Ending',
} as const;

function headline(state: LoopState): string {
  if (state.phase.kind === 'finished') return OUTCOME_WORDS[state.phase.event.outcome];
  if (state.fault) return `Stopped by a fault: ${state.fault.message}`;
  const held = heldHandOver(state);
  if (held) return `Held by you before transfer point ${held.point}`;
  if (state.waiting)
    return state.waiting.for === 'decision' ? 'Decision due' : `Waiting for you: ${state.waiting.for}`;
  if (state.paused) return 'Paused by you';
  if (state.phase.kind === 'queued') return 'Queued';
  const exits = state.current ? exitsOf(state.current.implementers) : [];
  const step = stepOf(state.phase);
  return step === 'implement' && state.current
    ? `Implementing: ${exits.length} of ${state.current.implementers.length} done`
    : STEP_WORDS[step];
}
