import * as vscode from 'vscode';
import type { Front } from '../front.ts';
import type { HunkReview } from './hunk-review.ts';

export interface LazyHunkReview extends vscode.Disposable {
  /** Loads it if need be. */
  get(): Promise<HunkReview>;
}

/** Loaded once a document of a commit is seen. */
export function registerHunkReview(front: () => Front): LazyHunkReview {
  let loading: Promise<HunkReview> | null = null;
  const get = (): Promise<HunkReview> =>
    (loading ??= import('./hunk-review.ts').then(({ createHunkReview }) => createHunkReview(front())));
  const look = (editors: readonly vscode.TextEditor[]): void => {
    if (editors.some(({ document }) => document.uri.scheme === 'cfn-commit')) void get();
  };
  const listening = vscode.window.onDidChangeVisibleTextEditors(look);
  // Tabs from before a reload.
  look(vscode.window.visibleTextEditors);
  return {
    get,
    dispose: () => {
      listening.dispose();
      void loading?.then((review) => review.dispose());
    },
  };
}
