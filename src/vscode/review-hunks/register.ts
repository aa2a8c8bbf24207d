import * as vscode from 'vscode';
import { loadOnce } from '../../base/load-once.ts';
import type { Front } from '../front.ts';
import { COMMIT_SCHEME } from '../review/commit-uri.ts';
import type { HunkReview } from './hunk-review.ts';

export interface LazyHunkReview extends vscode.Disposable {
  /** Loads it if need be. */
  get(): Promise<HunkReview>;
}

/** Loaded once a document of a commit is seen. */
export function registerHunkReview(front: () => Front): LazyHunkReview {
  const { get, ifLoaded } = loadOnce(async () => {
    const { createHunkReview } = await import('./hunk-review.ts');
    return createHunkReview(front());
  });
  const look = (editors: readonly vscode.TextEditor[]): void => {
    if (editors.some(({ document }) => document.uri.scheme === COMMIT_SCHEME)) void get();
  };
  const listening = vscode.window.onDidChangeVisibleTextEditors(look);
  // Tabs from before a reload.
  look(vscode.window.visibleTextEditors);
  return {
    get,
    dispose: () => {
      listening.dispose();
      ifLoaded((review) => review.dispose());
    },
  };
}
