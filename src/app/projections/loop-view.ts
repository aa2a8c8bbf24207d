import type { Probe } from '../../domain/adversarial/probe.ts';
import type { Deferred } from '../../domain/backlog.ts';
import type { EvidenceKind } from '../../domain/evidence-command.ts';
import type { Stall } from '../../domain/convergence.ts';
import type { Proof } from '../../domain/proofs.ts';
import type { MarkedReview } from '../../domain/review-marks.ts';
import type { Thresholds, TransferPart } from '../../domain/loop/events.ts';
import type {
  Commit,
  DecidedBy,
  Decision,
  Ending,
  Finding,
  Mode,
  Outcome,
  Role,
  Strategy,
  Usage,
  WaitReason,
} from '../../domain/loop/model.ts';
import type { Calibration } from '../../domain/calibration/calibration.ts';
import type { AgentQuestion } from '../../domain/agents/question.ts';
import type { SameFamily } from '../../domain/agents/model-family.ts';
import type { Care } from '../../domain/agents/ladder.ts';
import type { AgentStatus, StatusFact } from '../../domain/agents/status.ts';
import type { HomeNote, RemovedWorktree } from '../loop-notes.ts';
import type { AgentSignals, LiveDiff } from './agent-signals.ts';

export type LoopStep = 'prepare' | 'implement' | 'gate' | 'validate' | 'decide' | 'done';

export type AgentState = 'queued' | 'working' | 'reporting' | 'done' | 'failed' | 'lost' | 'cancelled';

/** One crew member as a person sees it: its newest attempt in the loop's current iteration. */
export interface AgentView {
  readonly id: string;
  readonly role: Role;
  /** `claude`, `demo`, `exec`. */
  readonly preset: string;
  /** The provider of a route; null: the one that its CLI is set up for. */
  readonly provider: string | null;
  /** The model that was asked for, or an own command's whole line; null: whatever its CLI takes. */
  readonly model: string | null;
  /** What such agents claimed in this repository's loops, and what held; absent where that was not looked up. */
  readonly calibration?: Calibration;
  readonly state: AgentState;
  readonly iteration: number;
  readonly attempt: number;
  readonly worktree: string | null;
  readonly branch: string | null;
  /** The attempt's folder with transcript and record. */
  readonly folder: string | null;
  readonly pid: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly ending: Ending | null;
  readonly lingered: boolean;
  readonly defaulted: boolean;
  readonly confidence: number | null;
  readonly score: number | null;
  readonly decision: Decision | null;
  readonly summary: string;
  readonly files: LiveDiff['files'];
  readonly added: number;
  readonly removed: number;
  readonly usage: Usage | null;
  readonly costUsd: number | null;
  readonly status: AgentStatus;
  /** When `status` began, epoch milliseconds; null where that is not known. */
  readonly statusSince: number | null;
  /** Why `status` is what it is, each signal with the time that its age counts from; the most telling first. */
  readonly facts: readonly StatusFact[];
  /** What was done about it in this attempt, as it seemed stuck; null unless the agent runs. */
  readonly care: Care | null;
  /** What it asks a person and waits for, oldest first. */
  readonly questions: readonly AgentQuestion[];
  /** What its runner tells; null unless the agent runs. */
  readonly signals: AgentSignals | null;
}

export interface TransferPointView {
  readonly point: number;
  readonly key: string;
  readonly sha256: string;
  readonly verified: boolean;
  readonly iteration: number;
  /** A person changed what it says. */
  readonly edited: boolean;
}

/** A hand-over that a breakpoint holds; what it says is asked for by itself. */
export interface HeldView {
  readonly point: number;
  readonly part: TransferPart;
  readonly since: number;
}

