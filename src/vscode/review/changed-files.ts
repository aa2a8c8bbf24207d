import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { ComparedFile } from '../../ports/worktrees.ts';
import { Emitter } from '../../base/emitter.ts';
import { visible } from '../words.ts';
import type { ReviewContext, ReviewRow, ReviewSection } from './section.ts';
import type { ReviewSubject } from './subjects.ts';

const fold = vscode.TreeItemCollapsibleState;

/** A file row, as its commands get it. */
export interface ChangedFileRow extends ReviewRow {
  readonly subject: ReviewSubject;
  readonly file: ComparedFile;
}

const pathOf = ({ before, after }: ComparedFile): string => after?.path ?? before?.path ?? '';

function fileRow(subject: ReviewSubject, file: ComparedFile): ChangedFileRow {
  const path = pathOf(file);
  const slash = path.lastIndexOf('/');
  const id = `files/${path}`;
  return {
    id,
    subject,
    file,
    item: () => {
      const item = new vscode.TreeItem(visible(path.slice(slash + 1)), fold.None);
      item.id = id;
      item.description = visible(path.slice(0, Math.max(0, slash)));
      item.resourceUri = vscode.Uri.from({ scheme: 'cfn-review', path: `/${path}` });
      item.iconPath = vscode.ThemeIcon.File;
      item.contextValue = 'file';
      return item;
    },
  };
}

/** All files that differ between the two sides of the review. */
export function createChangedFiles({ front, subjects }: ReviewContext): ReviewSection {
  const changed = new Emitter<void>();
  let files: readonly ComparedFile[] = [];

  async function read(): Promise<void> {
    const subject = subjects.current;
    files = [];
    const service = await front.loops.service();
    if (!subject || !service.ok || !service.value.review) return;
    const compared = await service.value.review.compare(subject.from.commit, subject.to.commit);
    if (subjects.current !== subject) return;
    if (compared.ok) files = compared.value;
    else front.messages.failed(compared.error);
    changed.fire();
  }

  const listening = subjects.onChange(() => void read());
  void read();
  return {
    heading: (subject) => ({
      id: 'files',
      item: () => {
        const item = new vscode.TreeItem(l10n.t('Changed files'), fold.Expanded);
        item.id = 'files';
        item.description = l10n.t('against {0}', visible(subject.from.name));
        item.contextValue = 'files';
        return item;
      },
      children: () => files.map((file) => fileRow(subject, file)),
    }),
    summary: () => '',
    onChange: changed.event,
    dispose: () => {
      listening.dispose();
      changed.dispose();
    },
  };
}
