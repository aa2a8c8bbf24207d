import type { AgentExit, EvidenceFact, LoopEvent } from '../../domain/loop/events.ts';
import type { WaitReason } from '../../domain/loop/model.ts';
import type { WrittenTransferPoint } from '../../domain/loop/state.ts';

export type PublicEvent = Readonly<Record<string, unknown>> & { readonly type: string };

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** What was so just before an event. */
export interface ToldBefore {
  readonly written: readonly WrittenTransferPoint[];
  readonly waitingFor: WaitReason | null;
}

/**
 * What outside tools see of a loop (contract, section 5). One journaled event may be none, one or several
 * public ones.
 */
export function publicEvents(event: LoopEvent, before: ToldBefore): readonly PublicEvent[] {
  const envelope = {
    taskId: event.taskId,
    iteration: event.iteration,
    at: iso(event.at),
    correlation: event.correlation,
  };
  return bodies(event, before).map(({ type, ...fields }) => ({ type, ...envelope, ...fields }));
}

function agentStarted(event: LoopEvent & { readonly type: 'AgentStarted' }): PublicEvent {
  const { type, agentId, role, attempt, pid, containerId, worktree, branch } = event;
  const what = containerId === undefined ? { pid } : { containerId };
  return { type, agentId, role, attempt, ...what, worktree, branch };
}

function bodies(event: LoopEvent, before: ToldBefore): readonly PublicEvent[] {
  switch (event.type) {
    case 'LoopStarted':
      return loopStarted(event);
    case 'LoopDequeued':
      return [{ type: event.type, by: event.by }];
    case 'BaseEstablished':
    case 'CandidateJudged':
    case 'EvidenceJudged':
      return event.facts.map(evidenceCollected);
    case 'TransferPointWritten':
      return transferPoint(event, before.written);
    case 'AgentStarted':
      return [agentStarted(event)];
    case 'AgentExited':
      return [agentExited(event.exit)];
    case 'Integrated':
      return [{ type: event.type, commit: event.commit, agents: event.agents, conflicts: event.conflicts }];
    case 'GateChecked': {
      const { type, passed, threshold, actualConfidence, evidence, reasons, notes, unconfirmed } = event;
      const besides = { ...(notes ? { notes } : {}), ...(unconfirmed ? { unconfirmed } : {}) };
      return [{ type, passed, threshold, actualConfidence, evidence, reasons, ...besides }];
    }
    case 'FaultsSeeded':
    case 'ProbeJudged':
      return aboutProbes(event);
    case 'ClaimsJudged':
      return event.proofs.map(({ agentId, command, outcome }) => ({
        type: 'ClaimJudged',
        agentId,
        command,
        outcome,
      }));
    case 'ConsensusChecked': {
      const { passed, threshold, score, votes, vetoes, dissent } = event;
      return [{ type: event.type, passed, threshold, score, votes, vetoes, dissent }];
    }
    case 'StallNoticed': {
      const { kind, since, message } = event;
      return [{ type: event.type, stall: kind, sinceIteration: since, message }];
    }
    case 'DecisionMade':
      return decisionMade(event, before.waitingFor);
    case 'ReviewSent': {
      const { reviewed, commit, revised } = event;
      const items = event.items.map(({ quote: _lines, ...item }) => item);
      return [{ type: event.type, reviewed, commit, revised, items }];
    }
    case 'QuestionAsked':
    case 'QuestionAnswered':
    case 'QuestionWithdrawn':
      return [aboutQuestion(event)];
    case 'BudgetWarned':
      return [{ type: event.type, spentUsd: event.spentUsd, budgetUsd: event.limitUsd }];
    case 'DayBudgetReached':
    case 'DayBudgetFreed':
      return [aboutDay(event)];
    case 'LoopFaulted':
      return [{ type: event.type, work: event.work, message: event.message }];
    case 'LoopTakenUp':
      return [{ type: event.type }];
    case 'LoopWaiting':
      return [{ type: event.type, for: event.for, since: iso(event.at), message: event.message }];
    case 'WaitEnded':
      return [resumed(event, event.for)];
    case 'HandOverReleased':
      return [{ ...resumed(event, 'breakpoint'), point: event.point, edited: event.edit !== null }];
    // Paused by a person: the loop waits for none of the things that a person could decide.
    case 'LoopPaused':
    case 'LoopResumed':
      return [{ type: event.type, for: null, since: iso(event.at) }];
    case 'LoopFinished': {
      const { outcome, iterations, branch, commit, mergedToMain, stopReason } = event;
      return [{ type: event.type, outcome, iterations, branch, commit, mergedToMain, stopReason }];
    }
    default:
      return [];
  }
}

/** A decision also ends the wait for it, or for anything else: who counts waits sees each one end. */
function decisionMade(
  event: LoopEvent & { type: 'DecisionMade' },
  waitingFor: WaitReason | null,
): readonly PublicEvent[] {
  const { decision, by, reason, defaulted, revised, board } = event;
  const more = { ...(revised ? { revised } : {}), ...(board ? { board } : {}) };
  const made = { type: event.type, decision, by, reason, defaulted, ...more };
  return waitingFor === null ? [made] : [made, resumed(event, waitingFor)];
}

