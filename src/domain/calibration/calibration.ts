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
}

/** With fewer than this many runs nothing is said of an agent. */
export const LEAST_RUNS = 5;
/** How far the mean claim has to stand above the share that held. */
export const LEAST_GAP = 0.15;
/** And by how many of its standard errors, so that chance alone would show it once in twenty times. */
const CLEAR = 1.64;

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
    badge: runs < LEAST_RUNS ? 'too-few-runs' : isClear(distances, gap) ? 'over-confident' : null,
  };
}

function isClear(distances: readonly number[], gap: number): boolean {
  const { length } = distances;
  const spread = distances.map((distance) => (distance - gap) ** 2);
  const standardError = Math.sqrt((mean(spread) * length) / (length - 1) / length);
  return gap >= LEAST_GAP && gap > CLEAR * standardError;
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
    groups.set(key, [...(groups.get(key) ?? []), prediction]);
  }
  return Array.from(groups)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, group]) => {
      const [first] = group;
      if (!first) return [];
      const { preset, model, role } = first;
      const judged = group.flatMap(({ claimed, held }) => (held === null ? [] : [{ claimed, held }]));
      return [{ preset, model, role, ...scoresOf(judged), unjudged: group.length - judged.length }];
    });
}

/** Sorts by role, then by preset and model. */
export const claimantKey = ({ role, preset, model }: Claimant): string =>
  JSON.stringify([role, preset, model ?? '']);