/** One evidence command, by the run that decides. */
export interface EvidenceView {
  readonly command: string;
  /** What it checks. */
  readonly kind: EvidenceKind;
  readonly run: 'base' | 'left' | 'restored';
  readonly status: 'passed' | 'failed' | 'unavailable' | 'unconfirmed';
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Passed over passed plus failed; null when nothing ran. */
  readonly passRate: number | null;
  /** The base's pass rate; null where it had none. */
  readonly baseline: number | null;
  /** Checks that failed at the first try and passed at the second. */
  readonly flaky: readonly string[];
  /** The least pass rate that the mode takes. */
  readonly needs: number;
}

/** One item that an iteration has to deal with. */
export interface FeedbackView {
  /** `gate`, `evidence`, `conflict`, `person`, or the id of the agent that raised it. */
  readonly origin: string;
  /** The implementer it is meant for; null: all of them. */
  readonly to: string | null;
  readonly text: string;
}

export interface GateView {
  readonly iteration: number;
  readonly passed: boolean;
  readonly threshold: number;
  readonly confidence: number;
  readonly evidence: 'passed' | 'failed' | 'unavailable' | 'unconfirmed' | 'none';
  readonly reasons: readonly string[];
  /** What a person should know of the evidence and no rule decides by. */
  readonly notes: readonly string[];
  /** What was judged; null where nothing could be combined. */
  readonly commit: Commit | null;
  /** Whose work it holds. */
  readonly agents: readonly string[];
  readonly commands: readonly EvidenceView[];
  /** Null: no result, so no claim. */
  readonly claims: readonly { readonly agentId: string; readonly confidence: number | null }[];
}

export interface ConsensusView {
  readonly iteration: number;
  readonly passed: boolean;
  readonly threshold: number;
  readonly score: number | null;
  /** `lost`: it missed a seeded fault, so it helps nothing pass. */
  readonly votes: readonly {
    readonly agentId: string;
    readonly score: number | null;
    readonly lost?: true;
  }[];
  /** Approvals that nothing shows to have looked, and those of which that is not known; absent where there are none. */
  readonly marked?: readonly MarkedReview[];
  /** Reviews that were looked into by a seeded fault; absent where none was. */
  readonly probes?: readonly Probe[];
  readonly findings: readonly (Finding & { readonly by: string })[];
  /** What came of the commands that findings gave as their proof; a proven one stops the loop from passing. */
  readonly proofs: readonly Proof[];
  /** Protected files whose change nobody confirmed. */
  readonly unconfirmedFiles: readonly string[];
}

/** How an iteration came out; null while it goes on. */
export type IterationOutcome =
  | 'gate-failed'
  | 'consensus-missed'
  | 'quorum-missed'
  | Decision
  /** The loop ended in the middle of it. */
  | 'cut-off';

/** One iteration as figures that can stand beside those of the others. */
export interface IterationView {
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: IterationOutcome | null;
  /** When each step was done, epoch milliseconds; null where it was not reached. */
  readonly steps: {
    readonly implement: number | null;
    readonly gate: number | null;
    readonly validate: number | null;
    readonly decide: number | null;
  };
  /** Of the evidence's checks, 0 to 1; null where nothing was counted. */
  readonly passRate: number | null;
  readonly confidence: number | null;
  readonly score: number | null;
  /** Findings of this iteration's validators; null where none voted. */
  readonly findings: number | null;
  readonly added: number;
  readonly removed: number;
  readonly costUsd: number;
  readonly costIncomplete: boolean;
  /** Read and written, of the agents that told. */
  readonly tokens: number;
  /** How it came no nearer; absent while there is progress, or hope. */
  readonly stall?: Stall;
}

export interface ConflictView {
  readonly iteration: number;
  readonly at: number;
  /** Whose work was left out. */
  readonly agentIds: readonly string[];
  readonly files: readonly string[];
}

/** An evidence command that runs right now. */
export interface RunningCommand {
  readonly command: string;
  readonly run: 'base' | 'left' | 'restored';
  readonly since: number;
}

