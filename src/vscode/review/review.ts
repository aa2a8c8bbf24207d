/** The review of what loops made; loaded when its view is seen, or a document of a commit is opened, for the first time. */
import type * as vscode from 'vscode';
import { coalesce } from '../../base/coalesce.ts';
import type { Front } from '../front.ts';
import { createChangedFiles, type ChangedFiles } from './changed-files.ts';
import { createCollisionRows } from './collision-rows.ts';
import { createCommitFiles } from './commit-files.ts';
import { createResultRow } from './result-row.ts';
import { createIterationRows } from './iteration-rows.ts';
import { createReviewComments, type ReviewComments } from '../review-comments/review-comments.ts';
import type { ReviewContext, ReviewRow, ReviewSection } from './section.ts';
import { createReviewSubjects, type ReviewSubjects } from './subjects.ts';

export { REVIEW_TOOLS } from './review-tools.ts';

export interface Review extends vscode.Disposable {
  readonly subjects: ReviewSubjects;
  readonly changed: ChangedFiles;
  readonly comments: ReviewComments;
  /** What is behind documents of commits. */
  readonly files: vscode.FileSystemProvider;
  rows(of: ReviewRow | undefined): Promise<readonly ReviewRow[]>;
}

/** Drawn at most so often. */
const COALESCE_MS = 100;

/** Says what there is to say over the rows of `view`, too. */
export function createReview(front: Front, view: vscode.TreeView<ReviewRow>, redraw: () => void): Review {
  const subjects = createReviewSubjects(front.loops, front.memory);
  const context: ReviewContext = { front, subjects, view };
  const changed = createChangedFiles(context);
  const comments = createReviewComments(context);
  /** In the order in which they are shown. */
  const sections: readonly ReviewSection[] = [
    createResultRow(),
    createCollisionRows(context),
    comments.open,
    comments.taken,
    changed,
    comments.verified,
    createIterationRows(context),
  ];
  const draw = coalesce(COALESCE_MS, () => {
    const subject = subjects.current;
    const said = sections.map((section) => section.summary(subject)).filter(Boolean);
    if ((view.message ?? '') !== said.join(' ')) view.message = said.join(' ');
    redraw();
  });
  draw.soon();
  const listening = [
    // A result branch may have been moved meanwhile, by git or by a command line.
    view.onDidChangeVisibility(({ visible }) => (visible ? void subjects.refresh() : undefined)),
    subjects.onChange(draw.soon),
    ...sections.map(({ onChange }) => onChange(draw.soon)),
  ];
  return {
    subjects,
    changed,
    comments,
    files: createCommitFiles(front.loops),
    rows: async (of) => {
      if (of) return (await of.children?.()) ?? [];
      const subject = subjects.current;
      return sections.flatMap((section) => section.heading(subject) ?? []);
    },
    dispose: () => {
      for (const each of [...listening, draw, ...sections, comments, subjects]) each.dispose();
    },
  };
}
