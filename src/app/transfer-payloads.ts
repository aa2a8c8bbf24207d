import { gateConfidence, mean } from '../domain/gate.ts';
import { describeFinding } from '../domain/review/describe-finding.ts';
import { remarksByPerson, type Remark } from '../domain/loop/hand-over-edit.ts';
import {
  completed,
  exitsGoingOn,
  exitsOf,
  type IterationRecord,
  type LoopState,
} from '../domain/loop/state.ts';
import type { AgentExit } from '../domain/loop/events.ts';
import type { Finding, Outcome } from '../domain/loop/model.ts';
import {
  feedbackLists,
  type Aggregation,
  type Assignment,
  type ExtractedFeedback,
  type FinalResult,
  type GateResult,
  type Handoff,
  type WorkerOutput,
} from '../protocol/transfer-points.ts';
import type { CodeExcerpt } from './prompts.ts';

/** Builders of what is handed over, from the state alone; diffs come from git and are passed in. */
export function assignment(state: LoopState, record: IterationRecord): Assignment {
  const { config } = state;
  return {
    taskId: config.taskId,
    description: config.description,
    requirements: [...config.requirements],
    priority: config.priority,
    iteration: record.number,
    acceptance: [...config.acceptance],
    deliverables: [...config.deliverables],
    baseCommit: config.baseCommit,
    feedback: record.feedback.map((item) => item.text),
    workers: record.implementers.map((slot, index) => {
      const part = config.parts[index];
      return { workerId: slot.agentId, ...(part ? { task: part.task, files: [...part.files] } : {}) };
    }),
  };
}

export function workerOutput(
  record: IterationRecord,
  exit: AgentExit,
  code: CodeExcerpt,
  completedAt: number,
): WorkerOutput {
  const result = exit.result?.role === 'implementer' ? exit.result : null;
  return {
    workerId: exit.agentId,
    code: code.text,
    files: exit.files.map((file) => file.path),
    confidence: result?.confidence ?? 0,
    completedAt,
    iteration: record.number,
    truncated: code.truncated,
    attempt: exit.attempt,
    ending: exit.ending,
    summary: result?.summary ?? '',
    defaulted: result === null,
    ...(exit.commit ? { commit: exit.commit } : {}),
  };
}

/** Self-reported issues after Implement; with the validators' findings after the review. */
export function extractedFeedback(
  state: LoopState,
  record: IterationRecord,
  part: 'main' | 'review',
): ExtractedFeedback {
  const own = exitsGoingOn(state.config, record).flatMap((exit) =>
    exit.result?.role === 'implementer'
      ? exit.result.issues.map((issue) => ({ ...issue, by: exit.agentId }))
      : [],
  );
  const findings = part === 'review' ? [...own, ...(record.consensus?.findings ?? [])] : own;
  const edited = editedRemarks(record, part);
  return {
    ...feedbackLists(edited ?? findings.map(asRemark)),
    extractedConfidence: gateConfidence(state.config, record),
    iteration: record.number,
    source: part === 'review' ? 'validators' : 'implementers',
    ...(edited === null ? { items: findings.map(feedbackEntry) } : {}),
  };
}

const asRemark = (finding: Finding): Remark => ({
  severity: finding.severity,
  text: describeFinding(finding),
});

/** What a person made of the remarks; an edit after Implement is kept when the validators' findings come to it. */
function editedRemarks(record: IterationRecord, part: 'main' | 'review'): readonly Remark[] | null {
  const edited = remarksByPerson(record, part);
  if (edited || part === 'main') return edited;
  const before = remarksByPerson(record, 'main');
  return before && [...before, ...(record.consensus?.findings ?? []).map(asRemark)];
}

/** What those who judge are to look at. */
export function feedbackForReview(
  state: LoopState,
  record: IterationRecord,
  to: 'validators' | 'product-owner',
): readonly string[] {
  const edited = record.edits[to === 'validators' ? '6:reviewer' : '6:product-owner']?.feedback;
  if (edited) return edited;
  const { critical, warnings, suggestions } = extractedFeedback(
    state,
    record,
    to === 'product-owner' ? 'review' : 'main',
  );
  return [...critical, ...warnings, ...suggestions];
}

