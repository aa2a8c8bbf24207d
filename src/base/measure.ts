/** Samples and what is said of them. */

/** Nearest rank; `NaN` of nothing. */
export function percentile(samples: readonly number[], share: number): number {
  const all = samples.toSorted((a, b) => a - b);
  return all[Math.min(all.length - 1, Math.max(0, Math.ceil(share * all.length) - 1))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** Half the distance of the quartiles: a spread that a single hiccup of the machine does not move. */
export const spread = (samples: readonly number[]): number =>
  (percentile(samples, 0.75) - percentile(samples, 0.25)) / 2;

/** Milliseconds that `work` took. */
export async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * Alternates the measured thing with what it is compared with, so that both see the same machine; the first
 * pair only warms up.
 */
export async function alternate(
  rounds: number,
  ours: (round: number) => Promise<number>,
  theirs: (round: number) => Promise<number>,
): Promise<{ readonly ours: readonly number[]; readonly theirs: readonly number[] }> {
  const result = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const pair = [await ours(round), await theirs(round)] as const;
    if (round === 0) continue;
    result.ours.push(pair[0]);
    result.theirs.push(pair[1]);
  }
  return result;
}

/** As few digits as tell something. */
export const rounded = (value: number): string =>
  value >= 1000
    ? Math.round(value).toLocaleString('en')
    : value >= 100
      ? value.toFixed(0)
      : value > 0 && value < 0.01
        ? value.toPrecision(2)
        : value.toFixed(value >= 10 ? 1 : 2);

/** `0.20 ± 0.01 ms` */
export function figure(samples: readonly number[], unit: string): string {
  const around = samples.length > 1 ? ` ± ${rounded(spread(samples))}` : '';
  return `${rounded(median(samples))}${around} ${unit}`;
}
