import type { Probe } from '../adversarial/probe.ts';
import type { Care } from '../agents/ladder.ts';
import type { Stall } from '../convergence.ts';
import type { RecordedQuestion } from '../agents/question.ts';
import type { LoopConfig } from './config.ts';
import type {
  AgentExit,
  EventOf,
  EvidenceFact,
  EvidenceJudgement,
  FeedbackItem,
  HandOverEdit,
  StampedEvent,
  Thresholds,
  TransferPart,
} from './events.ts';
import type { Commit, Outcome, Role, WaitReason } from './model.ts';
import type { Proof } from '../proofs.ts';

export interface RunningAttempt {
  readonly kind: 'running';
  readonly startedAt: number;
  readonly pid: number | null;
  readonly worktree: string;
  readonly branch: string | null;
  readonly folder: string;
  /** What was set aside for it at its start; `usd` null: its price is unknown. */
  readonly reserved: { readonly preset: string; readonly usd: number | null };
}

/** A crew member's place in one step of one iteration. */
export interface Slot {
  readonly agentId: string;
  readonly role: Role;
  /** The attempt that is due, runs, or settled the slot. */
  readonly attempt: number;
  /** Who became pending later has a higher one, within an iteration. */
  readonly turn: number;
  /** Attempts that used up the allowance: failed, timeout, idle, oom. */
  readonly failures: number;
  /** The running attempt is being ended before its time; `again`: as one that failed. */
  readonly stop: { readonly again: boolean } | null;
  /** Messages that the running attempt was given. */
  readonly messages: number;
  readonly care: Care;
  /** Of the running attempt, oldest first. */
  readonly questions: readonly RecordedQuestion[];
  /** Why the running attempt will fail whatever it reports; null when it is clean. */
  readonly tainted: string | null;
  /** The running attempt is to end, since a person has the agent run again. */
  readonly retry: boolean;
  readonly state:
    | { readonly kind: 'pending' }
    | RunningAttempt
    | { readonly kind: 'settled'; readonly exit: AgentExit; readonly at: number };
  /** Where the newest attempt ran; kept after its end. */
  readonly last: RunningAttempt | null;
}

export interface IterationRecord {
  readonly number: number;
  readonly start: Commit;
  readonly feedback: readonly FeedbackItem[];
  readonly startedAt: number;
  readonly worktrees: EventOf<'WorktreesPrepared'>['worktrees'];
  readonly implementers: readonly Slot[];
  readonly validators: readonly Slot[];
  readonly owners: readonly Slot[];
  /** True once validators without a vote were asked again. */
  readonly recalled: boolean;
  /** Race: each completed implementer's own evidence. */
  readonly candidates: Readonly<Record<string, EvidenceJudgement>>;
  readonly integrated: StampedEvent<'Integrated'> | null;
  readonly facts: readonly EvidenceFact[];
  readonly evidence: EvidenceJudgement | null;
  readonly gate: StampedEvent<'GateChecked'> | null;
  /** Reviews that were looked into by a seeded fault. */
  readonly probes: readonly Probe[];
  /** Of all claims that were looked into, oldest first. */
  readonly proofs: readonly Proof[];
  readonly consensus: StampedEvent<'ConsensusChecked'> | null;
  readonly recommendation: EventOf<'Recommended'> | null;
  readonly decision: StampedEvent<'DecisionMade'> | null;
  /** Null while there is progress, or hope. */
  readonly stall: Stall | null;
  /** What a person set in hand-overs of this iteration, by `handOverName`. */
  readonly edits: Readonly<Record<string, HandOverEdit>>;
  /** What a person went past in this iteration. */
  readonly waived: readonly WaitReason[];
  /** Of all its attempts, repairs included; a lower bound where `costIncomplete`. */
  readonly costUsd: number;
  readonly costIncomplete: boolean;
  /** Read and written, of those that told. */
  readonly tokens: number;
}

export interface TransferStep {
  readonly point: number;
  readonly part: TransferPart;
}

/** Names a hand-over within its iteration: `4:review`. */
export const handOverName = ({ point, part }: TransferStep): string => `${point}:${part}`;

export interface WrittenTransferPoint {
  readonly point: number;
  readonly part: TransferPart;
  readonly key: string;
  readonly sha256: string;
  readonly verified: boolean;
  readonly iteration: number;
  readonly edited: boolean;
}

/** The step a transfer leads to once all its points are written. */
export type AfterTransfer = 'implement' | 'combine' | 'collect' | 'route' | 'validate' | 'agree' | 'decide';

export type Phase =
  /** It waits for its turn among the loops of this machine; nothing of it was begun. */
  | { readonly kind: 'queued' }
  | { readonly kind: 'base' }
  | { readonly kind: 'preparing' }
  | {
      readonly kind: 'transferring';
      readonly queue: readonly TransferStep[];
      readonly leadsTo: AfterTransfer;
    }
  | { readonly kind: 'implementing' }
  | { readonly kind: 'comparing' }
  | { readonly kind: 'integrating' }
  | { readonly kind: 'collecting' }
  | { readonly kind: 'gating' }
  /** Copies with a fault in them are made. */
  | { readonly kind: 'seeding' }
  | { readonly kind: 'validating' }
  /** Commands that prove critical findings are run. */
  | { readonly kind: 'proving' }
  | { readonly kind: 'agreeing' }
  | { readonly kind: 'deciding' }
  | { readonly kind: 'decided' }
  | { readonly kind: 'iterating' }
  | {
      readonly kind: 'ending';
      readonly outcome: Outcome;
      readonly stopReason: string;
      readonly commit: Commit | null;
    }
  | { readonly kind: 'finished'; readonly event: EventOf<'LoopFinished'>; readonly at: number };

