import { confidenceOf } from '../gate.ts';
import { leftOutText } from '../worktree/submodules.ts';
import type { LoopConfig } from './config.ts';
import type { AgentExit, Conflict, FeedbackItem } from './events.ts';
import { toldFinding } from '../review/describe-finding.ts';
import { provenIn, type Proof } from '../proofs.ts';
import { reviewFeedback } from '../review/review-feedback.ts';
import { remarksByPerson } from './hand-over-edit.ts';
import { completed, exitsGoingOn, exitsOf, type IterationRecord, type LoopState } from './state.ts';

/** Feedback of an iteration, item by item, in the order: what broke, what was measured, what was reviewed, what people said. */
export function collectFeedback(state: LoopState, record: IterationRecord): readonly FeedbackItem[] {
  const { config } = state;
  const review = reviewFeedback(state, record);
  return [
    ...exitsOf(record.implementers).flatMap(endingFeedback),
    ...(record.integrated?.conflicts ?? []).map(conflictFeedback),
    ...(record.evidence?.feedback ?? []).map((text) => ({ origin: 'evidence', to: null, text })),
    ...gateFeedback(config, record),
    ...remarks(config, record, review.findings),
    ...provenIn(record).map(provenFeedback),
    ...unconfirmed(record),
    ...(record.decision?.feedback ?? []).map((text) => ({
      origin: record.decision?.by ?? 'person',
      to: null,
      text,
    })),
    ...review.said,
    ...state.addedFeedback.map((text) => ({ origin: 'person', to: null, text })),
  ];
}

/** What is no part of the result is told beside the reasons for another iteration; it is none itself. */
export const leftOutFeedback = (record: IterationRecord): readonly FeedbackItem[] =>
  exitsOf(record.implementers).flatMap(({ agentId, leftOut = [] }) =>
    leftOut.length === 0 ? [] : [{ origin: 'gate', to: agentId, text: leftOutText(leftOut) }],
  );

function endingFeedback(exit: AgentExit): readonly FeedbackItem[] {
  if (completed(exit)) {
    if (exit.result) return [];
    const text = `Your result was not valid: ${exit.resultError ?? 'nothing was reported'} It counted as no vote; report exactly one valid result.`;
    return [{ origin: 'gate', to: exit.agentId, text }];
  }
  const cause = exit.failure ? `: ${exit.failure}` : '';
  return [
    {
      origin: 'gate',
      to: exit.agentId,
      text: `The last attempt ended as "${exit.ending}"${cause}. Its changes were not integrated.`,
    },
  ];
}

function conflictFeedback(conflict: Conflict): FeedbackItem {
  const others = conflict.with.length > 0 ? conflict.with.join(', ') : 'the others';
  return {
    origin: 'conflict',
    to: conflict.agentId,
    text: `${conflict.agentId} and ${others} both changed ${conflict.files.join(', ')}. The work of ${others} was merged; that of ${conflict.agentId} was not. Do it again on top of the merged work.`,
  };
}

function gateFeedback(config: LoopConfig, record: IterationRecord): readonly FeedbackItem[] {
  if (!record.gate || record.gate.passed) return [];
  const items: FeedbackItem[] = [];
  if (record.gate.actualConfidence < record.gate.threshold) {
    for (const exit of exitsOf(record.implementers).filter(completed)) {
      const own = confidenceOf(exit);
      if (own >= config.gateThreshold || !exit.result || hasIssues(exit)) continue;
      items.push({
        origin: 'gate',
        to: exit.agentId,
        text: `You reported a confidence of ${own.toFixed(2)}; ${config.gateThreshold.toFixed(2)} is needed. Find what you are unsure of, resolve it, and name what stays open.`,
      });
    }
  }
  if (record.integrated && !record.integrated.differsFromBase) {
    items.push({
      origin: 'gate',
      to: null,
      text: 'Nothing was changed. The task asks for changes to files in the worktree.',
    });
  }
  return items;
}

const hasIssues = (exit: AgentExit): boolean =>
  exit.result?.role === 'implementer' && exit.result.issues.length > 0;

function selfReported(exit: AgentExit): readonly FeedbackItem[] {
  if (!completed(exit) || exit.result?.role !== 'implementer') return [];
  return exit.result.issues.map((issue) => ({
    origin: exit.agentId,
    to: null,
    text: toldFinding(issue),
  }));
}

/** What agents reported and validators found, or what a person made of it in a held hand-over. */
function remarks(
  config: LoopConfig,
  record: IterationRecord,
  findings: readonly FeedbackItem[],
): readonly FeedbackItem[] {
  const set = (part: 'main' | 'review') =>
    remarksByPerson(record, part)?.map(({ severity, text }) => ({
      origin: 'person',
      to: null,
      text: `[${severity}] ${text}`,
    }));
  return (
    set('review') ?? [...(set('main') ?? exitsGoingOn(config, record).flatMap(selfReported)), ...findings]
  );
}

const provenFeedback = ({ agentId, text, command, detail }: Proof): FeedbackItem => ({
  origin: agentId,
  to: null,
  text: `Proven on the integrated commit: ${text}\n\`${command}\` fails there. ${detail}`,
});

const notConfirmed = (item: string): string =>
  item.startsWith('secret:')
    ? `Nobody confirmed that this is no secret: ${item.slice('secret:'.length)}. Take it out.`
    : item.startsWith('flaky:')
      ? `Nobody confirmed that this check may be flaky: ${item.slice('flaky:'.length)}. Mend it.`
      : `${item} is protected and its change was not confirmed. Restore it, or say why it has to change.`;

function unconfirmed(record: IterationRecord): readonly FeedbackItem[] {
  return (record.consensus?.unconfirmedFiles ?? []).map((file) => ({
    origin: 'evidence',
    to: null,
    text: notConfirmed(file),
  }));
}

/** Items that an implementer has to deal with: those for everybody and its own. Empty for everyone else. */
export function feedbackFor(state: LoopState, agentId: string): readonly FeedbackItem[] {
  if (!state.current?.implementers.some((slot) => slot.agentId === agentId)) return [];
  return state.current.feedback.filter((item) => item.to === null || item.to === agentId);
}
