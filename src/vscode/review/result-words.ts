/** Words for what became of a result; pure. */
import { l10n } from 'vscode';
import type { ResultStanding } from '../../app/review/loop-review.ts';
import type { HeldChanges } from '../../domain/review/held-changes.ts';

/** `the result, restored to iteration 2`. */
export function resultText(standing: ResultStanding, iteration: number): string {
  switch (standing) {
    case 'ended':
      return l10n.t('the result');
    case 'restored':
      return l10n.t('the result, restored to iteration {0}', iteration);
    case 'revised':
      return l10n.t('the result as you changed it');
    case 'foreign':
      return l10n.t('the result with commits of somebody else');
  }
}

/** `The result still holds 2 changes that you rejected: the loop ended before agents worked on them.` */
export function heldText({ rejected, taken }: HeldChanges): string {
  if (rejected === 0) {
    return taken === 1
      ? l10n.t(
          'The result is without the file that you took: the loop ended with an iteration as it was judged.',
        )
      : l10n.t(
          'The result is without the {0} files that you took: the loop ended with an iteration as it was judged.',
          taken,
        );
  }
  return rejected === 1
    ? l10n.t(
        'The result still holds the change that you rejected: the loop ended with an iteration as it was judged.',
      )
    : l10n.t(
        'The result still holds the {0} changes that you rejected: the loop ended with an iteration as it was judged.',
        rejected,
      );
}
