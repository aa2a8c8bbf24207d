/** Samples, their medians, and rows that stand beside the limit they are measured against. */

/** One measured thing and what it is compared with, both from the same run. */
export interface Row {
  readonly id: string;
  /** What was measured, in a reader's words. */
  readonly title: string;
  readonly unit: 'ms' | 'µs' | 'kB' | 'MB' | 'events/s' | '×';
  readonly samples: readonly number[];
  /** The physical limit, or a peer. */
  readonly limit: { readonly title: string; readonly samples: readonly number[] };
  /** What it should reach; `null` where nothing was promised. */
  readonly target: Target | null;
  readonly note?: string;
}

export type Target =
  /** Of the two medians. */
  | { readonly kind: 'ratio-at-most'; readonly value: number }
  | { readonly kind: 'at-most'; readonly value: number }
  | { readonly kind: 'at-least'; readonly value: number }
  /** Median at most `factor` × limit + `plus`. */
  | { readonly kind: 'limit-plus'; readonly factor: number; readonly plus: number };

export interface Bench {
  readonly id: string;
  readonly title: string;
  /** Why it cannot run on this machine, or its rows. */
  run(options: BenchOptions): Promise<readonly Row[] | { readonly skipped: string }>;
}

export interface BenchOptions {
  /** Fewer samples, to see that everything runs. */
  readonly short: boolean;
  readonly say: (line: string) => void;
}

const sorted = (samples: readonly number[]): number[] => samples.toSorted((a, b) => a - b);

/** Nearest rank; `NaN` of nothing. */
export function percentile(samples: readonly number[], share: number): number {
  const all = sorted(samples);
  return all[Math.min(all.length - 1, Math.max(0, Math.ceil(share * all.length) - 1))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** Half the distance of the quartiles: a spread that a single hiccup of the machine does not move. */
export const spread = (samples: readonly number[]): number =>
  (percentile(samples, 0.75) - percentile(samples, 0.25)) / 2;

export function ratio(row: Row): number {
  return median(row.samples) / median(row.limit.samples);
}

/** `null`: nothing was promised. */
export function meets({ samples, limit, target }: Row): boolean | null {
  if (target === null) return null;
  const value = median(samples);
  switch (target.kind) {
    case 'ratio-at-most':
      return value / median(limit.samples) <= target.value;
    case 'at-most':
      return value <= target.value;
    case 'at-least':
      return value >= target.value;
    case 'limit-plus':
      return value <= target.factor * median(limit.samples) + target.plus;
  }
}

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
