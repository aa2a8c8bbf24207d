import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { sourcesOf } from '../../app/review/revisions.ts';
import { Emitter } from '../../base/emitter.ts';
import { takenFiles, type PreparedTake } from '../../domain/review/taken.ts';
import type { Front } from '../front.ts';
import { askReview } from '../review/ask-review.ts';
import { commitUri } from '../review/commit-uri.ts';
import type { ReviewRow, ReviewSection } from '../review/section.ts';
import { sideOf, type ReviewSubject } from '../review/subjects.ts';
import { joined, visible } from '../words.ts';
import type { Drafts } from './drafts.ts';

/** A file that goes with the next review, as its commands get it. */
interface TakenRow extends ReviewRow {
  readonly taskId: string;
  readonly path: string;
}

const takenOf = (drafts: Drafts, { taskId }: ReviewSubject): readonly PreparedTake[] =>
  drafts.of(taskId).flatMap(({ items }) => takenFiles(items));

function takenRow(taskId: string, { path, from, gone }: PreparedTake, source: string): TakenRow {
  const id = `taken/${path}`;
  return {
    id,
    taskId,
    path,
    item: () => {
      const item = new vscode.TreeItem(visible(path), vscode.TreeItemCollapsibleState.None);
      const said = gone ? l10n.t('removed, as in {0}', source) : l10n.t('from {0}', source);
      item.id = id;
      item.description = said;
      item.tooltip = joined([visible(path), said, l10n.t('not sent')]);
      item.iconPath = new vscode.ThemeIcon('arrow-swap');
      item.contextValue = 'taken';
      if (!gone) {
        const title = l10n.t('Open File');
        item.command = { command: 'vscode.open', title, arguments: [commitUri(taskId, from, path)] };
      }
      item.accessibilityInformation = { label: joined([visible(path), said, l10n.t('not sent')]) };
      return item;
    },
  };
}

/** Files that the next iteration shall have as they are elsewhere in the loop; they go with the review. */
export function createTakenFiles(front: Front, drafts: Drafts): ReviewSection {
  const changed = new Emitter<void>();
  const listening = drafts.onChange(() => changed.fire());
  const rows = async ({ taskId }: ReviewSubject, taken: readonly PreparedTake[]) => {
    const revisions = await askReview(front, (review) => review.revisions(taskId));
    const sources = sourcesOf(revisions ?? []);
    return taken.map((each) => {
      const source = sources.find(({ commit }) => commit === each.from);
      return takenRow(taskId, each, source ? sideOf(source).name : each.from.slice(0, 7));
    });
  };
  return {
    heading: (subject) => {
      const taken = subject ? takenOf(drafts, subject) : [];
      if (!subject || taken.length === 0) return null;
      return {
        id: 'taken',
        item: () => {
          const item = new vscode.TreeItem(
            l10n.t('Files to take over'),
            vscode.TreeItemCollapsibleState.Expanded,
          );
          item.id = 'taken';
          item.description = l10n.t('go with your review');
          return item;
        },
        children: () => rows(subject, taken),
      };
    },
    summary: () => '',
    onChange: changed.event,
    dispose: () => {
      listening.dispose();
      changed.dispose();
    },
  };
}
