import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Revision } from '../../app/review/loop-review.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command, Front } from '../front.ts';
import { taskTitle } from '../words.ts';
import { openComparison, sidesText } from './diffs.ts';
import { revisionsOf } from './show-diffs.ts';
import { sideOf } from './subjects.ts';

interface RevisionItem extends vscode.QuickPickItem {
  readonly revision: Revision;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Newest first. Starts are named only where nothing else of the loop is that commit. */
export function revisionItems(revisions: readonly Revision[]): readonly RevisionItem[] {
  const named = new Set(revisions.filter(({ kind }) => kind !== 'start').map(({ commit }) => commit));
  return revisions
    .filter((revision) => revision.kind !== 'start' || !named.has(revision.commit))
    .toReversed()
    .map((revision) => ({
      label: capital(sideOf(revision).name),
      description: [
        revision.commit.slice(0, 7),
        ...(revision.kind === 'attempt' && revision.attempt > 1
          ? [l10n.t('attempt {0}', revision.attempt)]
          : []),
        ...(revision.kind === 'integrated' ? [revision.agents.join(', ')] : []),
      ].join(' · '),
      revision,
    }));
}

/** Where there is only one, nobody is asked. */
export async function pickRevision(
  title: string,
  revisions: readonly Revision[],
): Promise<Revision | undefined> {
  const items = revisionItems(revisions);
  if (items.length === 1) return items[0]?.revision;
  const options = {
    title,
    matchOnDescription: true,
    placeHolder: l10n.t('An iteration, an agent, the base'),
  };
  return (await vscode.window.showQuickPick(items, options))?.revision;
}

async function compareTwo(front: Front, view: LoopView, choices: readonly Revision[]): Promise<void> {
  const later = await pickRevision(l10n.t('Compare'), choices.slice(1));
  if (!later) return;
  const place = choices.indexOf(later);
  const before = choices.filter((_, at) => at < place);
  const earlier = await pickRevision(l10n.t('Compare {0} with', sideOf(later).name), before);
  if (!earlier) return;
  const comparison = { taskId: view.taskId, from: sideOf(earlier), to: sideOf(later) };
  const title = `${taskTitle(view, 40)}: ${sidesText(comparison)}`;
  await openComparison(front, title, comparison, l10n.t('Both came to the same files.'));
}

/** Any two of a loop's iterations, agents' attempts, result and base, in the native multi-file diff. */
export const compareRevisions: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Compare'),
    filter: ({ iteration }) => iteration > 0,
    none: l10n.t('No loop has made anything yet.'),
  });
  const revisions = view && (await revisionsOf(front, view.taskId));
  if (!view || !revisions) return;
  if (revisions.length < 2) {
    const message = l10n.t('There is only the base so far, so there is nothing to compare.');
    return front.messages.failed({ kind: 'state', message });
  }
  await compareTwo(front, view, revisions);
};

/** What two iterations of a loop were combined to. */
export const compareIterations: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Compare Iterations'),
    filter: (each) => each.iterations.length > 1,
    none: l10n.t('No loop has a second iteration yet.'),
  });
  const revisions = view && (await revisionsOf(front, view.taskId));
  if (!view || !revisions) return;
  const combined = revisions.filter(({ kind }) => kind === 'integrated');
  if (combined.length < 2) {
    const message = l10n.t(
      'Fewer than two iterations came to a combined result, so there is nothing to compare.',
    );
    return front.messages.failed({ kind: 'state', message });
  }
  await compareTwo(front, view, combined);
};
