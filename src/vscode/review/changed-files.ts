import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { authorsOf } from '../../app/review/revisions.ts';
import type { LoopReview } from '../../app/review/loop-review.ts';
import { Emitter } from '../../base/emitter.ts';
import type { ComparedFile } from '../../ports/worktrees.ts';
import { visible } from '../words.ts';
import { sidesText } from './diffs.ts';
import { folderRows, listRows, registerLetters, type Changes } from './file-rows.ts';
import type { LineCounts } from './file-words.ts';
import { createReviewedMarks } from './reviewed-marks.ts';
import type { ReviewContext, ReviewSection } from './section.ts';
import type { ReviewSubject } from './subjects.ts';

/** Long lists are shown by folder unless the person wants otherwise. */
const BY_FOLDER_FROM = 100;

export type Layout = 'list' | 'tree';

/** What the changed files of the review are, and which of them were reviewed. */
export interface ChangedFiles extends ReviewSection {
  /** Null while there is no subject, or its files are being read. */
  readonly changes: Changes | null;
  setLayout(layout: Layout): void;
}

interface Found {
  readonly subject: ReviewSubject;
  readonly files: readonly ComparedFile[];
  readonly authors: ReadonlyMap<string, readonly string[]>;
  readonly counts: Map<string, LineCounts>;
}

async function find(review: LoopReview, subject: ReviewSubject) {
  const { taskId, from, to, iteration } = subject;
  const [files, revisions] = await Promise.all([
    review.compare(from.commit, to.commit),
    review.revisions(taskId),
  ]);
  if (!files.ok) return files;
  const authors = revisions.ok && iteration !== null ? authorsOf(revisions.value, iteration) : new Map();
  return { ok: true, value: { subject, files: files.value, authors, counts: new Map() } } as const;
}

function summaryOf(changes: Changes): string {
  const { files, subject } = changes;
  if (files.length === 0) return l10n.t('Nothing differs from {0}.', visible(subject.from.name));
  const reviewed = files.filter((file) => changes.stateOf(file) === 'reviewed').length;
  return l10n.t('{0} of {1} reviewed.', reviewed, files.length);
}

/** All files that differ between the two sides of the review. */
export function createChangedFiles({ front, subjects }: ReviewContext): ChangedFiles {
  const changed = new Emitter<void>();
  const marks = createReviewedMarks(front.memory);
  let found: Found | null = null;

  async function count(review: LoopReview, of: Found): Promise<void> {
    const counted = await review.counts(of.subject.from.commit, of.subject.to.commit);
    if (!counted.ok || found !== of) return;
    for (const { path, added, removed } of counted.value) of.counts.set(path, { added, removed });
    changed.fire();
  }

  async function read(): Promise<void> {
    const subject = subjects.current;
    found = null;
    const service = await front.loops.service();
    if (!subject || !service.ok || !service.value.review) return changed.fire();
    const result = await find(service.value.review, subject);
    if (subjects.current !== subject) return;
    if (result.ok) found = result.value;
    else front.messages.failed(result.error);
    changed.fire();
    // Reads every changed file, so the list does not wait for it.
    if (found) await count(service.value.review, found);
  }

  const changesOf = ({ subject, files, authors, counts }: Found): Changes => ({
    subject,
    files,
    counts: (path) => counts.get(path),
    authors: (path) => authors.get(path) ?? [],
    stateOf: (file) => marks.stateOf(subject.taskId, file),
    mark: (some, reviewed) => marks.mark(subject.taskId, some, reviewed),
  });
  const layoutOf = (files: number): Layout =>
    front.memory.get<Layout>('review.layout') ?? (files > BY_FOLDER_FROM ? 'tree' : 'list');
  /** Menus look for it. */
  const sayLayout = () =>
    void vscode.commands.executeCommand(
      'setContext',
      'cfn.reviewLayout',
      found ? layoutOf(found.files.length) : '',
    );

  const again = () => void read().then(sayLayout);
  const listening = [subjects.onChange(again), marks.onChange(() => changed.fire()), registerLetters()];
  again();
  return {
    get changes() {
      return found && changesOf(found);
    },
    setLayout: (layout) => {
      void front.memory.update('review.layout', layout);
      sayLayout();
      changed.fire();
    },
    heading: (subject) =>
      subject && {
        id: 'files',
        item: () => {
          const item = new vscode.TreeItem(l10n.t('Changed files'), vscode.TreeItemCollapsibleState.Expanded);
          const isNewest = subjects.choice?.kind !== 'fixed' && !subject.moved;
          item.id = 'files';
          item.description = isNewest
            ? l10n.t('against {0}', visible(subject.from.name))
            : l10n.t('{0} against {1}', visible(subject.to.name), visible(subject.from.name));
          item.tooltip = sidesText(subject);
          item.contextValue = 'files';
          return item;
        },
        children: () => {
          if (!found) return [];
          const changes = changesOf(found);
          return layoutOf(found.files.length) === 'tree' ? folderRows(changes) : listRows(changes);
        },
      },
    summary: () => (found ? summaryOf(changesOf(found)) : ''),
    onChange: changed.event,
    dispose: () => {
      for (const each of [...listening, marks, changed]) each.dispose();
    },
  };
}
