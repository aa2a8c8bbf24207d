import type { EvidenceStatus } from './evidence.ts';
import type { AgentExit } from './loop/events.ts';
import { confidenceByPerson } from './loop/hand-over-edit.ts';
import { completed, exitsOf, type IterationRecord } from './loop/state.ts';
import type { LoopConfig } from './loop/config.ts';

export interface GateVerdict {
  readonly passed: boolean;
  readonly threshold: number;
  readonly actualConfidence: number;
  readonly evidence: EvidenceStatus | 'none';
  readonly reasons: readonly string[];
  /** What a person should know of the evidence and no rule decides by; missing where there is nothing. */
  readonly notes?: readonly string[];
  /** What has to be confirmed before consensus can be reached; missing where nothing has to be. */
  readonly unconfirmed?: readonly string[];
}

/** The implementer's own figure; no vote and attempts that did not complete count as 0. */
export function confidenceOf(exit: AgentExit | undefined): number {
  return exit && completed(exit) && exit.result?.role === 'implementer' ? exit.result.confidence : 0;
}

/** Split: mean over all implementers. Race: the winner's. What a person set in a hand-over takes their place. */
export function gateConfidence(config: LoopConfig, record: IterationRecord): number {
  const set = confidenceByPerson(record);
  if (set !== null) return set;
  const exits = exitsOf(record.implementers);
  if (config.strategy === 'race') {
    const winner = record.integrated?.agents[0];
    return confidenceOf(exits.find((exit) => exit.agentId === winner));
  }
  const figures = record.implementers.map((slot) =>
    confidenceOf(exits.find((exit) => exit.agentId === slot.agentId)),
  );
  return mean(figures) ?? 0;
}

export const mean = (values: readonly number[]): number | null =>
  weightedMean(values.map((score) => ({ score, weight: 1 })));

/** Weights are above 0. */
export function weightedMean(
  votes: readonly { readonly score: number; readonly weight: number }[],
): number | null {
  if (votes.length === 0) return null;
  const total = votes.reduce((sum, { weight }) => sum + weight, 0);
  // Summed from the smallest on, so that the order of those who vote decides nothing.
  const parts = votes.map(({ score, weight }) => score * weight).toSorted((one, other) => one - other);
  const figure = parts.reduce((sum, part) => sum + part, 0) / total;
  // 0.1 + 0.2 must not decide a gate.
  return Math.round(figure * 1e9) / 1e9;
}

/** Evidence and confidence and a difference from the base and no conflict and, in a split, every part. */
export function checkGate(config: LoopConfig, record: IterationRecord): GateVerdict {
  const confidence = gateConfidence(config, record);
  const evidence = config.evidence.length === 0 ? 'none' : (record.evidence?.status ?? 'unavailable');
  const reasons = [
    ...evidenceReasons(evidence, record),
    ...confidenceReasons(config, confidence),
    ...integrationReasons(config, record),
  ];
  return {
    passed: reasons.length === 0,
    threshold: config.gateThreshold,
    actualConfidence: confidence,
    evidence,
    reasons,
    ...besides(record),
  };
}

/** What a person is shown besides; nothing where there is nothing to show. */
function besides({ evidence }: IterationRecord): Pick<GateVerdict, 'notes' | 'unconfirmed'> {
  const { notes = [], unconfirmedFiles = [] } = evidence ?? {};
  return {
    ...(notes.length > 0 ? { notes } : {}),
    ...(unconfirmedFiles.length > 0 ? { unconfirmed: unconfirmedFiles } : {}),
  };
}

function evidenceReasons(status: EvidenceStatus | 'none', record: IterationRecord): readonly string[] {
  switch (status) {
    case 'none':
      // Without commands the result is looked at all the same.
      return record.evidence?.status === 'failed' ? record.evidence.reasons : [];
    case 'passed':
    case 'unconfirmed':
      return [];
    case 'unavailable':
      if (record.waived.includes('evidence')) return [];
      return record.evidence?.reasons.length
        ? record.evidence.reasons
        : ['The evidence is unavailable: no command was run.'];
    case 'failed':
      return record.evidence?.reasons.length ? record.evidence.reasons : ['The evidence failed.'];
  }
}

function confidenceReasons(config: LoopConfig, confidence: number): readonly string[] {
  return confidence >= config.gateThreshold
    ? []
    : [`The confidence is ${confidence.toFixed(2)}; the gate needs ${config.gateThreshold.toFixed(2)}.`];
}

function integrationReasons(config: LoopConfig, record: IterationRecord): readonly string[] {
  const reasons: string[] = [];
  const { integrated } = record;
  const exits = exitsOf(record.implementers);
  if (!exits.some(completed)) reasons.push('No implementer completed.');
  if (!integrated?.differsFromBase) reasons.push('Nothing was changed: the result equals the base commit.');
  for (const conflict of integrated?.conflicts ?? []) {
    reasons.push(
      `${[conflict.agentId, ...conflict.with].join(' and ')} conflict in ${conflict.files.join(', ')}.`,
    );
  }
  if (config.strategy === 'split') {
    const missing = record.implementers.filter(
      (slot) =>
        !integrated?.agents.includes(slot.agentId) &&
        !integrated?.conflicts.some((conflict) => conflict.agentId === slot.agentId),
    );
    for (const slot of missing) reasons.push(`The part of ${slot.agentId} is missing: it did not complete.`);
  }
  return reasons;
}
