/** How the iterations come nearer to what is wanted, or do not; pure. */
import type { IterationView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelLoop, PanelSeries } from '../../protocol/webview.ts';

/** Fewer rounds are no trend. */
const TREND = 3;

interface Quantity {
  readonly title: string;
  readonly kind: PanelSeries['kind'];
  readonly value: (each: IterationView) => number | null;
  readonly word: (value: number, each: IterationView) => string;
  readonly threshold?: (view: LoopView) => number | null;
  /** Shown once there is something to see. */
  readonly late?: true;
}

const rate = (value: number) => value.toFixed(2);
const QUANTITIES: readonly Quantity[] = [
  {
    title: 'Tests pass',
    kind: 'line',
    value: ({ passRate }) => passRate,
    word: (value) => `${Math.floor(value * 1000) / 10} %`,
    threshold: () => 1,
  },
  {
    title: 'Confidence',
    kind: 'line',
    value: ({ confidence }) => confidence,
    word: rate,
    threshold: (view) => view.gate?.threshold ?? null,
  },
  {
    title: 'Consensus',
    kind: 'line',
    value: ({ score }) => score,
    word: rate,
    threshold: (view) => view.consensus?.threshold ?? null,
    late: true,
  },
  { title: 'Findings', kind: 'bar', value: ({ findings }) => findings, word: String },
  {
    title: 'Changed lines',
    kind: 'bar',
    value: ({ added, removed, steps }) => (steps.implement === null ? null : added + removed),
    word: (_, { added, removed }) => `+${added} −${removed}`,
    late: true,
  },
  {
    title: 'Cost',
    kind: 'bar',
    value: ({ costUsd, costIncomplete }) => (costIncomplete && costUsd === 0 ? null : costUsd),
    word: (value, { costIncomplete }) => `${costIncomplete ? 'at least ' : ''}$${value.toFixed(2)}`,
  },
];

export function convergence(view: LoopView): PanelLoop['convergence'] {
  const { iterations } = view;
  const shown = QUANTITIES.filter(({ late }) => !late || iterations.length >= TREND);
  return { verdict: verdict(iterations), series: shown.map((quantity) => seriesOf(view, quantity)) };
}

function seriesOf(view: LoopView, { title, kind, value, word, threshold }: Quantity): PanelSeries {
  const values = view.iterations.map(value);
  const words = view.iterations.map((each, index) => {
    const known = values[index] ?? null;
    return known === null ? 'unknown' : word(known, each);
  });
  const newest = values.findLastIndex((known) => known !== null);
  return {
    title,
    kind,
    now: words[newest] ?? '–',
    values,
    words,
    threshold: threshold?.(view) ?? null,
  };
}

/** In words, by the rate of passing tests, or by confidence where no tests are counted. */
export function verdict(iterations: readonly IterationView[]): string {
  const counted = iterations.filter((each) => each.passRate !== null || each.confidence !== null);
  if (counted.length < TREND) return 'too early for a trend';
  const byTests = counted.every((each) => each.passRate !== null);
  const rates = counted.map((each) => (byTests ? each.passRate : each.confidence) ?? 0);
  const points = (from: number, to: number) => Math.round((to - from) * 100);
  const last = rates.at(-1) ?? 0;
  const highest = Math.max(...rates);
  if (last < highest) {
    const since = counted[rates.lastIndexOf(highest)]?.number ?? 0;
    return `${points(highest, last)} points since iteration ${since}`;
  }
  const [before = 0] = rates.slice(-TREND);
  if (last === before && rates.slice(-TREND).every((each) => each === last)) {
    return byTests && last === 1
      ? 'tests pass; no further change'
      : `plateau: ${TREND - 1} rounds without change`;
  }
  return `improving: +${points(rates[0] ?? 0, last)} points`;
}
