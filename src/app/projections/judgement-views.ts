import { deferredIn } from '../../domain/backlog.ts';
import { readEvidence } from '../../domain/evidence-command.ts';
import { MODE_POLICIES } from '../../domain/loop/policy.ts';
import { markedReviews } from '../../domain/review-marks.ts';
import type { EvidenceFact } from '../../domain/loop/events.ts';
import { collectFeedback } from '../../domain/loop/feedback.ts';
import {
  completed,
  exitsGoingOn,
  exitsOf,
  iterations,
  type IterationRecord,
  type LoopState,
} from '../../domain/loop/state.ts';
import type { ConsensusView, EvidenceView, FeedbackView, GateView, LoopView } from './loop-view.ts';

/** What a loop's newest judgements rest on. */
export function judgementViews(
  state: LoopState,
): Pick<
  LoopView,
  'gate' | 'consensus' | 'decision' | 'deferred' | 'recommendation' | 'feedbackItems' | 'nextFeedback'
> {
  return {
    gate: gateView(state),
    consensus: consensusView(state),
    decision: decisionView(state),
    deferred: deferredIn(state),
    recommendation: state.current?.recommendation ?? null,
    feedbackItems: state.current?.feedback ?? [],
    nextFeedback: nextFeedback(state),
  };
}

function gateView(state: LoopState): GateView | null {
  const record = iterations(state).findLast((candidate) => candidate.gate);
  if (!record?.gate) return null;
  const { passed, threshold, actualConfidence, evidence, reasons } = record.gate;
  return {
    iteration: record.number,
    passed,
    threshold,
    confidence: actualConfidence,
    evidence,
    reasons,
    notes: record.evidence?.notes ?? [],
    commit: record.integrated?.commit ?? null,
    agents: exitsGoingOn(state.config, record)
      .filter(completed)
      .map((exit) => exit.agentId),
    commands: commandsOf(state, record),
    claims: exitsOf(record.implementers).map(({ agentId, result }) => ({
      agentId,
      confidence: result?.role === 'implementer' ? result.confidence : null,
    })),
  };
}

/** The run that decides: with the base's own protected files where there was one, else as the agents left it. */
function commandsOf(state: LoopState, record: IterationRecord): readonly EvidenceView[] {
  const commit = record.integrated?.commit;
  const judged = record.facts.filter((fact) => fact.run !== 'base' && (!commit || fact.commit === commit));
  const deciding = new Map<string, EvidenceFact>();
  for (const fact of judged) {
    if (fact.run === 'restored' || !deciding.has(fact.command)) deciding.set(fact.command, fact);
  }
  const needs = MODE_POLICIES[state.config.mode].evidencePassRate;
  return [...deciding.values()].map(
    ({ command, kind, run, status, passed, failed, skipped, passRate, baseline, flaky = [] }) => ({
      command,
      kind: kind ?? readEvidence(command).kind,
      run,
      status,
      passed,
      failed,
      skipped,
      passRate,
      baseline,
      flaky,
      needs,
    }),
  );
}

function consensusView(state: LoopState): ConsensusView | null {
  const record = iterations(state).findLast((candidate) => candidate.consensus);
  if (!record?.consensus) return null;
  const { passed, threshold, score, votes, findings, unconfirmedFiles } = record.consensus;
  const earlier = iterations(state).filter(({ number }) => number < record.number);
  const marked = markedReviews(record, earlier, threshold);
  return {
    iteration: record.number,
    passed,
    threshold,
    score,
    votes,
    ...(marked.length > 0 ? { marked } : {}),
    ...(record.probes.length > 0 ? { probes: record.probes } : {}),
    findings,
    proofs: record.proofs,
    unconfirmedFiles,
  };
}

function decisionView(state: LoopState): LoopView['decision'] {
  const record = iterations(state).findLast((candidate) => candidate.decision);
  if (!record?.decision) return null;
  const { decision, by, reason, at } = record.decision;
  return { decision, by, reason, at, iteration: record.number };
}

/** What the next iteration would be told as things stand; empty before anything was judged, and after the end. */
function nextFeedback(state: LoopState): readonly FeedbackView[] {
  const { current, phase } = state;
  if (!current || phase.kind === 'finished' || phase.kind === 'ending') return [];
  const judged = current.gate !== null || current.evidence !== null;
  if (!judged) return state.addedFeedback.map((text) => ({ origin: 'person', to: null, text }));
  const recommended = current.decision ? [] : (current.recommendation?.feedback ?? []);
  return [
    ...collectFeedback(state, current),
    ...recommended.map((text) => ({ origin: current.recommendation?.agentId ?? '', to: null, text })),
  ];
}
