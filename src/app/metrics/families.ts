/** Metrics as data, whoever shows them. */

export type Labels = Readonly<Record<string, string>>;

export interface CounterFamily {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[];
}

export interface HistogramFamily {
  readonly type: 'histogram';
  readonly name: string;
  readonly help: string;
  /** Upper bounds, ascending, without the infinite one. */
  readonly buckets: readonly number[];
  readonly samples: readonly { readonly labels: Labels; readonly values: readonly number[] }[];
}

export type MetricFamily = CounterFamily | HistogramFamily;

/** Counts by labels; equal labels are one series. */
export class Counts {
  private readonly series = new Map<string, { readonly labels: Labels; value: number }>();

  add(labels: Labels, value = 1): void {
    const key = JSON.stringify(labels);
    const known = this.series.get(key);
    if (known) known.value += value;
    else this.series.set(key, { labels, value });
  }

  family(head: Pick<CounterFamily, 'type' | 'name' | 'help'>): CounterFamily {
    return { ...head, samples: [...this.series.values()] };
  }
}

export class Observations {
  private readonly series = new Map<string, { readonly labels: Labels; readonly values: number[] }>();

  add(labels: Labels, value: number): void {
    const key = JSON.stringify(labels);
    const known = this.series.get(key);
    if (known) known.values.push(value);
    else this.series.set(key, { labels, values: [value] });
  }

  family(head: Pick<HistogramFamily, 'name' | 'help' | 'buckets'>): HistogramFamily {
    return { type: 'histogram', ...head, samples: [...this.series.values()] };
  }
}
