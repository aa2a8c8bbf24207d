/** Changed lines made wrong one at a time, to see whether the tests notice; pure. */
import type { CommandReport } from '../evidence.ts';
import type { EvidenceJudgement } from '../loop/events.ts';
import { chanceOf } from './chance.ts';
import { possibleFaults, type ChangedFile, type Fault } from './fault.ts';

/** The mutants that `seed` stands for, each in a line of its own as far as there are lines; in the order of their places. */
export function chooseMutants(files: readonly ChangedFile[], seed: string, count: number): readonly Fault[] {
  const drawn = possibleFaults(files)
    .map((fault, at) => ({ fault, chance: chanceOf(`${seed}/${at}/${fault.file}/${fault.line}`) }))
    .toSorted((one, other) => one.chance - other.chance)
    .map(({ fault }) => fault);
  const lines = new Set<string>();
  const [first, further]: [Fault[], Fault[]] = [[], []];
  for (const fault of drawn) {
    const line = `${fault.file}:${fault.line}`;
    (lines.has(line) ? further : first).push(fault);
    lines.add(line);
  }
  return [...first, ...further]
    .slice(0, count)
    .toSorted((one, other) =>
      one.file === other.file ? one.line - other.line : one.file < other.file ? -1 : 1,
    );
}

/** A command that passed before notices a mutant by failing, by not coming to its end, or by a check that passes no more. */
export function notices(before: CommandReport, mutated: CommandReport): boolean {
  if (mutated.status !== 'ended' || (before.exitCode === 0 && mutated.exitCode !== 0)) return true;
  const outcomes = new Map(mutated.checks.map(({ id, outcome }) => [id, outcome]));
  return before.checks.some(({ id, outcome }) => outcome === 'passed' && outcomes.get(id) !== 'passed');
}

export interface MutationSample {
  /** Asked for and placed. */
  readonly chosen: number;
  readonly killed: number;
  readonly survived: readonly Fault[];
  readonly ms: number;
}

/** Null: none was tried. */
export const mutationScore = ({ killed, survived }: MutationSample): number | null =>
  killed + survived.length === 0 ? null : killed / (killed + survived.length);

const placeOf = ({ file, line, kind, before, after }: Fault): string => {
  const now = after === '' ? 'nothing' : `\`${after.trim()}\``;
  return `${file}:${line} (${kind}): \`${before.trim()}\` became ${now}`;
};

const seconds = (ms: number): string => `${Math.max(1, Math.round(ms / 1000))} s`;

function notesOf(sample: MutationSample): readonly string[] {
  const { chosen, killed, survived, ms } = sample;
  if (chosen === 0) return ['Mutants: no changed line takes one.'];
  const tried = killed + survived.length;
  const left = tried < chosen ? `; ${chosen - tried} could not be tried, or not in time` : '';
  return [
    `Mutants of changed lines: ${killed} of ${tried} noticed by the tests, in ${seconds(ms)}${left}.`,
    ...survived.map((fault) => `Mutant not noticed: ${placeOf(fault)}.`),
  ];
}

/** Only ever worse than what the commands said; without a least share it is only shown, and one that cannot be measured waits for a person. */
export function withMutants(
  judgement: EvidenceJudgement,
  sample: MutationSample,
  least: number | null,
): EvidenceJudgement {
  const noted = { ...judgement, notes: [...(judgement.notes ?? []), ...notesOf(sample)] };
  const score = mutationScore(sample);
  if (least === null || (score === null && sample.chosen === 0)) return noted;
  if (score === null) {
    const reason = `None of ${sample.chosen} mutants of changed lines could be tried.`;
    return { ...noted, status: 'unavailable', reasons: [...judgement.reasons, reason] };
  }
  if (score >= least) return noted;
  const { killed, survived } = sample;
  const reason = `The tests noticed ${killed} of ${killed + survived.length} faults that were put into changed lines, required ${Math.round(least * 100)} %.`;
  return {
    ...noted,
    status: 'failed',
    reasons: [...judgement.reasons, reason],
    feedback: [
      ...judgement.feedback,
      ...survived.map((fault) => `No test fails when ${placeOf(fault)}; add one that does.`),
    ],
    unconfirmedFiles: [],
  };
}
