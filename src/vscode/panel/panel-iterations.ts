/** The iterations as bars with words; pure. */
import { l10n } from 'vscode';
import type { IterationOutcome, IterationView, LoopView } from '../../app/projections/loop-view.ts';
import type { PanelIteration, PanelStep, StepStatus } from '../../protocol/panel-loop.ts';
import { isActive } from '../words.ts';
import { churn, costWords, percent } from './figures.ts';

const ORDER: readonly PanelStep[] = ['implement', 'gate', 'validate', 'decide'];

/** The step that led back, for those outcomes that name one. */
const FAILED_IN: Partial<Record<IterationOutcome, PanelStep>> = {
  'gate-failed': 'gate',
  'consensus-missed': 'validate',
  'quorum-missed': 'validate',
};

export function panelIterations(view: LoopView): PanelIteration[] {
  const best = bestOf(view.iterations);
  return view.iterations.map((each) => ({
    number: each.number,
    word: wordOf(view, each),
    status: statusOf(view, each),
    best: each.number === best,
    startedAt: each.startedAt,
    endedAt: each.endedAt,
    cost: costWords(each),
    churn:
      each.steps.implement === null
        ? l10n.t('not combined yet')
        : l10n.t('changed {0}', churn(each.added, each.removed)),
    steps: stepsOf(each),
  }));
}

function stepsOf(each: IterationView): PanelIteration['steps'] {
  const failed = each.outcome === null ? undefined : FAILED_IN[each.outcome];
  const steps: PanelIteration['steps'] = [];
  let since = each.startedAt;
  for (const step of ORDER) {
    const at = each.steps[step];
    if (at === null) {
      const rest = each.endedAt === null ? null : each.endedAt - since;
      // What is left of an iteration that ended in the middle of a step; nothing where it ended with one.
      if (rest === null || (rest > 0 && each.outcome === 'cut-off'))
        steps.push({ step, ms: rest, failed: false });
      break;
    }
    steps.push({ step, ms: Math.max(0, at - since), failed: step === failed });
    since = at;
  }
  return steps;
}

function wordOf(view: LoopView, { number, outcome, passRate, confidence, score }: IterationView): string {
  switch (outcome) {
    case null:
      if (number !== view.iteration || !view.waiting) return l10n.t('goes on');
      return view.waiting.for === 'decision' ? l10n.t('decision due') : l10n.t('needs you');
    case 'gate-failed': {
      const needed = view.gate?.iteration === number ? view.gate.threshold : view.thresholds.gate;
      if (passRate !== null && passRate < 1) return l10n.t('Gate failed: tests {0}', percent(passRate));
      // A person may have failed it who edited what is handed over.
      return confidence !== null && confidence < needed
        ? l10n.t('Gate failed: confidence {0}', confidence.toFixed(2))
        : l10n.t('Gate failed');
    }
    case 'consensus-missed':
      return score === null ? l10n.t('Consensus missed') : l10n.t('Consensus {0}', score.toFixed(2));
    case 'quorum-missed':
      return l10n.t('Quorum missed');
    case 'cut-off':
      return l10n.t('Ended in the middle');
    case 'PROCEED':
    case 'ITERATE':
    case 'ABORT':
      return l10n.t('Decided: {0}', outcome);
  }
}

function statusOf(view: LoopView, { number, outcome }: IterationView): StepStatus {
  switch (outcome) {
    case null:
      return number === view.iteration && view.waiting ? 'need' : isActive(view) ? 'now' : 'todo';
    case 'PROCEED':
      return 'done';
    case 'ITERATE':
      return 'warning';
    case 'cut-off':
      return 'todo';
    default:
      return 'bad';
  }
}

/** By what was proved, then by what was agreed; a later one wins a tie. Null before there is a choice. */
function bestOf(iterations: readonly IterationView[]): number | null {
  const judged = iterations.filter((each) => each.passRate !== null || each.score !== null);
  if (judged.length < 2) return null;
  const rank = (each: IterationView) => [each.passRate ?? -1, each.score ?? -1, each.number] as const;
  const [best] = judged.toSorted((a, b) => {
    const [mine, theirs] = [rank(a), rank(b)];
    return theirs[0] - mine[0] || theirs[1] - mine[1] || theirs[2] - mine[2];
  });
  return best?.number ?? null;
}