/** Where a fault is, is told once it was looked for. */
function aboutProbes(event: LoopEvent & { type: 'FaultsSeeded' | 'ProbeJudged' }): readonly PublicEvent[] {
  const type = 'ProbeJudged';
  if (event.type === type) {
    const { agentId, outcome, score, fault } = event;
    return [{ type, agentId, outcome, score, fault }];
  }
  return event.probes
    .filter(({ seeded }) => seeded === null)
    .map(({ agentId }) => ({ type, agentId, outcome: 'void', score: null, fault: null }));
}

function loopStarted({ type, config, at }: LoopEvent & { type: 'LoopStarted' }): readonly PublicEvent[] {
  const { mode, gateThreshold, consensusThreshold, maxIterations, baseCommit, strategy } = config;
  const { attachments, consensusRule, continuesTask, sparse } = config;
  return [
    {
      type,
      mode,
      gateThreshold,
      consensusThreshold,
      maxIterations,
      baseCommit,
      strategy,
      ...(consensusRule ? { consensusRule } : {}),
      ...(config.adversarialRate ? { adversarialRate: config.adversarialRate } : {}),
      ...(continuesTask ? { continuesTask: continuesTask.taskId } : {}),
      ...(sparse ? { sparse } : {}),
      ...(attachments
        ? { attachments: attachments.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })) }
        : {}),
    },
    ...(config.queued ? [{ type: 'LoopQueued', since: iso(at) }] : []),
  ];
}

function aboutDay(event: LoopEvent & { type: 'DayBudgetReached' | 'DayBudgetFreed' }): PublicEvent {
  if (event.type === 'DayBudgetFreed') return { type: event.type, day: event.day };
  const { type, day, spentUsd, limitUsd, agentId, usd } = event;
  return { type, day, spentUsd, budgetUsd: limitUsd, agentId, expectedUsd: usd };
}

/** Only this agent waits: the loop and its other agents go on. */
function aboutQuestion(
  event: LoopEvent & { type: 'QuestionAsked' | 'QuestionAnswered' | 'QuestionWithdrawn' },
): PublicEvent {
  const { agentId, role, attempt } = event;
  if (event.type !== 'QuestionAsked') {
    const answer = event.type === 'QuestionAnswered' ? event.answer : null;
    return { ...resumed(event, 'question'), agentId, role, attempt, questionId: event.id, answer };
  }
  const { id, at, text, choices } = event.question;
  return {
    type: 'LoopWaiting',
    for: 'question',
    since: iso(at),
    message: `${agentId} asks: ${text}`,
    agentId,
    role,
    attempt,
    questionId: id,
    question: text,
    choices,
  };
}

const resumed = ({ at }: LoopEvent, reason: WaitReason): PublicEvent => ({
  type: 'LoopResumed',
  for: reason,
  since: iso(at),
});

const evidenceCollected = (fact: EvidenceFact): PublicEvent => ({ type: 'EvidenceCollected', ...fact });

/** Point 6 is announced once, when both hand-overs are there; rewrites after the review are not announced. */
function transferPoint(
  event: LoopEvent & { type: 'TransferPointWritten' },
  written: readonly WrittenTransferPoint[],
): readonly PublicEvent[] {
  const { point, key, sha256 } = event;
  if (event.part === 'review' || event.part === 'reviewer') return [];
  const reviewer = written.findLast(
    (other) => other.part === 'reviewer' && other.iteration === event.iteration,
  );
  const verified =
    event.part === 'product-owner' ? event.verified && (reviewer?.verified ?? false) : event.verified;
  const announced = event.part === 'product-owner' ? (reviewer?.key ?? key) : key;
  const hash = event.part === 'product-owner' ? (reviewer?.sha256 ?? sha256) : sha256;
  return [{ type: 'TransferPoint', point, key: announced, sha256: hash, verified }];
}

function agentExited(exit: AgentExit): PublicEvent {
  const { agentId, role, attempt, exitCode, ending, lingered, costUsd, usage } = exit;
  return {
    type: 'AgentExited',
    agentId,
    role,
    attempt,
    exitCode,
    ending,
    lingered,
    ...(exit.probe ? { probe: true } : {}),
    defaulted: exit.result === null,
    ...vote(exit),
    ...(exit.failure === null ? {} : { failure: exit.failure }),
    ...(exit.leftOut ? { leftOut: exit.leftOut } : {}),
    tokens: usage,
    costUsd,
  };
}

/** A missing vote is announced with the seeds' safe defaults, marked as defaulted. */
function vote(exit: AgentExit): Record<string, unknown> {
  switch (exit.role) {
    case 'implementer':
      return { confidence: exit.result?.role === 'implementer' ? exit.result.confidence : 0 };
    case 'validator':
      return { score: exit.result?.role === 'validator' ? exit.result.score : 0 };
    case 'product-owner':
      return { decision: exit.result?.role === 'product-owner' ? exit.result.decision : 'ABORT' };
  }
}
