/** What a person who decides has to know beside the question, in words that are the same on every front. */
import { median } from '../cost-estimate.ts';
import type { IterationView, LoopView } from './loop-view.ts';
import { usdText } from './status-words.ts';

export interface Forecast {
  /** Iterations of this loop that it is made of. */
  readonly iterations: number;
  /** Median of the time until the last judgement of each; what a person took is not in it. */
  readonly ms: number;
  /** Median of those whose price is wholly known; null: unknown. */
  readonly usd: number | null;
}

/** What one more iteration takes, by those of this loop alone; null where none can follow, or none was judged. */
export function forecastOf(view: LoopView): Forecast | null {
  if (view.outcome !== null || view.iteration >= view.maxIterations) return null;
  const judged = view.iterations.filter((each) => workingTime(each) !== null);
  const ms = median(judged.flatMap((each) => workingTime(each) ?? []));
  if (ms === null) return null;
  const usd = median(judged.flatMap((each) => (each.costIncomplete ? [] : [each.costUsd])));
  return { iterations: judged.length, ms, usd };
}

/** Null before anything of it was judged. */
export function workingTime({ startedAt, steps }: IterationView): number | null {
  const end = steps.validate ?? steps.gate ?? steps.implement;
  return end === null ? null : end - startedAt;
}

/** Where the loop stands, and what one more iteration takes. */
export const decisionFacts = (view: LoopView): readonly string[] => [
  ...standing(view),
  ...forecastText(forecastOf(view)),
];

/** Evidence, open findings, cost so far and what was left for later, each where there is something to say. */
export function standing(view: LoopView): readonly string[] {
  const { gate, consensus, iteration, deferred } = view;
  const now = consensus?.iteration === iteration ? consensus : null;
  const facts = [
    gate?.iteration === iteration ? `evidence ${gate.evidence}` : '',
    now ? findingsText(now.findings.map(({ severity }) => severity)) : '',
    `${priceText(view)} so far`,
    deferred.length > 0 ? `${deferred.length} deferred` : '',
  ];
  return facts.filter((fact) => fact !== '');
}

function findingsText(severities: readonly string[]): string {
  const critical = severities.filter((severity) => severity === 'critical').length;
  const open = severities.length === 1 ? '1 finding open' : `${severities.length || 'no'} findings open`;
  return critical > 0 ? `${open}, ${critical} critical` : open;
}

function priceText({ costUsd, costIncomplete }: LoopView): string {
  if (!costIncomplete) return usdText(costUsd);
  return costUsd === 0 ? usdText(null) : `at least ${usdText(costUsd)}`;
}

function forecastText(forecast: Forecast | null): readonly string[] {
  if (forecast === null) return [];
  const { iterations, ms, usd } = forecast;
  const time = ms < 60_000 ? `${Math.max(1, Math.round(ms / 1000))} s` : `${Math.round(ms / 60_000)} min`;
  const source = iterations === 1 ? 'as the one so far' : `median of ${iterations}`;
  return [`one more iteration: about ${time}, ${usdText(usd)} (${source})`];
}
