import * as vscode from 'vscode';
import { commitOf } from '../review/commit-files.ts';
import { COMMIT_SCHEME } from '../review/commit-uri.ts';
import type { ReviewSubject } from '../review/subjects.ts';

interface CommitFile {
  readonly taskId: string;
  readonly commit: string;
  readonly path: string;
}

/** Null for a URI of something else. */
export function commitFile(uri: vscode.Uri): CommitFile | null {
  const about = uri.scheme === COMMIT_SCHEME ? commitOf(uri) : null;
  return about && { ...about, path: uri.path.slice(1) };
}

/** One file of two commits, and the side of it that an editor shows. */
export interface ComparedFileSide {
  readonly taskId: string;
  readonly from: string;
  readonly to: string;
  /** As it is named in `to`; a deleted file's old name. */
  readonly path: string;
  readonly side: 'before' | 'after';
}

/** What two documents of a diff editor are about; null where one of them is no file of a commit. */
function ofPair(original: vscode.Uri, modified: vscode.Uri, shown: vscode.Uri): ComparedFileSide | null {
  const [before, after] = [commitFile(original), commitFile(modified)];
  if (!before || !after || before.taskId !== after.taskId) return null;
  const side = shown.toString() === modified.toString() ? 'after' : 'before';
  const { taskId, path } = after;
  return { taskId, from: before.commit, to: after.commit, path, side };
}

/** The editors of a multi-file diff name no pair: there the review's own two sides are compared. */
function ofSubject(shown: CommitFile, subject: ReviewSubject | null): ComparedFileSide | null {
  if (!subject || subject.taskId !== shown.taskId) return null;
  const [from, to] = [subject.from.commit, subject.to.commit];
  const { taskId, path, commit } = shown;
  if (commit === to) return { taskId, from, to, path, side: 'after' };
  return commit === from ? { taskId, from, to, path, side: 'before' } : null;
}

export function comparedIn(uri: vscode.Uri, subject: ReviewSubject | null): ComparedFileSide | null {
  const shown = commitFile(uri);
  if (!shown) return null;
  for (const { activeTab } of vscode.window.tabGroups.all) {
    const input = activeTab?.input;
    if (!(input instanceof vscode.TabInputTextDiff)) continue;
    const names = [input.original.toString(), input.modified.toString()];
    if (names.includes(uri.toString())) return ofPair(input.original, input.modified, uri);
  }
  return ofSubject(shown, subject);
}
