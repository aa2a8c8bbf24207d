/** What one does with an iteration of the review. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { IterationStanding } from '../../app/review/iteration-standings.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command, Front } from '../front.ts';
import { isActive, taskTitle } from '../words.ts';
import { askReview } from './ask-review.ts';
import { openComparison } from './diffs.ts';
import { regressionText, standingText } from './iteration-rows.ts';
import { revisionsOf } from './show-diffs.ts';
import { sideOf } from './subjects.ts';

const rowSchema = z.object({ taskId: z.string(), iteration: z.int() });

/** What an iteration added to what it began at. */
export const showIterationDiff: Command = async (front, argument) => {
  const row = rowSchema.safeParse(argument);
  if (!row.success) return;
  const { taskId, iteration } = row.data;
  const revisions = await revisionsOf(front, taskId);
  const combined = revisions?.find((each) => each.kind === 'integrated' && each.iteration === iteration);
  if (combined?.kind !== 'integrated') return;
  const start = revisions?.find((each) => each.kind !== 'attempt' && each.commit === combined.start);
  const from = sideOf(start ?? { kind: 'start', iteration, commit: combined.start });
  const to = sideOf(combined);
  const title = l10n.t('{0} against {1}', to.name, from.name);
  await openComparison(front, title, { taskId, from, to }, l10n.t('It changed nothing.'));
};

async function pickStanding(standings: readonly IterationStanding[]): Promise<IterationStanding | undefined> {
  const items = standings.toReversed().map((standing) => ({
    label: l10n.t('Iteration {0}', standing.iteration),
    description: standing.isBest ? l10n.t('best') : (regressionText(standing) ?? ''),
    detail: standingText(standing),
    standing,
  }));
  const title = l10n.t('Restore Iteration as the Result');
  return (await vscode.window.showQuickPick(items, { title }))?.standing;
}

async function restore(front: Front, taskId: string, iteration: number): Promise<void> {
  const done = await askReview(front, (review) => review.restore(taskId, iteration));
  if (!done) return;
  const { branch, before } = done;
  if (before === iteration)
    return front.messages.note(l10n.t('{0} is at iteration {1} already.', branch, iteration));
  const message = l10n.t('{0} is at iteration {1} now; it was at iteration {2}.', branch, iteration, before);
  if (await front.messages.offer(message, l10n.t('Undo'))) await restore(front, taskId, before);
}

/** Points the result branch of an ended loop at another of its iterations. */
export const restoreIteration: Command = async (front, argument) => {
  const row = rowSchema.safeParse(argument);
  const view = await pickLoop(front, argument, {
    title: l10n.t('Restore Iteration as the Result'),
    filter: (each) => !isActive(each) && each.iterations.length > 1,
    none: l10n.t('No loop with several iterations has ended.'),
  });
  if (!view) return;
  const standings = await askReview(front, (review) => review.standings(view.taskId));
  if (!standings) return;
  const named = standings.find(({ iteration }) => row.success && iteration === row.data.iteration);
  const wanted = named ?? (await pickStanding(standings));
  if (!wanted) return;
  const agreed = await front.messages.confirm(
    l10n.t('Make iteration {0} the result of "{1}"?', wanted.iteration, taskTitle(view, 60)),
    l10n.t(
      'Only the branch {0} moves; no checkout changes, and it can be undone. The record goes on telling how the loop ended.',
      view.branch,
    ),
    l10n.t('Restore'),
  );
  if (agreed) await restore(front, view.taskId, wanted.iteration);
};
