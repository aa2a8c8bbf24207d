/** The rows of changed files: by folder where there are many, else one after the other. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { ComparedFile } from '../../ports/worktrees.ts';
import { joined, visible } from '../words.ts';
import { entriesOf } from './file-folders.ts';
import { countsText, folderOf, letterOf, nameOf, oddText, pathOf, type LineCounts } from './file-words.ts';
import type { Reviewed } from './reviewed-marks.ts';
import type { ReviewRow } from './section.ts';
import type { ReviewSubject } from './subjects.ts';

/** A file's row, as the commands of its menu get it. */
export interface ChangedFileRow extends ReviewRow {
  readonly subject: ReviewSubject;
  readonly file: ComparedFile;
}

/** What rows are made of. */
export interface Changes {
  readonly subject: ReviewSubject;
  readonly files: readonly ComparedFile[];
  counts(path: string): LineCounts | undefined;
  /** Who changed it; nobody where that is not known. */
  authors(path: string): readonly string[];
  stateOf(file: ComparedFile): Reviewed;
  mark(files: readonly ComparedFile[], reviewed: boolean): void;
}

/** Files of one page of a long list; the next one is under its last row. */
const PAGE = 300;

/** The theme's icons and our letters are found by these. */
export const ROW_SCHEME = 'cfn-review';

const fold = vscode.TreeItemCollapsibleState;
const box = vscode.TreeItemCheckboxState;

const STATE_WORDS: Readonly<Record<Reviewed, string | null>> = {
  open: null,
  reviewed: null,
  changed: l10n.t('changed since review'),
};

function fileItem(changes: Changes, row: ChangedFileRow, where: 'folder' | 'list'): vscode.TreeItem {
  const { file } = row;
  const path = pathOf(file);
  const state = changes.stateOf(file);
  const item = new vscode.TreeItem(visible(nameOf(path)), fold.None);
  const authors = changes.authors(path).join(', ') || null;
  const counts = countsText(file, changes.counts(path));
  const said = [STATE_WORDS[state], oddText(file), authors, counts];
  item.id = row.id;
  item.description = joined([...said, where === 'list' ? visible(folderOf(path)) || null : null]);
  item.tooltip = joined([visible(path), ...said]);
  item.resourceUri = vscode.Uri.from({ scheme: ROW_SCHEME, path: `/${path}`, query: letterOf(file) });
  item.iconPath = vscode.ThemeIcon.File;
  item.contextValue = file.after ? 'file' : 'file deleted';
  const reviewed = state === 'reviewed';
  item.checkboxState = {
    state: reviewed ? box.Checked : box.Unchecked,
    tooltip: reviewed ? l10n.t('Reviewed') : l10n.t('Mark as Reviewed'),
    accessibilityInformation: { label: l10n.t('Reviewed: {0}', visible(path)) },
  };
  item.accessibilityInformation = {
    label: joined([visible(path), reviewed ? l10n.t('reviewed') : l10n.t('not reviewed'), ...said]),
  };
  item.command = { command: 'cfn.openReviewDiff', title: l10n.t('Open Changes'), arguments: [row] };
  return item;
}

function fileRow(changes: Changes, file: ComparedFile, where: 'folder' | 'list'): ChangedFileRow {
  const row: ChangedFileRow = {
    id: `files/${pathOf(file)}`,
    subject: changes.subject,
    file,
    item: () => fileItem(changes, row, where),
    check: (reviewed) => changes.mark([file], reviewed),
  };
  return row;
}

/** One after the other, a page at a time. */
export function listRows(changes: Changes, first = 0): readonly ReviewRow[] {
  const page = changes.files.slice(first, first + PAGE);
  const rows: ReviewRow[] = page.map((file) => fileRow(changes, file, 'list'));
  const left = changes.files.length - first - page.length;
  if (left === 0) return rows;
  const id = `files-more/${first + PAGE}`;
  const more: ReviewRow = {
    id,
    item: () => {
      const item = new vscode.TreeItem(l10n.t('{0} more', left), fold.Collapsed);
      item.id = id;
      return item;
    },
    children: () => listRows(changes, first + PAGE),
  };
  return [...rows, more];
}

export function folderRows(
  changes: Changes,
  files: readonly ComparedFile[] = changes.files,
  above = '',
): readonly ReviewRow[] {
  return entriesOf(files, above).map((entry): ReviewRow => {
    if (entry.kind === 'file') return fileRow(changes, entry.file, 'folder');
    const id = `files-folder/${entry.path}`;
    return {
      id,
      item: () => {
        const item = new vscode.TreeItem(visible(entry.name), fold.Collapsed);
        const reviewed = entry.files.filter((file) => changes.stateOf(file) === 'reviewed').length;
        item.id = id;
        item.description = l10n.t('{0} of {1} reviewed', reviewed, entry.files.length);
        item.iconPath = vscode.ThemeIcon.Folder;
        item.contextValue = 'folder';
        item.checkboxState = {
          state: reviewed === entry.files.length ? box.Checked : box.Unchecked,
          tooltip: l10n.t('Mark all files of this folder as reviewed'),
        };
        return item;
      },
      children: () => folderRows(changes, entry.files, entry.path),
      check: (marked) => changes.mark(entry.files, marked),
    };
  });
}

/** The letter of each changed file, beside its row. */
export function registerLetters(): vscode.Disposable {
  const colours: Readonly<Record<string, string>> = {
    A: 'gitDecoration.addedResourceForeground',
    D: 'gitDecoration.deletedResourceForeground',
    R: 'gitDecoration.renamedResourceForeground',
  };
  const words: Readonly<Record<string, string>> = {
    A: l10n.t('Added'),
    M: l10n.t('Modified'),
    D: l10n.t('Deleted'),
    R: l10n.t('Renamed'),
    T: l10n.t('Became something else'),
  };
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: ({ scheme, query }) => {
      if (scheme !== ROW_SCHEME || !words[query]) return undefined;
      const colour = new vscode.ThemeColor(colours[query] ?? 'gitDecoration.modifiedResourceForeground');
      return new vscode.FileDecoration(query, words[query], colour);
    },
  });
}
