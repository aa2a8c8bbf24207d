import * as vscode from 'vscode';
import { loadOnce } from '../../base/load-once.ts';
import type { Front } from '../front.ts';
import { COMMIT_SCHEME } from './commit-uri.ts';
import type { Review } from './review.ts';
import type { ReviewRow } from './section.ts';

/** A file system that is loaded when a document of it is opened for the first time. */
function lazyFiles(files: () => Promise<vscode.FileSystemProvider>): vscode.FileSystemProvider {
  return {
    onDidChangeFile: () => ({ dispose: () => undefined }),
    watch: () => ({ dispose: () => undefined }),
    stat: async (uri) => (await files()).stat(uri),
    readFile: async (uri) => (await files()).readFile(uri),
    readDirectory: async (uri) => (await files()).readDirectory(uri),
    createDirectory: async (uri) => (await files()).createDirectory(uri),
    writeFile: async (uri, ...rest) => (await files()).writeFile(uri, ...rest),
    delete: async (uri, ...rest) => (await files()).delete(uri, ...rest),
    rename: async (uri, ...rest) => (await files()).rename(uri, ...rest),
  };
}

export interface LazyReview extends vscode.Disposable {
  /** Loads it if need be. */
  get(): Promise<Review>;
}

/** The view stands from the start; what fills it is loaded when it is seen for the first time. */
export function registerReview(front: () => Front): LazyReview {
  const changed = new vscode.EventEmitter<void>();
  const { get, ifLoaded } = loadOnce(async (): Promise<Review> => {
    const { createReview } = await import('./review.ts');
    return createReview(front(), view, () => changed.fire());
  });
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
  const files = vscode.workspace.registerFileSystemProvider(
    COMMIT_SCHEME,
    lazyFiles(async () => (await get()).files),
    { isReadonly: true, isCaseSensitive: true },
  );
  return {
    get,
    dispose: () => {
      files.dispose();
      checking.dispose();
      view.dispose();
      changed.dispose();
      ifLoaded((review) => review.dispose());
    },
  };
}
