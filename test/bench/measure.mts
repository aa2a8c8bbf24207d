/** Rows that stand beside the limit they are measured against. */
import { median } from '../../src/base/measure.ts';

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

export { alternate, median, timed } from '../../src/base/measure.ts';

/** Of so many samples each, in their order: what befell a few of them is not seen, a drift is. */
export function blockMedians(samples: readonly number[], size: number): readonly number[] {
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, block) =>
    median(samples.slice(block * size, (block + 1) * size)),
  );
}

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
