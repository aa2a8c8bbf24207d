import { l10n } from 'vscode';
import type { DecideRequest } from '../app/loop-service.ts';
import type { LoopView } from '../app/projections/loop-view.ts';

type Decision = DecideRequest['decision'];

/** Each choice with its consequence and with what it does not do. */
export function consequences(view: LoopView): readonly { decision: Decision; text: string }[] {
  const next = view.iteration + 1;
  return [
    {
      decision: 'PROCEED',
      text: l10n.t('{0} Nothing is merged: the work stays on {1}.', proceed(view), view.branch),
    },
    {
      decision: 'ITERATE',
      text:
        view.iteration >= view.maxIterations
          ? l10n.t(
              'There is no iteration left after {0}; the loop would end with its best one.',
              view.maxIterations,
            )
          : l10n.t(
              'Run iteration {0} of {1} with your feedback, for more time and cost.',
              next,
              view.maxIterations,
            ),
    },
    {
      decision: 'ABORT',
      text: l10n.t(
        'End the loop here. All branches and iterations are kept, nothing is merged, nothing is deleted.',
      ),
    },
  ];
}

/** What PROCEED goes past; only at a due decision it is the decision. */
function proceed(view: LoopView): string {
  switch (view.waiting?.for) {
    case 'quorum':
      return l10n.t('Go on to the product owner without a consensus, whatever those who voted said.');
    case 'evidence':
      return l10n.t(
        'Go on past the evidence that is missing, or with the changed protected files confirmed.',
      );
    case 'budget':
      return l10n.t(
        'Allow the same number of runs and the same budget once more, or pass the limit of this day where that is what holds the loop, and go on.',
      );
    case 'breakpoint':
      return l10n.t('Let the hand-over at transfer point {0} go on as it is.', view.held?.point ?? '');
    case 'stalled':
      return l10n.t('Go on with the next iteration as it is.');
    case 'outside':
      return l10n.t('Accept what changed outside, and take iteration {0} as it is.', view.iteration);
    default:
      return l10n.t('Take iteration {0} as it is.', view.iteration);
  }
}

export interface Recommendation {
  readonly decision: Decision;
  readonly by: string;
  readonly reason: string;
}

/** What the product owner would do, while a person is asked; null when nobody has said so in this iteration. */
export function recommendation(view: LoopView): Recommendation | null {
  if (view.recommendation) {
    const { agentId, decision, reason } = view.recommendation;
    return { decision, by: agentId, reason };
  }
  const owner = view.agents.find(
    (agent) => agent.role === 'product-owner' && agent.iteration === view.iteration && !agent.defaulted,
  );
  return owner?.decision ? { decision: owner.decision, by: owner.id, reason: owner.summary } : null;
}
