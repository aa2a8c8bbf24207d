import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { ComparedFile } from '../../ports/worktrees.ts';
import type { Front } from '../front.ts';
import { visible } from '../words.ts';
import { askReview } from './ask-review.ts';
import { commitUri } from './commit-uri.ts';
import { nameOf, pathOf } from './file-words.ts';
import type { ReviewSide, ReviewSubject } from './subjects.ts';

/** More than this at once makes the multi-file diff slow to open and to scroll. */
export const AT_ONCE = 300;

/** Two commits of one loop. */
export type Comparison = Pick<ReviewSubject, 'taskId' | 'from' | 'to'>;

export const sidesText = ({ from, to }: Comparison): string =>
  l10n.t('{0} ↔ {1}', visible(from.name), visible(to.name));

const uriOf = (
  taskId: string,
  { commit }: ReviewSide,
  file: ComparedFile['before'],
): vscode.Uri | undefined => (file ? commitUri(taskId, commit, file.path) : undefined);

/** One row of the multi-file diff: where the file is in the checkout, before, after. */
type Resource = readonly [vscode.Uri, vscode.Uri | undefined, vscode.Uri | undefined];

const resourceOf = (folder: vscode.Uri, { taskId, from, to }: Comparison, file: ComparedFile): Resource => [
  vscode.Uri.joinPath(folder, pathOf(file)),
  uriOf(taskId, from, file.before),
  uriOf(taskId, to, file.after),
];

/** Shows rows a page at a time; the next page is offered while there is one. */
export async function openPages(
  front: Front,
  title: string,
  resources: readonly Resource[],
  first = 0,
): Promise<void> {
  const page = resources.slice(first, first + AT_ONCE);
  const [begin, end, all] = [first + 1, first + page.length, resources.length];
  const named = page.length === all ? title : l10n.t('{0} ({1} to {2} of {3})', title, begin, end, all);
  await vscode.commands.executeCommand('vscode.changes', named, page);
  if (page.length === all) return;
  const message = l10n.t('Files {0} to {1} of {2} are shown: at most {3} at once.', begin, end, all, AT_ONCE);
  if (end >= all) return front.messages.note(message);
  const offered = front.messages.offer(message, l10n.t('Next {0}', Math.min(AT_ONCE, all - end)));
  void offered.then((wanted) => (wanted ? openPages(front, title, resources, end) : undefined));
}

/** All files that two commits differ by, in the native multi-file diff. */
export async function openComparison(
  front: Front,
  title: string,
  comparison: Comparison,
  none: string,
): Promise<void> {
  const files = await compare(front, comparison);
  const { folder } = front.loops;
  if (files === null || !folder) return;
  if (files.length === 0) return front.messages.note(none);
  const resources = files.map((file) => resourceOf(folder, comparison, file));
  await openPages(front, title, resources);
}

/** Null when the person was told why there is no answer. */
export const compare = (front: Front, { from, to }: Comparison): Promise<readonly ComparedFile[] | null> =>
  askReview(front, (review) => review.compare(from.commit, to.commit));

/** One file; an added or deleted one stands against nothing. */
export async function openFileDiff(
  comparison: Comparison,
  file: ComparedFile,
  options: vscode.TextDocumentShowOptions = {},
): Promise<void> {
  const { taskId, from, to } = comparison;
  const name = visible(nameOf(pathOf(file)));
  const title = l10n.t('{0} ({1})', name, sidesText(comparison));
  const before = uriOf(taskId, from, file.before);
  const after = uriOf(taskId, to, file.after);
  if (before && after) return vscode.commands.executeCommand('vscode.diff', before, after, title, options);
  const only = after ?? before;
  if (!only) return;
  const said = after ? l10n.t('{0} (added)', name) : l10n.t('{0} (deleted)', name);
  return vscode.commands.executeCommand('vscode.open', only, options, said);
}