/** The projection that tree, panel, status bar and `cfn status` show. */
export interface LoopView {
  readonly taskId: string;
  readonly description: string;
  readonly mode: Mode;
  readonly strategy: Strategy;
  readonly step: LoopStep;
  readonly iteration: number;
  readonly maxIterations: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly baseCommit: Commit;
  /** The finished loop at whose result this one began, and the base of the first loop of them all. */
  readonly continues: { readonly taskId: string; readonly firstBase: Commit } | null;
  /** Loops that began at this one's result, oldest first. */
  readonly continuedBy: readonly string[];
  /** What a person calls the loop; null: its task. */
  readonly title: string | null;
  /** A person put it out of the lists; nothing else of it is changed. */
  readonly archived: boolean;
  /** What was last done with its result, and stands; null: nothing, or it was undone. */
  readonly home: HomeNote | null;
  /** Worktrees that a person removed and that nobody made again; absent where there are none. */
  readonly removedWorktrees?: readonly RemovedWorktree[];
  /** The newest integrated commit. */
  readonly commit: Commit | null;
  readonly branch: string;
  readonly paused: boolean;
  /** Since when it waits for its turn in the machine's queue, epoch milliseconds; null once it has begun. */
  readonly queuedSince: number | null;
  readonly waiting: { readonly for: WaitReason; readonly since: number; readonly message: string } | null;
  /** Why nobody carries it on; absent while somebody does, or did. */
  readonly fault?: { readonly at: number; readonly message: string };
  readonly agents: readonly AgentView[];
  readonly transferPoints: readonly TransferPointView[];
  /** Transfer points that the loop is held before. */
  readonly breakpoints: readonly number[];
  readonly held: HeldView | null;
  /** `next` stands where a person set another one for the iterations that follow. */
  readonly thresholds: {
    readonly gate: number;
    readonly consensus: number;
    readonly next: Pick<Thresholds, 'gate' | 'consensus'>;
  };
  readonly gate: GateView | null;
  readonly consensus: ConsensusView | null;
  readonly decision: {
    readonly decision: Decision;
    readonly by: string;
    readonly reason: string;
    readonly at: number;
    readonly iteration: number;
  } | null;
  /** What product owners left for later in all iterations, each item once. */
  readonly deferred: readonly Deferred[];
  /** What an agent recommends while a person is asked. */
  readonly recommendation: {
    readonly agentId: string;
    readonly decision: Decision;
    readonly reason: string;
    readonly feedback: readonly string[];
  } | null;
  /** Validators that share a model family with an implementer; absent where none is known to. */
  readonly sameFamily?: readonly SameFamily[];
  /** Oldest first, the current one last. */
  readonly iterations: readonly IterationView[];
  readonly outcome: Outcome | null;
  readonly stopReason: string | null;
  readonly feedback: readonly string[];
  /** The same items with who raised each and whom it is meant for. */
  readonly feedbackItems: readonly FeedbackView[];
  /** What the next iteration would be told as things stand. */
  readonly nextFeedback: readonly FeedbackView[];
  /** What PROCEED would take now: the newest commit without what a person rejected. No evidence ran on it. */
  readonly revised?: Commit;
  readonly decidedBy: DecidedBy;
  /** As a person has extended it; null: there is none. */
  readonly budgetUsd: number | null;
  /** Counts against the budget for runs that told no price. */
  readonly assumedUsd: number;
  /** What was spent when it crossed the share of this budget at which it is said; null: not yet. */
  readonly budgetWarning: { readonly at: number; readonly spentUsd: number } | null;
  readonly costUsd: number;
  /** True when some agent's cost is not known. */
  readonly costIncomplete: boolean;
  readonly tokens: number;
  /** One sentence for the status line. */
  readonly headline: string;
  /** The newest integration that could not combine all work; null where all went together. */
  readonly conflict?: ConflictView | null;
  /** Known to the process that runs the loop alone. */
  readonly running?: RunningCommand | null;
}
