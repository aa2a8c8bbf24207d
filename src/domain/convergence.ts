import { evidenceRank, compare } from './race.ts';
import { provenIn } from './proofs.ts';
import type { IterationRecord } from './loop/state.ts';

/**
 * How iterations that did not pass fail to come nearer. `plateau`: the same failures, or nothing better, for
 * several rounds; `oscillation`: back at what was there before; `regression`: worse than an earlier one, and staying so.
 */
export interface Stall {
  readonly kind: 'plateau' | 'oscillation' | 'regression';
  /** The iteration that nothing was better than since. */
  readonly since: number;
  /** For people, one sentence. */
  readonly message: string;
}

/** So many rounds in a row without progress are none by chance. */
const ROUNDS = 3;

/**
 * Whether the last of these iterations, oldest first, came no nearer. Judged by results and failures alone, never by
 * the confidence that agents claim. Null as long as there is hope, so always for the first two.
 */
export function stallOf(records: readonly IterationRecord[]): Stall | null {
  if (records.length < ROUNDS) return null;
  return oscillation(records) ?? sameFailures(records) ?? noBetter(records);
}

function oscillation(records: readonly IterationRecord[]): Stall | null {
  const last = records.at(-1);
  const before = records.at(-2);
  const tree = last?.integrated?.tree;
  if (last === undefined || tree === undefined || before?.integrated?.tree === tree) return null;
  const twin = records.slice(0, -1).findLast(({ integrated }) => integrated?.tree === tree);
  if (twin === undefined) return null;
  return {
    kind: 'oscillation',
    since: twin.number,
    message: `Iteration ${last.number} ends with the same files as iteration ${twin.number}, which did not pass either.`,
  };
}

function sameFailures(records: readonly IterationRecord[]): Stall | null {
  const recent = records.slice(-ROUNDS);
  const [first, ...others] = recent.map(failuresOf);
  const [since, last] = [recent[0], recent.at(-1)];
  if (first === undefined || since === undefined || last === undefined) return null;
  const [example] = first;
  if (example === undefined || !others.every((each) => isSame(each, first))) return null;
  return {
    kind: 'plateau',
    since: since.number,
    message: `Iterations ${since.number} to ${last.number} fail in the same way: ${example.text}`,
  };
}

function noBetter(records: readonly IterationRecord[]): Stall | null {
  const last = records.at(-1);
  const best = records.reduce<IterationRecord | null>(
    (found, record) => (found && compare(progressOf(found), progressOf(record)) >= 0 ? found : record),
    null,
  );
  if (!last || !best) return null;
  const after = records.slice(records.indexOf(best) + 1);
  const worse = after.slice(-(ROUNDS - 1)).every((each) => compare(progressOf(each), progressOf(best)) < 0);
  if (after.length >= ROUNDS - 1 && worse) {
    return {
      kind: 'regression',
      since: best.number,
      message: `Iterations ${last.number - ROUNDS + 2} to ${last.number} are worse than iteration ${best.number}: ${standing(last)}, then ${standing(best)}.`,
    };
  }
  if (after.length < ROUNDS) return null;
  return {
    kind: 'plateau',
    since: best.number,
    message: `Nothing got better since iteration ${best.number}: ${standing(last)}.`,
  };
}

/** What can be counted of an iteration; more is better, the first difference decides. */
const progressOf = (record: IterationRecord): readonly number[] => [
  evidenceRank(record.evidence),
  record.evidence?.passRate ?? 0,
  record.consensus?.score ?? 0,
  -(record.consensus?.findings.length ?? 0),
];

function standing({ evidence, consensus }: IterationRecord): string {
  if (consensus?.score != null) return `a consensus of ${consensus.score.toFixed(2)}`;
  if (evidence?.passRate != null) return `${(evidence.passRate * 100).toFixed(0)} % of the checks pass`;
  return evidence === null ? 'no evidence' : `evidence ${evidence.status}`;
}

interface Failure {
  readonly text: string;
  /** Without what differs from run to run: figures, times and colours. */
  readonly fingerprint: string;
}

/** By fingerprint, each once. */
function failuresOf(record: IterationRecord): readonly Failure[] {
  const { gate, evidence, consensus, decision } = record;
  const texts = [
    ...(evidence?.feedback ?? []),
    ...(gate?.passed === false ? gate.reasons : []),
    ...provenIn(record).map(({ text }) => text),
    ...(consensus?.findings ?? []).map(({ text }) => text),
    ...(decision?.feedback ?? []),
  ];
  const unique = new Map(
    texts.map((text) => [fingerprint(text), { text: firstLine(text), fingerprint: fingerprint(text) }]),
  );
  return [...unique.values()];
}

function isSame(one: readonly Failure[], other: readonly Failure[]): boolean {
  const known = new Set(other.map((each) => each.fingerprint));
  return one.length === other.length && one.every((each) => known.has(each.fingerprint));
}

const fingerprint = (text: string): string =>
  text
    .replaceAll(/\d+(?:\.\d+)?/g, '#')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0]?.trim() ?? '';
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
