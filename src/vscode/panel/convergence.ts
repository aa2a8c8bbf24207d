/** How the iterations come nearer to what is wanted, or do not; pure. */
import { l10n } from 'vscode';
import type { IterationView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelLoop, PanelSeries } from '../../protocol/panel-loop.ts';
import { churn, costWords, percent } from './figures.ts';

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
    title: l10n.t('Tests pass'),
    kind: 'line',
    value: ({ passRate }) => passRate,
    word: percent,
    threshold: () => 1,
  },
  {
    title: l10n.t('Confidence'),
    kind: 'line',
    value: ({ confidence }) => confidence,
    word: rate,
    threshold: (view) => view.thresholds.gate,
  },
  {
    title: l10n.t('Consensus'),
    kind: 'line',
    value: ({ score }) => score,
    word: rate,
    threshold: (view) => view.thresholds.consensus,
    late: true,
  },
  { title: l10n.t('Findings'), kind: 'bar', value: ({ findings }) => findings, word: String },
  {
    title: l10n.t('Changed lines'),
    kind: 'bar',
    value: ({ added, removed, steps }) => (steps.implement === null ? null : added + removed),
    word: (_, { added, removed }) => churn(added, removed),
    late: true,
  },
  {
    title: l10n.t('Cost'),
    kind: 'bar',
    value: ({ costUsd, costIncomplete }) => (costIncomplete && costUsd === 0 ? null : costUsd),
    word: (_, each) => costWords(each),
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

const STALLED: Readonly<Record<NonNullable<IterationView['stall']>['kind'], (since: number) => string>> = {
  plateau: (since) => l10n.t('plateau since iteration {0}', since),
  oscillation: (since) => l10n.t('oscillating: back at iteration {0}', since),
  regression: (since) => l10n.t('worse than iteration {0}', since),
};

/** In words, by the rate of passing tests, or by confidence where no tests are counted. */
export function verdict(iterations: readonly IterationView[]): string {
  const stall = iterations.findLast(({ endedAt, stall }) => endedAt !== null || stall)?.stall;
  if (stall) return STALLED[stall.kind](stall.since);
  const counted = iterations.filter((each) => each.passRate !== null || each.confidence !== null);
  if (counted.length < TREND) return l10n.t('too early for a trend');
  const byTests = counted.every((each) => each.passRate !== null);
  const rates = counted.map((each) => (byTests ? each.passRate : each.confidence) ?? 0);
  const points = (from: number, to: number) => Math.round((to - from) * 100);
  const swing = swingOf(rates);
  if (swing !== null)
    return l10n.t('oscillating between {0} and {1}', percent(swing.low), percent(swing.high));
  const last = rates.at(-1) ?? 0;
  const highest = Math.max(...rates);
  if (last < highest) {
    const since = counted[rates.lastIndexOf(highest)]?.number ?? 0;
    return `regressed since iteration ${since}: ${points(highest, last)} points`.replace('-', '−');
  }
  const [before = 0] = rates.slice(-TREND);
  if (last === before && rates.slice(-TREND).every((each) => each === last)) {
    return byTests && last === 1
      ? l10n.t('tests pass; no further change')
      : l10n.t('plateau: {0} rounds without change', TREND - 1);
  }
  return l10n.t('improving: +{0} points', points(rates[0] ?? 0, last));
}

/** Up and down again at least twice in a row; less than that is a setback. */
const TURNS = 2;

function swingOf(rates: readonly number[]): { readonly low: number; readonly high: number } | null {
  const recent = rates.slice(-(TURNS + 2));
  const steps = recent.slice(1).map((rate, index) => Math.sign(rate - (recent[index] ?? rate)));
  const turned = steps.slice(1).every((step, index) => step !== 0 && step === -(steps[index] ?? 0));
  if (recent.length < TURNS + 2 || !turned) return null;
  return { low: Math.min(...recent), high: Math.max(...recent) };
}
