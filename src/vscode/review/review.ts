/** The review of what loops made; loaded when its view is seen, or a document of a commit is opened, for the first time. */
import type * as vscode from 'vscode';
import { coalesce } from '../../base/coalesce.ts';
import type { Front } from '../front.ts';
import { createChangedFiles, type ChangedFiles } from './changed-files.ts';
import { createCommitFiles } from './commit-files.ts';
import type { ReviewContext, ReviewRow, ReviewSection } from './section.ts';
import { createReviewSubjects, type ReviewSubjects } from './subjects.ts';

export { REVIEW_TOOLS } from './review-tools.ts';

export interface Review extends vscode.Disposable {
  readonly subjects: ReviewSubjects;
  readonly changed: ChangedFiles;
  /** What is behind documents of commits. */
  readonly files: vscode.FileSystemProvider;
  rows(of: ReviewRow | undefined): Promise<readonly ReviewRow[]>;
  /** Has `view` say what there is to say over the rows, from now on. */
  tell(view: vscode.TreeView<ReviewRow>, redraw: () => void): void;
}

/** Drawn at most so often. */
const COALESCE_MS = 100;

export function createReview(front: Front): Review {
  const subjects = createReviewSubjects(front.loops, front.memory);
  const context: ReviewContext = { front, subjects };
  const changed = createChangedFiles(context);
  /** In the order in which they are shown. */
  const sections: readonly ReviewSection[] = [changed];
  const told: { readonly view: vscode.TreeView<ReviewRow>; readonly redraw: () => void }[] = [];
  const draw = coalesce(COALESCE_MS, () => {
    const subject = subjects.current;
    const said = sections.map((section) => section.summary(subject)).filter(Boolean);
    for (const { view, redraw } of told) {
      if ((view.message ?? '') !== said.join(' ')) view.message = said.join(' ');
      redraw();
    }
  });
  const listening = [subjects.onChange(draw.soon), ...sections.map(({ onChange }) => onChange(draw.soon))];
  return {
    subjects,
    changed,
    files: createCommitFiles(front.loops),
    rows: async (of) => {
      if (of) return (await of.children?.()) ?? [];
      const subject = subjects.current;
      return sections.flatMap((section) => section.heading(subject) ?? []);
    },
    tell: (view, redraw) => {
      told.push({ view, redraw });
      draw.soon();
    },
    dispose: () => {
      for (const each of [...listening, draw, ...sections, subjects]) each.dispose();
    },
  };
}
