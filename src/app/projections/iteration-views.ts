import { exitsOf, iterations, type IterationRecord, type LoopState } from '../../domain/loop/state.ts';
import type { IterationOutcome, IterationView } from './loop-view.ts';

export function iterationViews(state: LoopState): readonly IterationView[] {
  const all = iterations(state);
  return all.map((record, index) => iterationView(state, record, all[index + 1] ?? null));
}

function iterationView(
  state: LoopState,
  record: IterationRecord,
  next: IterationRecord | null,
): IterationView {
  const finishedAt = state.phase.kind === 'finished' ? state.phase.at : null;
  const { number, startedAt, costUsd, costIncomplete, tokens } = record;
  return {
    number,
    startedAt,
    endedAt: next?.startedAt ?? finishedAt,
    outcome: outcomeOf(record, next !== null || finishedAt !== null),
    steps: stepTimes(record),
    ...figures(record),
    ...changedLines(record),
    costUsd,
    costIncomplete,
    tokens,
    ...(record.stall ? { stall: record.stall } : {}),
  };
}

function stepTimes({ integrated, gate, consensus, decision }: IterationRecord): IterationView['steps'] {
  return {
    implement: integrated?.at ?? null,
    gate: gate?.at ?? null,
    validate: consensus?.at ?? null,
    decide: decision?.at ?? null,
  };
}

function figures({
  evidence,
  gate,
  consensus,
}: IterationRecord): Pick<IterationView, 'passRate' | 'confidence' | 'score' | 'findings'> {
  return {
    passRate: evidence?.passRate ?? null,
    confidence: gate?.actualConfidence ?? null,
    score: consensus?.score ?? null,
    findings: consensus ? consensus.findings.length : null,
  };
}

function changedLines({ implementers }: IterationRecord): Pick<IterationView, 'added' | 'removed'> {
  const files = exitsOf(implementers).flatMap((exit) => exit.files);
  const total = (counts: readonly (number | null)[]) =>
    counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return { added: total(files.map((file) => file.added)), removed: total(files.map((file) => file.removed)) };
}

/** A decision is the last word; without one it is the step that led back. */
function outcomeOf({ gate, consensus, decision }: IterationRecord, over: boolean): IterationOutcome | null {
  if (decision && (over || decision.decision !== 'ITERATE')) return decision.decision;
  if (!over) return null;
  if (gate && !gate.passed) return 'gate-failed';
  if (consensus && !consensus.passed) return consensus.score === null ? 'quorum-missed' : 'consensus-missed';
  return 'cut-off';
}
