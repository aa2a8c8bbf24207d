/** What one does with a file of the review. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { ComparedFile } from '../../ports/worktrees.ts';
import type { Command, Front } from '../front.ts';
import { selectedRows } from '../selected-rows.ts';
import { visible } from '../words.ts';
import { pickRevision } from './compare.ts';
import { commitOf } from './commit-files.ts';
import { COMMIT_SCHEME, commitUri } from './commit-uri.ts';
import { compare, openFileDiff } from './diffs.ts';
import type { Changes } from './file-rows.ts';
import { pathOf } from './file-words.ts';
import { revisionsOf } from './show-diffs.ts';
import { sideOf } from './subjects.ts';

/** Of a row only its path is taken: what it was made of may be older than the review. */
const sideSchema = z.object({ path: z.string() });
const rowSchema = z.object({
  file: z.object({ before: z.nullable(sideSchema), after: z.nullable(sideSchema) }),
});

interface Picked {
  readonly changes: Changes;
  readonly files: readonly ComparedFile[];
}

/** The path of the file of the review that is open in the editor; null for any other document. */
function openPath(changes: Changes): string | null {
  const uri = vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme !== COMMIT_SCHEME) return null;
  const commit = commitOf(uri)?.commit;
  const { from, to } = changes.subject;
  return commit === from.commit || commit === to.commit ? uri.path.slice(1) : null;
}

/** The selected rows, else the row, else the file that is open in the editor. */
async function pickFiles(front: Front, argument: unknown, selected: unknown): Promise<Picked | null> {
  const { changes } = (await front.review()).changed;
  if (!changes) return null;
  const named = selectedRows(argument, selected).flatMap((row) => {
    const parsed = rowSchema.safeParse(row);
    return parsed.success ? [(parsed.data.file.after ?? parsed.data.file.before)?.path] : [];
  });
  const open = named.length === 0 ? openPath(changes) : null;
  const files = changes.files.filter(
    (file) =>
      named.includes(pathOf(file)) ||
      (open !== null && [file.before, file.after].some((side) => side?.path === open)),
  );
  if (files.length > 0) return { changes, files };
  front.messages.note(l10n.t('No file of the review is selected or open.'));
  return null;
}

export const openReviewDiff: Command = async (front, argument, selected) => {
  const picked = await pickFiles(front, argument, selected);
  if (!picked) return;
  const preview = picked.files.length === 1;
  for (const file of picked.files) await openFileDiff(picked.changes.subject, file, { preview });
};

/** The file of the checkout, where there is one; else as the review has it. */
export const openReviewFile: Command = async (front, argument) => {
  const picked = await pickFiles(front, argument, null);
  const [file] = picked?.files ?? [];
  const { folder } = front.loops;
  if (!picked || !file || !folder) return;
  const { taskId, from, to } = picked.changes.subject;
  const own = vscode.Uri.joinPath(folder, pathOf(file));
  const isThere = await vscode.workspace.fs.stat(own).then(
    () => true,
    () => false,
  );
  const kept = commitUri(taskId, file.after ? to.commit : from.commit, pathOf(file));
  await vscode.commands.executeCommand('vscode.open', isThere ? own : kept, { preview: true });
};

export const copyReviewPath: Command = async (front, argument, selected) => {
  const picked = await pickFiles(front, argument, selected);
  if (picked) await vscode.env.clipboard.writeText(picked.files.map(pathOf).join('\n'));
};

/** The file in the review against the same one elsewhere in the loop. */
export const compareFile: Command = async (front, argument) => {
  const picked = await pickFiles(front, argument, null);
  const [file] = picked?.files ?? [];
  if (!picked || !file) return;
  const { taskId, to } = picked.changes.subject;
  const revisions = await revisionsOf(front, taskId);
  if (!revisions) return;
  const title = l10n.t('Compare {0} with', visible(pathOf(file)));
  const other = await pickRevision(
    title,
    revisions.filter(({ commit }) => commit !== to.commit),
  );
  if (!other) return;
  const comparison = { taskId, from: sideOf(other), to };
  const differing = await compare(front, comparison);
  const same = differing?.find(({ before, after }) => [before?.path, after?.path].includes(pathOf(file)));
  if (same) return openFileDiff(comparison, same, { preview: true });
  if (differing) front.messages.note(l10n.t('{0} is the same in both.', visible(pathOf(file))));
};

/** Reviewed, or not any more. */
export const markReviewed: Command = async (front, argument, selected) => {
  const picked = await pickFiles(front, argument, selected);
  if (!picked) return;
  const { changes, files } = picked;
  changes.mark(
    files,
    files.some((file) => changes.stateOf(file) !== 'reviewed'),
  );
};

/** The next file that was not reviewed, after the one that is open; from the first one again after the last. */
export const nextReviewFile: Command = async (front) => {
  const { changes } = (await front.review()).changed;
  if (!changes) return;
  const open = openPath(changes);
  const at = changes.files.findIndex((file) => pathOf(file) === open);
  const inOrder = [...changes.files.slice(at + 1), ...changes.files.slice(0, at + 1)];
  const next = inOrder.find((file) => changes.stateOf(file) !== 'reviewed');
  if (next) return openFileDiff(changes.subject, next, { preview: true });
  front.messages.note(l10n.t('All files are reviewed.'));
};
