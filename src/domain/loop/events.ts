import type { DayReached } from '../agents/day-budget.ts';
import type { AgentQuestion } from '../agents/question.ts';
import type { Fault } from '../adversarial/fault.ts';
import type { Probe } from '../adversarial/probe.ts';
import type { BoardVote } from '../board.ts';
import type { Stall } from '../convergence.ts';
import type { EvidenceKind } from '../evidence-command.ts';
import type { EvidenceStatus } from '../evidence.ts';
import type { Proof } from '../proofs.ts';
import type { Looked } from '../review-marks.ts';
import type { Review } from '../review/review.ts';
import type { LoopConfig } from './config.ts';
import type {
  AgentProgram,
  AgentResult,
  Commit,
  Decision,
  Ending,
  Finding,
  Outcome,
  Role,
  Usage,
  WaitReason,
} from './model.ts';

/** One item that the next iteration has to deal with. */
export interface FeedbackItem {
  /** `gate`, `evidence`, `conflict`, `person`, or the id of the agent that raised it. */
  readonly origin: string;
  /** The implementer it is meant for; null: all of them. */
  readonly to: string | null;
  readonly text: string;
  /** The thread of the review that it belongs to. */
  readonly thread?: string;
}

export interface FileStat {
  readonly path: string;
  readonly added: number | null;
  readonly removed: number | null;
}

export interface AgentExit {
  readonly agentId: string;
  readonly role: Role;
  readonly attempt: number;
  readonly ending: Ending;
  readonly lingered: boolean;
  readonly exitCode: number | null;
  /** `null` after a repair round that did not help either: no vote. */
  readonly result: AgentResult | null;
  readonly resultError: string | null;
  readonly failure: string | null;
  /** Implementers: the commit of the attempt, completed or not. */
  readonly commit: Commit | null;
  readonly files: readonly FileStat[];
  /** Paths of submodules in which it changed something, which is no part of the commit. Missing where there are none. */
  readonly leftOut?: readonly string[];
  readonly usage: Usage | null;
  readonly costUsd: number | null;
  readonly folder: string;
  /** Of a validator that reviewed a copy with a seeded fault: it is no vote. */
  readonly probe?: true;
  /** Of a validator: how it looked. Missing where its CLI does not tell, and in loops of earlier versions. */
  readonly looked?: Looked;
}

/** One command in one run, as it is published. */
export interface EvidenceFact {
  readonly run: 'base' | 'left' | 'restored';
  readonly commit: Commit;
  /** As the loop was given it, with a prefix that names its kind. */
  readonly command: string;
  /** Missing in loops of earlier versions. */
  readonly kind?: EvidenceKind;
  readonly status: EvidenceStatus;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Passed over passed plus failed; null when nothing ran. */
  readonly passRate: number | null;
  /** The base's pass rate; null where it had none. */
  readonly baseline: number | null;
  readonly protectedFilesChanged: readonly string[];
  /** Checks that failed at the first try and passed at the second. */
  readonly flaky?: readonly string[];
}

export interface EvidenceJudgement {
  readonly commit: Commit;
  readonly status: EvidenceStatus;
  readonly reasons: readonly string[];
  readonly feedback: readonly string[];
  /** Changed protected files that validators or a person have to confirm. */
  readonly unconfirmedFiles: readonly string[];
  /** Preparation failed on this commit though it worked at the base: the gate fails instead of waiting. */
  readonly preparationFailed: boolean;
  /** Best pass rate over the commands, for comparing iterations. */
  readonly passRate: number | null;
  /** What a person should know of it and no rule decides by; missing in loops of earlier versions. */
  readonly notes?: readonly string[];
}

export interface Conflict {
  readonly agentId: string;
  readonly with: readonly string[];
  readonly files: readonly string[];
}

export interface Vote {
  readonly agentId: string;
  /** null: no vote. */
  readonly score: number | null;
  /** It missed a seeded fault, so its vote helps nothing pass. */
  readonly lost?: true;
}

export type TransferPart = 'main' | 'review' | 'reviewer' | 'product-owner';

/** The fields of a hand-over that a person may set while it is held; each steers what comes after it. */
export interface HandOverEdit {
  readonly description?: string;
  readonly requirements?: readonly string[];
  readonly acceptance?: readonly string[];
  readonly deliverables?: readonly string[];
  readonly priority?: string;
  /** Point 1: what implementers have to deal with; point 6: what those who judge are told of. */
  readonly feedback?: readonly string[];
  /** Points 2 and 4: what the gate takes for the confidence. */
  readonly confidence?: number;
  readonly critical?: readonly string[];
  readonly warnings?: readonly string[];
  readonly suggestions?: readonly string[];
  /** Point 5: a person sends back what passed, for these reasons. */
  readonly failedFor?: readonly string[];
}

