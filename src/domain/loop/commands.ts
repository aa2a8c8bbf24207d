import { err } from '../../base/result.ts';
import type { AgentQuestion } from '../agents/question.ts';
import type { Review } from '../review/review.ts';
import type { LoopConfig } from './config.ts';
import type { AgentExit, EventOf, HandOverEdit, Thresholds } from './events.ts';
import type { AgentProgram, Decision } from './model.ts';

/** What a person asks for, and what the interpreter reports. */
export type Command =
  | { readonly kind: 'start'; readonly config: LoopConfig }
  | { readonly kind: 'stop' }
  | { readonly kind: 'pause'; readonly now: boolean }
  | { readonly kind: 'unpause' }
  | {
      readonly kind: 'decide';
      readonly decision: Decision;
      readonly reason: string;
      readonly feedback: readonly string[];
      readonly confirm: readonly string[];
    }
  | { readonly kind: 'add-feedback'; readonly items: readonly string[] }
  | { readonly kind: 'send-review'; readonly review: Review }
  /** Files of the user's checkouts that the person changed in the editor: absolute real paths. */
  | { readonly kind: 'own-edits'; readonly paths: readonly string[] }
  /** A queued loop begins out of turn. */
  | { readonly kind: 'start-now' }
  | { readonly kind: 'set-breakpoints'; readonly points: readonly number[] }
  /** `edit` null: as it is. */
  | { readonly kind: 'release'; readonly edit: HandOverEdit | null }
  | { readonly kind: 'change-thresholds'; readonly thresholds: Thresholds }
  | { readonly kind: 'retry-agent'; readonly agentId: string; readonly program: AgentProgram | null }
  | {
      readonly kind: 'nudge-agent';
      readonly agentId: string;
      readonly text: string;
      readonly interrupt: boolean;
      readonly by: 'person' | 'loop';
    }
  | { readonly kind: 'suspect-agent'; readonly agentId: string; readonly message: string }
  | { readonly kind: 'leave-agent'; readonly agentId: string }
  | {
      readonly kind: 'stop-agent';
      readonly agentId: string;
      readonly again: boolean;
      readonly by: 'person' | 'loop';
      readonly reason: string;
    }
  /** What a runner tells of its agent's questions. */
  | {
      readonly kind: 'note-question';
      readonly agentId: string;
      readonly attempt: number;
      readonly question: AgentQuestion;
    }
  | {
      readonly kind: 'withdraw-question';
      readonly agentId: string;
      readonly attempt: number;
      readonly questionId: string;
    }
  | {
      readonly kind: 'answer-question';
      readonly agentId: string;
      readonly questionId: string;
      readonly answer: string;
    }
  | { readonly kind: 'report'; readonly report: Report }
  /** Draws the consequences that a journal lacks when its last batch was cut. `begins`: and carries the loop on. */
  | { readonly kind: 'continue'; readonly begins?: true };

export type Report =
  | (EventOf<'LoopDequeued'> & { readonly by: 'turn' })
  | EventOf<'BaseEstablished'>
  | (EventOf<'DayBudgetReached'> & { readonly iteration: number })
  | EventOf<'DayBudgetFreed'>
  | EventOf<'LoopFaulted'>
  | (EventOf<'WorktreesPrepared'> & { readonly iteration: number })
  | (EventOf<'TransferPointWritten'> & { readonly iteration: number })
  | (EventOf<'AgentStarted'> & { readonly iteration: number })
  | { readonly type: 'AgentExited'; readonly iteration: number; readonly exit: AgentExit }
  | Omit<EventOf<'OutsideChanged'>, 'agentIds'>
  | (EventOf<'CandidateJudged'> & { readonly iteration: number })
  | (EventOf<'Integrated'> & { readonly iteration: number })
  | (EventOf<'EvidenceJudged'> & { readonly iteration: number })
  | (EventOf<'FaultsSeeded'> & { readonly iteration: number })
  | (EventOf<'ClaimsJudged'> & { readonly iteration: number })
  | (EventOf<'LoopFinished'> & { readonly finalPoint: Omit<EventOf<'TransferPointWritten'>, 'type'> | null });

/** Why a command was refused; nothing was recorded. */
export interface Rejection {
  readonly kind: 'state' | 'input';
  readonly message: string;
}

export const refuse = (message: string) => err<Rejection>({ kind: 'state', message });
export const refuseInput = (message: string) => err<Rejection>({ kind: 'input', message });
