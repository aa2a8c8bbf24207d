import type { Role } from '../loop/model.ts';

/** Whose figures are held together: the same program with the same model in the same role. */
export interface Claimant {
  readonly preset: string;
  /** `modelOf` its program; null: whatever its CLI took. */
  readonly model: string | null;
  readonly role: Role;
}

/** What an agent claimed once, and whether it held. */
export interface Prediction extends Claimant {
  readonly agentId: string;
  readonly iteration: number;
  /** From 0 to 1, in the agent's own words. */
  readonly claimed: number;
  /** Null: nothing has told yet, and perhaps nothing ever will. */
  readonly held: boolean | null;
  /** A review that approved, and nothing shows that it looked. */
  readonly marked?: true;
}

/** `too-few-runs`: nothing can be said of so few. */
export type CalibrationBadge = 'over-confident' | 'too-few-runs';

/** What agents claimed against what held. Figures are null without a run to make them of. */
export interface Scores {
  /** Claims of which it is known whether they held. */
  readonly runs: number;
  readonly held: number;
  readonly claimed: number | null;
  /** The mean square of the distance between claim and outcome: 0 is perfect, 0.25 is what always saying 0.5 gets. */
  readonly brier: number | null;
  /** Mean claim less the share that held; above 0 it claimed too much. */
  readonly gap: number | null;
  readonly badge: CalibrationBadge | null;
}

export interface Calibration extends Claimant, Scores {
  /** Claims of which it is not known whether they held. */
  readonly unjudged: number;
  /** Reviews that approved, and nothing shows that they looked; missing where there are none. */
  readonly marked?: number;
}

/** With fewer than this many runs nothing is said of an agent. */
export const LEAST_RUNS = 5;
/** How far the mean claim has to stand above the share that held. */
const LEAST_GAP = 0.15;
/** Claims that did not hold: one alone makes nobody over-confident. */
const LEAST_MISSES = 2;
/** How rarely so few would hold if the claims were right. */
const RARE = 0.05;

type Judged = Pick<Prediction, 'claimed'> & { readonly held: boolean };

export function scoresOf(judged: readonly Judged[]): Scores {
  const runs = judged.length;
  const held = judged.filter((one) => one.held).length;
  if (runs === 0) return { runs, held, claimed: null, brier: null, gap: null, badge: 'too-few-runs' };
  const distances = judged.map((one) => one.claimed - (one.held ? 1 : 0));
  const gap = mean(distances);
  return {
    runs,
    held,
    claimed: mean(judged.map(({ claimed }) => claimed)),
    brier: mean(distances.map((distance) => distance ** 2)),
    gap,
    badge: runs < LEAST_RUNS ? 'too-few-runs' : isClear(judged, held, gap) ? 'over-confident' : null,
  };
}

function isClear(judged: readonly Judged[], held: number, gap: number): boolean {
  if (gap < LEAST_GAP || judged.length - held < LEAST_MISSES) return false;
  // Hoeffding's bound spares the count where there are many runs.
  return Math.exp(-2 * judged.length * gap ** 2) <= RARE || chanceOfAtMost(held, judged) <= RARE;
}

/** How likely it is that no more than `held` claims hold where each does as often as it says. */
function chanceOfAtMost(held: number, judged: readonly Judged[]): number {
  // Index: how many hold. What comes to more than `held` is of no interest.
  let chances: readonly number[] = [1, ...Array.from({ length: held }, () => 0)];
  for (const { claimed } of judged.toSorted((one, other) => one.claimed - other.claimed)) {
    chances = chances.map((chance, count) => chance * (1 - claimed) + (chances[count - 1] ?? 0) * claimed);
  }
  return chances.reduce((sum, chance) => sum + chance, 0);
}

/** Summed from the smallest on, so that the order of the runs decides nothing. */
function mean(values: readonly number[]): number {
  const sum = values.toSorted((one, other) => one - other).reduce((total, value) => total + value, 0);
  // 0.1 + 0.2 must not decide a badge.
  return Math.round((sum / values.length) * 1e9) / 1e9;
}

/** One entry for each claimant of whom anything was heard. */
export function calibrate(predictions: readonly Prediction[]): readonly Calibration[] {
  const groups = new Map<string, Prediction[]>();
  for (const prediction of predictions) {
    const key = claimantKey(prediction);
    const group = groups.get(key);
    if (group) group.push(prediction);
    else groups.set(key, [prediction]);
  }
  return Array.from(groups)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, group]) => {
      const [first] = group;
      if (!first) return [];
      const { preset, model, role } = first;
      const judged = group.flatMap(({ claimed, held }) => (held === null ? [] : [{ claimed, held }]));
      const marked = group.filter((one) => one.marked).length;
      const entry = { preset, model, role, ...scoresOf(judged), unjudged: group.length - judged.length };
      return [marked > 0 ? { ...entry, marked } : entry];
    });
}

/** Sorts by role, then by preset and model. */
export const claimantKey = ({ role, preset, model }: Claimant): string =>
  JSON.stringify([role, preset, model ?? '']);