const feedbackEntry = (finding: Finding & { readonly by: string }) => ({
  from: finding.by,
  severity: finding.severity,
  text: finding.text,
  ...(finding.file ? { file: finding.file } : {}),
});

export function aggregation(state: LoopState, record: IterationRecord, part: 'main' | 'review'): Aggregation {
  if (part === 'review') {
    const votes = record.consensus?.votes ?? [];
    return {
      aggregatedConfidence: record.consensus?.score ?? 0,
      consensusReached: record.consensus?.passed ?? false,
      reviewerCount: votes.filter((vote) => vote.score !== null).length,
      iteration: record.number,
      source: 'validators',
      votes: votes.map((vote) => ({ ...vote })),
    };
  }
  const confidence = gateConfidence(state.config, record);
  const reports = exitsOf(record.implementers).filter((exit) => completed(exit) && exit.result !== null);
  return {
    aggregatedConfidence: confidence,
    consensusReached: confidence >= state.config.gateThreshold,
    reviewerCount: reports.length,
    iteration: record.number,
    source: 'implementers',
  };
}

export function gateResult(state: LoopState, record: IterationRecord): GateResult {
  const { gate } = record;
  return {
    passed: gate?.passed ?? false,
    threshold: gate?.threshold ?? state.config.gateThreshold,
    actualConfidence: gate?.actualConfidence ?? 0,
    iteration: record.number,
    evidence: gate?.evidence ?? 'unavailable',
    reasons: [...(gate?.reasons ?? [])],
    ...(record.integrated ? { commit: record.integrated.commit } : {}),
  };
}

export function handoff(
  state: LoopState,
  record: IterationRecord,
  to: 'validators' | 'product-owner',
  code: CodeExcerpt,
): Handoff {
  return {
    taskId: state.config.taskId,
    code: code.text,
    feedback: [...feedbackForReview(state, record, to)],
    originalConfidence: gateConfidence(state.config, record),
    iteration: record.number,
    truncated: code.truncated,
    baseCommit: state.config.baseCommit,
    to,
    consensus: record.consensus?.score ?? null,
    ...(record.integrated ? { commit: record.integrated.commit } : {}),
    context: {
      description: state.config.description,
      requirements: [...state.config.requirements],
      acceptance: [...state.config.acceptance],
    },
  };
}

/** The end, with the whole history: every iteration's numbers, so that it can be read without the journal. */
export function finalResult(
  state: LoopState,
  end: {
    readonly outcome: Outcome;
    readonly stopReason: string;
    readonly commit: string | null;
    readonly branch: string | null;
    readonly mergedToMain: boolean;
  },
): FinalResult {
  const records = [...state.history, ...(state.current ? [state.current] : [])];
  const last = records.at(-1);
  return {
    approved: end.outcome === 'PROCEED',
    reviewerConfidence: last?.consensus?.score ?? 0,
    mergedToMain: end.mergedToMain,
    taskId: state.config.taskId,
    iterations: records.length,
    outcome: end.outcome,
    decision: last?.decision?.decision ?? null,
    ...(last?.decision ? { decidedBy: last.decision.by } : {}),
    branch: end.branch,
    commit: end.commit,
    stopReason: end.stopReason,
    context: {
      taskId: state.config.taskId,
      description: state.config.description,
      requirements: [...state.config.requirements],
      priority: state.config.priority,
    },
    history: records.map((record) => ({
      iteration: record.number,
      confidences: exitsOf(record.implementers).map((exit) => ({
        agentId: exit.agentId,
        confidence: exit.result?.role === 'implementer' ? exit.result.confidence : 0,
      })),
      confidence: mean([gateConfidence(state.config, record)]),
      evidence: record.evidence?.status ?? null,
      gate: record.gate?.passed ?? null,
      consensus: record.consensus?.score ?? null,
      decision: record.decision?.decision ?? null,
      commit: record.integrated?.commit ?? null,
      feedback: record.feedback.map((item) => item.text),
    })),
  };
}
