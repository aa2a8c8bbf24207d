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
  LoopWaiting: true,
  WaitEnded: true,
  LoopPaused: true,
  LoopResumed: true,
  LoopEnding: true,
  LoopFinished: true,
};

const envelope = z.looseObject({
  type: z.string().refine((type) => type in KNOWN, 'was written by a newer version; update to read it'),
  taskId: z.string(),
  iteration: z.int().min(0),
  at: z.number(),
  correlation: z.string(),
});

/**
 * Journals are written by this program alone, checksummed and kept in a private folder, so the envelope and
 * the kind of an event are checked, not every field again.
 */
export const storedEventSchema = z.custom<LoopEvent>((value) => envelope.safeParse(value).success, {
  error: 'is not an event of a loop',
});
