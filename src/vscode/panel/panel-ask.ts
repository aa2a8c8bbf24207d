/** The decision card: who recommends what, what each choice brings, and what became of it; pure. */
import { l10n } from 'vscode';
import { standing, workingTime } from '../../app/projections/decision-facts.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
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
    title: waiting.for === 'decision' ? l10n.t('Decide iteration {0}', view.iteration) : TITLE[waiting.for],
    message: visible(waiting.message),
    facts: standing(view).join(' · '),
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
          ? l10n.t(
              '{0} recommends {1}. Why is {2} right? Goes on record with your name.',
              recommended.by,
              recommended.decision,
              decision,
            )
          : null,
      };
    }),
  };
}

const TITLE = {
  budget: l10n.t('The budget is used up'),
  quorum: l10n.t('Too few validators voted'),
  question: l10n.t('An agent asks'),
  evidence: l10n.t('Evidence is missing'),
  outside: l10n.t('Something changed outside the worktrees'),
  stalled: l10n.t('The iterations come no nearer'),
} as const;

function label(decision: Choice['decision'], view: LoopView, against: boolean): string {
  const open = view.consensus?.iteration === view.iteration ? critical(view) : 0;
  if (decision === 'PROCEED' && open > 0) return l10n.t('Proceed with {0} open…', open);
  const word = decision.charAt(0) + decision.slice(1).toLowerCase();
  return against ? `${word}…` : word;
}

const critical = (view: LoopView): number =>
  view.consensus?.findings.filter((finding) => finding.severity === 'critical').length ?? 0;

/** How long one more iteration may take and cost, by those of this loop alone; says nothing without one. */
export function forecast(view: LoopView): string {
  if (view.iteration >= view.maxIterations) return '';
  const worked = view.iterations.flatMap((each) => workingTime(each) ?? []);
  if (worked.length === 0) return '';
  const times = range(
    worked.map((ms) => Math.max(1, Math.round(ms / 60_000))),
    (value) => `${value}`,
  );
  const known = view.iterations.filter((each) => !each.costIncomplete).map((each) => each.costUsd);
  const costs =
    known.length > 0 ? l10n.t(' and {0}', range(known, dollars)) : l10n.t(', for a cost that is not known');
  const source =
    worked.length === 1
      ? l10n.t('as the one iteration so far')
      : l10n.t('by the {0} iterations so far', worked.length);
  return l10n.t('About {0} min{1}, {2}{3}.', times, costs, source, left(view, known));
}

function left({ budgetUsd, costUsd, costIncomplete }: LoopView, known: readonly number[]): string {
  if (budgetUsd === null || known.length === 0) return '';
  const rest = budgetUsd - costUsd - Math.max(...known);
  if (rest < 0) return l10n.t('; may reach the budget of {0}', dollars(budgetUsd));
  return l10n.t('; leaves {0} {1}', dollars(rest), costIncomplete ? 'at most' : 'or more');
}

function range(values: readonly number[], words: (value: number) => string): string {
  const [low, high] = [words(Math.min(...values)), words(Math.max(...values))];
  return low === high ? low : l10n.t('{0} to {1}', low, high);
}

/** What was decided last, while it still says something about what runs. */
export function panelDecision(view: LoopView): PanelLoop['decision'] {
  const { decision } = view;
  if (!decision) return null;
  const reason = visible(decision.reason);
  const next =
    decision.decision === 'ITERATE'
      ? l10n.t(
          'Iteration {0} goes on with {1}.',
          decision.iteration + 1,
          count(view.feedback.length, 'feedback item'),
        )
      : decision.decision === 'PROCEED'
        ? l10n.t('Nothing is merged: the work stays on {0}.', view.branch)
        : l10n.t('All branches and iterations are kept.');
  return {
    title: l10n.t(
      '{0}, decided by {1} in iteration {2}',
      decision.decision,
      decidedBy(decision.by),
      decision.iteration,
    ),
    text: reason === '' ? next : `“${reason}” ${next}`,
    at: decision.at,
  };
}
