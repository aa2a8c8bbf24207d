/** What is reviewed, and how it is shown. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Revision } from '../../app/review/loop-review.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command } from '../front.ts';
import { taskTitle } from '../words.ts';
import { revisionItems } from './compare.ts';
import { openComparison, sidesText } from './diffs.ts';
import { revisionsOf } from './show-diffs.ts';
import { sideOf } from './subjects.ts';

const NOTHING = l10n.t('No loop has combined the work of its agents yet.');

/** Shows the newest combined work of a loop in the review, and goes on with the loop. */
export const review: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Review Changes'),
    filter: ({ commit }) => commit !== null,
    none: NOTHING,
  });
  if (!view) return;
  const { subjects } = await front.review();
  await subjects.choose({ kind: 'newest', taskId: view.taskId, against: 'base' });
  await vscode.commands.executeCommand('cfn.review.focus');
};

/** All files of the review in the native multi-file diff. */
export const openReviewChanges: Command = async (front) => {
  const { current } = (await front.review()).subjects;
  if (!current) return front.messages.failed({ kind: 'state', message: NOTHING });
  const view = front.loops.view(current.taskId);
  const title = `${view ? taskTitle(view, 40) : current.taskId}: ${sidesText(current)}`;
  await openComparison(front, title, current, l10n.t('Both came to the same files.'));
};

interface AgainstItem extends vscode.QuickPickItem {
  readonly against: 'base' | 'previous' | Revision;
}

/** What the work in the review is compared with. */
export const reviewAgainst: Command = async (front) => {
  const { subjects } = await front.review();
  const { current } = subjects;
  if (!current) return front.messages.failed({ kind: 'state', message: NOTHING });
  const { taskId } = current;
  const revisions = await revisionsOf(front, taskId);
  if (!revisions) return;
  const items: (AgainstItem | (vscode.QuickPickItem & { readonly against?: undefined }))[] = [
    {
      label: l10n.t('The newest work against the base'),
      description: l10n.t('goes on with the loop'),
      against: 'base',
    },
    {
      label: l10n.t('The newest work against the iteration before'),
      description: l10n.t('goes on with the loop'),
      against: 'previous',
    },
    { label: l10n.t('Keep comparing {0} with', current.to.name), kind: vscode.QuickPickItemKind.Separator },
    ...revisionItems(revisions)
      .filter(({ revision }) => revision.commit !== current.to.commit)
      .map(({ revision, ...item }) => ({ ...item, against: revision })),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: l10n.t('Review Against'),
    matchOnDescription: true,
  });
  if (!picked?.against) return;
  const { against } = picked;
  await subjects.choose(
    typeof against === 'string'
      ? { kind: 'newest', taskId, against }
      : { kind: 'fixed', subject: { ...current, from: sideOf(against) } },
  );
};

export const reviewAsList: Command = async (front) => (await front.review()).changed.setLayout('list');
export const reviewAsTree: Command = async (front) => (await front.review()).changed.setLayout('tree');
