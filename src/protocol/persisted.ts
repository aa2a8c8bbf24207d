/** What is read back from a journal: an event of a kind that this version knows, with its envelope. */
import * as z from 'zod';
import type { LoopEvent } from '../domain/loop/events.ts';

const KNOWN: Record<LoopEvent['type'], true> = {
  LoopStarted: true,
  LoopDequeued: true,
  BaseEstablished: true,
  IterationStarted: true,
  WorktreesPrepared: true,
  TransferPointWritten: true,
  AgentStarted: true,
  AgentExited: true,
  OutsideChanged: true,
  OwnEdits: true,
  CandidateJudged: true,
  Integrated: true,
  EvidenceJudged: true,
  GateChecked: true,
  FaultsSeeded: true,
  ProbeJudged: true,
  ValidatorsRecalled: true,
  ClaimsJudged: true,
  ConsensusChecked: true,
  Recommended: true,
  DecisionMade: true,
  FeedbackAdded: true,
  ReviewSent: true,
  BreakpointsSet: true,
  HandOverReleased: true,
  ThresholdsChanged: true,
  AgentRetried: true,
  AgentNudged: true,
  AgentSuspected: true,
  AgentLeftAlone: true,
  AgentStopped: true,
  QuestionAsked: true,
  QuestionAnswered: true,
  QuestionWithdrawn: true,
  FilesConfirmed: true,
  BudgetWarned: true,
  DayBudgetReached: true,
  DayBudgetFreed: true,
  StallNoticed: true,
  LoopWaiting: true,
  WaitEnded: true,
  LoopFaulted: true,
  LoopTakenUp: true,
  LoopPaused: true,
  LoopResumed: true,
  LoopEnding: true,
  LoopFinished: true,
};

/**
 * Journals are written by this program alone, checksummed and kept in a private folder, so the envelope and
 * the kind of an event are checked, not every field again. By hand: a schema of the envelope takes as long as
 * reading the line did, and a long loop has a hundred thousand.
 */
export const storedEventSchema = z.custom<LoopEvent>(isStoredEvent, { error: 'is not an event of a loop' });

function isStoredEvent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { type, taskId, iteration, at, correlation }: Partial<Record<keyof LoopEvent, unknown>> = value;
  return (
    typeof type === 'string' &&
    Object.hasOwn(KNOWN, type) &&
    typeof taskId === 'string' &&
    Number.isSafeInteger(iteration) &&
    Number(iteration) >= 0 &&
    Number.isFinite(at) &&
    typeof correlation === 'string'
  );
}