export interface Waiting {
  readonly for: WaitReason;
  readonly since: number;
  readonly message: string;
}

/** Work that failed again and again. */
export interface WorkFault {
  /** The work's name: `integrate:2`. */
  readonly work: string;
  readonly message: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface LoopState {
  readonly config: LoopConfig;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly phase: Phase;
  readonly current: IterationRecord | null;
  /** Ended iterations, oldest first. */
  readonly history: readonly IterationRecord[];
  readonly waiting: Waiting | null;
  /** What made the process that ran it let go; null once somebody took it up again. */
  readonly fault: WorkFault | null;
  readonly paused: { readonly now: boolean } | null;
  /** Agents started, repair rounds not counted. */
  readonly agentRuns: number;
  /** How often a person extended the budget and the number of runs. */
  readonly extensions: number;
  readonly costUsd: number;
  readonly costIncomplete: boolean;
  readonly tokens: number;
  /** The budget as a person has extended it; null: there is none. */
  readonly limitUsd: number | null;
  /** Counted for runs that ended without telling a price: what was set aside for them. */
  readonly assumedUsd: number;
  /** The dearest run told so far, by role and preset. */
  readonly dearestUsd: Readonly<Record<string, number>>;
  /** The last time it was said that the budget is nearly spent. */
  readonly budgetWarning: StampedEvent<'BudgetWarned'> | null;
  /** Why no agent starts today; null while nothing says so. */
  readonly dayHeld: EventOf<'DayBudgetReached'> | null;
  /** The day whose limit a person lets this loop pass. */
  readonly dayPassed: string | null;
  readonly transferPoints: readonly WrittenTransferPoint[];
  /** Feedback that a person added and that no iteration has carried yet. */
  readonly addedFeedback: readonly string[];
  /** All that were sent, oldest first. */
  readonly reviews: readonly StampedEvent<'ReviewSent'>[];
  readonly confirmedFiles: readonly string[];
  /** Changes to the user's refs, stash or checkout that nobody accounted for. */
  readonly outside: readonly string[];
  readonly outsideAccepted: boolean;
  /** Transfer points that the loop is held before. */
  readonly breakpoints: readonly number[];
  /** The hand-over, by `handOverName`, that a person let go and that is not written yet. */
  readonly released: string | null;
  /** Set by a person; they count from the next iteration on. */
  readonly nextThresholds: Thresholds;
  /** Id of the picture taken before the first agent; null before it was taken. */
  readonly outsidePicture: string | null;
  /** Paths that the person changed in the editor since the last look: their changes are nobody else's. */
  readonly ownEdits: readonly string[];
}

/** The hand-over that is due now and that nothing but a breakpoint would hold. */
export function dueHandOver({ phase }: LoopState): TransferStep | null {
  if (phase.kind === 'transferring') return phase.queue[0] ?? null;
  // Who stops a loop does not want to be asked about its last record.
  return phase.kind === 'ending' && phase.outcome !== 'CANCELLED' ? { point: 7, part: 'main' } : null;
}

/** The hand-over that a breakpoint holds; null when none is held. */
export const heldHandOver = (state: LoopState): TransferStep | null =>
  state.waiting?.for === 'breakpoint' ? dueHandOver(state) : null;

export const iterationNumber = (state: LoopState): number => state.current?.number ?? 0;

export const iterations = (state: LoopState): readonly IterationRecord[] =>
  state.current ? [...state.history, state.current] : state.history;

export const settledExit = (slot: Slot): AgentExit | null =>
  slot.state.kind === 'settled' ? slot.state.exit : null;

/** Agents of it run, or may be started: it takes its share of the machine. */
export function isAtWork(state: LoopState): boolean {
  if (state.phase.kind === 'queued' || state.phase.kind === 'finished') return false;
  const rests = state.waiting !== null || state.paused !== null;
  return (
    !rests || (state.current !== null && slotsOf(state.current).some((slot) => slot.state.kind === 'running'))
  );
}

export const allSettled = (slots: readonly Slot[]): boolean =>
  slots.every((slot) => slot.state.kind === 'settled');

/** Everybody's place in an iteration, in crew order by role. */
export const slotsOf = (record: IterationRecord): readonly Slot[] => [
  ...record.implementers,
  ...record.validators,
  ...record.owners,
];

/** The same of the iteration that goes on; empty before the first. */
export const currentSlots = ({ current }: LoopState): readonly Slot[] => (current ? slotsOf(current) : []);

export const exitsOf = (slots: readonly Slot[]): readonly AgentExit[] =>
  slots.flatMap((slot) => settledExit(slot) ?? []);

/** Exits whose work goes on: in a race the winner's alone, once there is one. */
export function exitsGoingOn(config: LoopConfig, record: IterationRecord): readonly AgentExit[] {
  const exits = exitsOf(record.implementers);
  const winner = config.strategy === 'race' ? record.integrated?.agents[0] : undefined;
  return winner === undefined ? exits : exits.filter((exit) => exit.agentId === winner);
}

export const completed = (exit: AgentExit): boolean => exit.ending === 'completed';

/** The slots of the step that the loop is in; empty when no agents belong to it. */
export function activeSlots(state: LoopState): readonly Slot[] {
  if (!state.current) return [];
  switch (state.phase.kind) {
    case 'implementing':
      return state.current.implementers;
    case 'validating':
      return state.current.validators;
    case 'deciding':
      return state.current.owners;
    default:
      return [];
  }
}
