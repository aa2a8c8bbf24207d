/** The decision card: who recommends what, what each choice brings, and what became of it; pure. */
import type { IterationView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelAsk, PanelLoop } from '../../protocol/panel-loop.ts';
import { consequences, recommendation } from '../consequences.ts';
import { isActive, visible } from '../words.ts';
import { count, dollars } from './figures.ts';
import { decidedBy } from './panel-steps.ts';

type Choice = PanelAsk['choices'][number];

export function panelAsk(view: LoopView): PanelAsk | null {
  const { waiting } = view;
  // A held hand-over is released in its own place.
  if (!waiting || !isActive(view) || waiting.for === 'breakpoint') return null;
  const recommended = recommendation(view);
  return {
    title: waiting.for === 'decision' ? `Decide iteration ${view.iteration}` : TITLE[waiting.for],
    message: visible(waiting.message),
    since: waiting.since,
    recommended: recommended && {
      by: recommended.by,
      decision: recommended.decision,
      reason: visible(recommended.reason),
    },
    choices: consequences(view).map(({ decision, text }): Choice => {
      const against = recommended !== null && recommended.decision !== decision && decision !== 'ITERATE';
      return {
        decision,
        label: label(decision, view, against),
        text,
        forecast: decision === 'ITERATE' ? forecast(view) : '',
        recommended: recommended?.decision === decision,
        reasonFor: against
          ? `${recommended.by} recommends ${recommended.decision}. Why is ${decision} right? Goes on record with your name.`
          : null,
      };
    }),
  };
}

const TITLE = {
  budget: 'The budget is used up',
  quorum: 'Too few validators voted',
  question: 'An agent asks',
  evidence: 'Evidence is missing',
  outside: 'Something changed outside the worktrees',
} as const;

function label(decision: Choice['decision'], view: LoopView, against: boolean): string {
  const open = view.consensus?.iteration === view.iteration ? critical(view) : 0;
  if (decision === 'PROCEED' && open > 0) return `Proceed with ${open} open…`;
  const word = decision.charAt(0) + decision.slice(1).toLowerCase();
  return against ? `${word}…` : word;
}

const critical = (view: LoopView): number =>
  view.consensus?.findings.filter((finding) => finding.severity === 'critical').length ?? 0;

/** How long one more iteration may take and cost, by those of this loop alone; says nothing without one. */
export function forecast(view: LoopView): string {
  if (view.iteration >= view.maxIterations) return '';
  const worked = view.iterations.flatMap(workingTime);
  if (worked.length === 0) return '';
  const times = range(
    worked.map((ms) => Math.max(1, Math.round(ms / 60_000))),
    (value) => `${value}`,
  );
  const known = view.iterations.filter((each) => !each.costIncomplete).map((each) => each.costUsd);
  const costs = known.length > 0 ? ` and ${range(known, dollars)}` : ', for a cost that is not known';
  const source =
    worked.length === 1 ? 'as the one iteration so far' : `by the ${worked.length} iterations so far`;
  return `About ${times} min${costs}, ${source}${left(view, known)}.`;
}

function left({ budgetUsd, costUsd, costIncomplete }: LoopView, known: readonly number[]): string {
  if (budgetUsd === null || known.length === 0) return '';
  const rest = budgetUsd - costUsd - Math.max(...known);
  if (rest < 0) return `; may reach the budget of ${dollars(budgetUsd)}`;
  return `; leaves ${dollars(rest)} ${costIncomplete ? 'at most' : 'or more'}`;
}

function range(values: readonly number[], words: (value: number) => string): string {
  const [low, high] = [words(Math.min(...values)), words(Math.max(...values))];
  return low === high ? low : `${low} to ${high}`;
}

/** Until its last judgement: what it waited for a person is not work. */
function workingTime({ startedAt, steps }: IterationView): readonly number[] {
  const end = steps.validate ?? steps.gate ?? steps.implement;
  return end === null ? [] : [end - startedAt];
}

/** What was decided last, while it still says something about what runs. */
export function panelDecision(view: LoopView): PanelLoop['decision'] {
  const { decision } = view;
  if (!decision) return null;
  const reason = visible(decision.reason);
  const next =
    decision.decision === 'ITERATE'
      ? `Iteration ${decision.iteration + 1} goes on with ${count(view.feedback.length, 'feedback item')}.`
      : decision.decision === 'PROCEED'
        ? `Nothing is merged: the work stays on ${view.branch}.`
        : 'All branches and iterations are kept.';
  return {
    title: `${decision.decision}, decided by ${decidedBy(decision.by)} in iteration ${decision.iteration}`,
    text: reason === '' ? next : `“${reason}” ${next}`,
    at: decision.at,
  };
}
