import type * as vscode from 'vscode';
import type { Listen } from '../../base/emitter.ts';
import type { Front } from '../front.ts';
import type { ReviewSubject, ReviewSubjects } from './subjects.ts';

/** A line of the review view. Commands of its menu get the row itself, with whatever else it carries. */
export interface ReviewRow {
  /** Stable over refreshes, so that folds and selection are kept; begins with its section's name. */
  readonly id: string;
  /** Asked for when it is drawn. */
  item(): vscode.TreeItem;
  /** Asked for when it is unfolded. */
  children?(): readonly ReviewRow[] | Promise<readonly ReviewRow[]>;
  /** Of rows with a checkbox. */
  check?(checked: boolean): void;
}

/** One group of the review view: findings, changed files, iterations. It owns what it shows. */
export interface ReviewSection {
  /**
   * Its heading, which holds its rows; null while there is nothing to show. Without a subject no loop has combined
   * anything yet.
   */
  heading(subject: ReviewSubject | null): ReviewRow | null;
  /** Its part of the line over the tree, a sentence or several; '' for none. */
  summary(subject: ReviewSubject | null): string;
  /** Fires when heading, rows or summary may be others than before; drawn at most ten times a second. */
  readonly onChange: Listen<void>;
  dispose(): void;
}

/** What sections are made with. */
export interface ReviewContext {
  readonly front: Front;
  readonly subjects: ReviewSubjects;
  readonly view: Pick<vscode.TreeView<ReviewRow>, 'visible' | 'onDidChangeVisibility'>;
}