/** What a person sets for the iterations that follow. */
export interface Thresholds {
  readonly gate?: number;
  readonly consensus?: number;
  readonly maxIterations?: number;
}

export type EventBody =
  | { readonly type: 'LoopStarted'; readonly config: LoopConfig }
  /** A queued loop begins: its turn has come, or a person did not wait for it. */
  | { readonly type: 'LoopDequeued'; readonly by: 'turn' | 'person' }
  | {
      readonly type: 'BaseEstablished';
      readonly facts: readonly EvidenceFact[];
      /** Id of the picture of everything outside the agents' worktrees, to be compared with later. */
      readonly outside: string | null;
    }
  | {
      readonly type: 'IterationStarted';
      readonly number: number;
      readonly start: Commit;
      readonly feedback: readonly FeedbackItem[];
    }
  | {
      readonly type: 'WorktreesPrepared';
      readonly worktrees: readonly {
        readonly agentId: string;
        readonly path: string;
        readonly branch: string;
      }[];
    }
  | {
      readonly type: 'TransferPointWritten';
      readonly point: number;
      readonly part: TransferPart;
      readonly key: string;
      readonly sha256: string;
      readonly verified: boolean;
    }
  | {
      readonly type: 'AgentStarted';
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
      readonly pid: number | null;
      /** Of one in a container, which has no pid here. */
      readonly containerId?: string;
      readonly worktree: string;
      readonly branch: string | null;
      readonly folder: string;
    }
  | { readonly type: 'AgentExited'; readonly exit: AgentExit }
  | {
      readonly type: 'OutsideChanged';
      readonly changes: readonly string[];
      /** Guarded ones were restored and fail these attempts. */
      readonly guarded: boolean;
      readonly agentIds: readonly string[];
      /** Id of the picture taken after this look, once all that the look found is told. */
      readonly picture?: string;
      /** The person's own edits that this look has dealt with. */
      readonly own?: readonly string[];
    }
  /** Files, or folders with all that is in them, that a person changed in the editor. */
  | { readonly type: 'OwnEdits'; readonly paths: readonly string[] }
  | {
      readonly type: 'CandidateJudged';
      readonly agentId: string;
      readonly facts: readonly EvidenceFact[];
      readonly judgement: EvidenceJudgement;
    }
  | {
      readonly type: 'Integrated';
      readonly commit: Commit;
      readonly agents: readonly string[];
      readonly conflicts: readonly Conflict[];
      /** Whether it differs from the base commit, and from this iteration's start. */
      readonly differsFromBase: boolean;
      readonly differsFromStart: boolean;
      /** Of its files, whatever commit they are in; missing in loops of earlier versions. */
      readonly tree?: string;
    }
  | {
      readonly type: 'EvidenceJudged';
      readonly facts: readonly EvidenceFact[];
      readonly judgement: EvidenceJudgement;
    }
  | {
      readonly type: 'GateChecked';
      readonly passed: boolean;
      readonly threshold: number;
      readonly actualConfidence: number;
      readonly evidence: EvidenceStatus | 'none';
      readonly reasons: readonly string[];
      readonly notes?: readonly string[];
      readonly unconfirmed?: readonly string[];
    }
  /** Copies with a fault in them were made for these validators to review before the work itself. */
  | { readonly type: 'FaultsSeeded'; readonly probes: readonly Pick<Probe, 'agentId' | 'seeded'>[] }
  | {
      readonly type: 'ProbeJudged';
      readonly agentId: string;
      readonly outcome: Exclude<Probe['outcome'], 'due'>;
      readonly score: number | null;
      readonly fault: Fault;
    }
  | { readonly type: 'ValidatorsRecalled'; readonly agentIds: readonly string[] }
  /** What came of the claims that validators gave a command for. */
  | { readonly type: 'ClaimsJudged'; readonly proofs: readonly Proof[] }
  | {
      readonly type: 'ConsensusChecked';
      readonly passed: boolean;
      readonly threshold: number;
      readonly score: number | null;
      readonly votes: readonly Vote[];
      readonly vetoes: readonly string[];
      readonly dissent: readonly string[];
      readonly unconfirmedFiles: readonly string[];
      readonly findings: readonly (Finding & { readonly by: string })[];
    }
  | {
      readonly type: 'Recommended';
      readonly agentId: string;
      readonly decision: Decision;
      readonly reason: string;
      readonly feedback: readonly string[];
      /** How each of several product owners voted. */
      readonly board?: readonly BoardVote[];
    }
  | {
      readonly type: 'DecisionMade';
      readonly decision: Decision;
      /** An agent's id, `board` for several product owners together, or `person`. */
      readonly by: string;
      readonly reason: string;
      readonly defaulted: boolean;
      readonly feedback: readonly string[];
      readonly deferred: readonly string[];
      readonly board?: readonly BoardVote[];
      /** What a person left of the integrated commit and proceeds with, though no evidence ran on it. */
      readonly revised?: Commit;
    }
  /** The whole set, counted from then on. */
  | { readonly type: 'BreakpointsSet'; readonly points: readonly number[] }
  /** A person lets a held hand-over go on, as it was or edited. */
  | {
      readonly type: 'HandOverReleased';
      readonly point: number;
      readonly part: TransferPart;
      readonly edit: HandOverEdit | null;
    }
  | ({ readonly type: 'ThresholdsChanged' } & Thresholds)
  /** A person has an agent run again, perhaps as another program; a running attempt is ended first. */
  | {
      readonly type: 'AgentRetried';
      readonly agentId: string;
      readonly role: Role;
      readonly program: AgentProgram | null;
    }
  /** A message for a running agent. `interrupt`: it hangs, so its turn is ended for it. */
  | {
      readonly type: 'AgentNudged';
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
      readonly id: string;
      readonly text: string;
      readonly interrupt: boolean;
      readonly by: 'person' | 'loop';
    }
  /** Nudges did not help, or the agent takes none: a person is asked. */
  | {
      readonly type: 'AgentSuspected';
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
      readonly message: string;
    }
  /** A person says that the attempt is fine as it is. */
  | {
      readonly type: 'AgentLeftAlone';
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
    }
  /** The attempt is ended; `again`: it counts as failed and is made again as often as a failed one may be. */
  | {
      readonly type: 'AgentStopped';
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
      readonly again: boolean;
      readonly by: 'person' | 'loop';
      readonly reason: string;
    }
  /** A running agent asks a person something, and waits for the answer; the others go on. */
  | {
      readonly type: 'QuestionAsked';
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
      readonly question: AgentQuestion;
    }
  | {
      readonly type: 'QuestionAnswered';
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
      readonly id: string;
      /** What was asked. */
      readonly text: string;
      readonly answer: string;
    }
  /** Its agent waits no more: it gave up, or its attempt ended. */
  | {
      readonly type: 'QuestionWithdrawn';
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
      readonly id: string;
    }
  /** The iteration that did not pass came no nearer either; told once for each. */
  | ({ readonly type: 'StallNoticed' } & Stall)
  | { readonly type: 'FeedbackAdded'; readonly items: readonly string[] }
  /** A person reviewed a commit of the iteration `reviewed`; the iteration after the current one is told of it. */
  | ({ readonly type: 'ReviewSent'; readonly reviewed: number } & Review)
  | { readonly type: 'FilesConfirmed'; readonly files: readonly string[] }
  /** What was spent crossed the share of the budget at which it is to be said. */
  | { readonly type: 'BudgetWarned'; readonly spentUsd: number; readonly limitUsd: number }
  /** An agent was not started: what all loops of the machine may cost on a day is spent. */
  | ({
      readonly type: 'DayBudgetReached';
      readonly agentId: string;
      readonly role: Role;
      readonly attempt: number;
    } & DayReached)
  /** It is another day, or the limit was raised. */
  | { readonly type: 'DayBudgetFreed'; readonly day: string }
  | { readonly type: 'LoopWaiting'; readonly for: WaitReason; readonly message: string }
  /** A person went past what the loop waited for. */
  | { readonly type: 'WaitEnded'; readonly for: WaitReason; readonly reason: string }
  /** Work failed again and again, so the process lets go of the loop where it stands; it can be resumed. */
  | { readonly type: 'LoopFaulted'; readonly work: string; readonly message: string }
  /** Somebody takes it up again after that. */
  | { readonly type: 'LoopTakenUp' }
  | { readonly type: 'LoopPaused'; readonly now: boolean }
  | { readonly type: 'LoopResumed' }
  | {
      readonly type: 'LoopEnding';
      readonly outcome: Outcome;
      readonly stopReason: string;
      readonly commit: Commit | null;
    }
  | {
      readonly type: 'LoopFinished';
      readonly outcome: Outcome;
      readonly iterations: number;
      readonly branch: string | null;
      readonly commit: Commit | null;
      readonly mergedToMain: boolean;
      readonly stopReason: string;
    };

export interface EventEnvelope {
  readonly taskId: string;
  /** 0 before the first iteration. */
  readonly iteration: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly correlation: string;
}

export type LoopEvent = EventEnvelope & EventBody;
export type EventOf<T extends EventBody['type']> = Extract<EventBody, { type: T }>;

/** With its envelope, for what asks when it happened. */
export type StampedEvent<T extends EventBody['type']> = EventEnvelope & EventOf<T>;
