import * as vscode from 'vscode';
import type { Front } from '../front.ts';
import type { Review } from './review.ts';
import type { ReviewRow } from './section.ts';

export interface LazyReview extends vscode.Disposable {
  /** Loads it if need be. */
  get(): Promise<Review>;
}

/** The view stands from the start; what fills it is loaded when it is seen for the first time. */
export function registerReview(front: () => Front): LazyReview {
  const changed = new vscode.EventEmitter<void>();
  let loading: Promise<Review> | null = null;
  const get = (): Promise<Review> =>
    (loading ??= import('./review.ts').then(({ createReview }) => {
      const review = createReview(front());
      review.tell(view, () => changed.fire());
      return review;
    }));
  const view = vscode.window.createTreeView<ReviewRow>('cfn.review', {
    canSelectMany: true,
    showCollapseAll: true,
    manageCheckboxStateManually: true,
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: async (row) => [...(await (await get()).rows(row))],
      getTreeItem: (row) => row.item(),
    },
  });
  const checking = view.onDidChangeCheckboxState(({ items }) => {
    for (const [row, state] of items) row.check?.(state === vscode.TreeItemCheckboxState.Checked);
  });
  return {
    get,
    dispose: () => {
      checking.dispose();
      view.dispose();
      changed.dispose();
      void loading?.then((review) => review.dispose());
    },
  };
}
