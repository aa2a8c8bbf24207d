import type { AddedFile } from './added-lines.ts';
import type { EvidenceJudgement } from './loop/events.ts';
import { protectedKind } from './protected-files.ts';

/** What a coverage report says of one file: lines that can be run, and how often each was. */
export interface FileCoverage {
  /** From the repository's root, forward slashes. */
  readonly path: string;
  readonly lines: readonly (readonly [line: number, hits: number])[];
}

/** Changed lines that can be run, and how many of them were. */
export interface ChangedCoverage {
  readonly run: number;
  readonly lines: number;
  /** The first lines that were not run, `src/a.ts:12`. */
  readonly missed: readonly string[];
}

const MAX_MISSED = 20;
/** Words by which a file takes lines out of its own report. */
const LEFT_OUT = /(?:istanbul|c8|v8|node:coverage)\s+(?:ignore|disable)|pragma:\s*no cover|LCOV_EXCL/;

/**
 * How much of what a commit adds was run. A changed file that the report leaves out, though it tells of others of its kind,
 * counts as never run, and so do lines that a comment takes out: leaving something out of the report never helps.
 */
export function changedCoverage(
  added: readonly AddedFile[],
  reported: readonly FileCoverage[],
): ChangedCoverage {
  const byPath = new Map<string, Map<number, number>>();
  for (const { path, lines } of reported) byPath.set(path, merged(byPath.get(path), lines));
  const kinds = new Set(Array.from(byPath.keys(), ending));
  const states = added
    .filter(({ path }) => protectedKind(path) === null && kinds.has(ending(path)))
    .flatMap((file) => statesOf(file, byPath.get(file.path)));
  const missed = states.filter(({ hits }) => hits === 0).map(({ place }) => place);
  return { run: states.length - missed.length, lines: states.length, missed: missed.slice(0, MAX_MISSED) };
}

function statesOf({ path, lines }: AddedFile, hitsOf: ReadonlyMap<number, number> | undefined) {
  const leavesOut = hitsOf === undefined || lines.some(({ text }) => LEFT_OUT.test(text));
  return lines.flatMap(({ line, text }) => {
    // Nothing runs there, whatever a report says.
    if (text.trim() === '') return [];
    const hits = hitsOf?.get(line) ?? (leavesOut ? 0 : undefined);
    return hits === undefined ? [] : [{ place: `${path}:${line}`, hits }];
  });
}

function merged(before: Map<number, number> | undefined, lines: FileCoverage['lines']): Map<number, number> {
  const all = before ?? new Map<number, number>();
  for (const [line, hits] of lines) all.set(line, Math.max(hits, all.get(line) ?? 0));
  return all;
}

const ending = (path: string): string => /\.[^./]+$/.exec(path)?.[0].toLowerCase() ?? '';

/** Null: there is nothing to run. */
const rateOf = ({ run, lines }: ChangedCoverage): number | null => (lines === 0 ? null : run / lines);

/** Rounded down: a share just below its threshold must not be shown as equal to it. */
const percent = (rate: number): string => `${Math.floor(rate * 1_000) / 10} %`;

export interface Measured {
  /** Null: no report of this commit. */
  readonly coverage: ChangedCoverage | null;
  /** Whether a command writes a report at the base, where no agent could write one. */
  readonly atBase: boolean;
  /** The least share of changed lines that has to be run; null: it is only shown. */
  readonly threshold: number | null;
}

/** Only ever worse than what the commands said. What agents cannot mend, a report that was never written, waits for a person. */
export function withCoverage(judgement: EvidenceJudgement, measured: Measured): EvidenceJudgement {
  const { coverage, threshold } = measured;
  const noted = coverage
    ? { ...judgement, notes: [...(judgement.notes ?? []), noteOf(coverage)] }
    : judgement;
  if (threshold === null || judgement.preparationFailed) return noted;
  if (coverage === null) return unmeasured(noted, measured.atBase);
  const rate = rateOf(coverage);
  if (rate === null || rate >= threshold) return noted;
  const reason = `${sharesOf(coverage)} (${percent(rate)}), required ${percent(threshold)}.`;
  return worse(noted, 'failed', reason, `${reason} Not run: ${coverage.missed.join(', ')}.`);
}

function unmeasured(judgement: EvidenceJudgement, atBase: boolean): EvidenceJudgement {
  if (atBase) {
    const reason = 'No coverage report was written of this commit, though one is at the base.';
    return worse(judgement, 'failed', reason, reason);
  }
  const reason =
    'No evidence command writes a coverage report at the base, so changed lines cannot be measured.';
  return judgement.status === 'failed' ? judgement : worse(judgement, 'unavailable', reason, reason);
}

function worse(
  judgement: EvidenceJudgement,
  status: 'failed' | 'unavailable',
  reason: string,
  feedback: string,
): EvidenceJudgement {
  return {
    ...judgement,
    status,
    reasons: [...judgement.reasons, reason],
    feedback: [...judgement.feedback, feedback],
    unconfirmedFiles: status === 'failed' ? [] : judgement.unconfirmedFiles,
  };
}

const sharesOf = ({ run, lines }: ChangedCoverage): string =>
  `${run} of ${lines} changed lines that can be run were run`;

function noteOf(coverage: ChangedCoverage): string {
  const rate = rateOf(coverage);
  return rate === null
    ? 'Coverage: no changed line can be run.'
    : `Coverage: ${sharesOf(coverage)} (${percent(rate)}).`;
}
