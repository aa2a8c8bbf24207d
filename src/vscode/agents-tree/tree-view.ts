import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Listen } from '../../base/emitter.ts';
import { childrenOf } from './agent-rows.ts';
import { createDrawing, type Drawing, type DrawingDeps } from './drawing.ts';
import type { Row } from './row.ts';

/** Ages and counts are brought up to date so often while something runs. */
const FIGURES_MS = 10_000;

const hasChildren = (row: Row): boolean => (row.kind === 'agent' ? row.files : row.children).length > 0;

function treeItem(row: Row): vscode.TreeItem {
  const fold = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(
    row.label,
    !hasChildren(row) ? fold.None : row.expanded ? fold.Expanded : fold.Collapsed,
  );
  item.id = row.id;
  item.description = row.description;
  item.contextValue = row.context;
  item.accessibilityInformation = { label: `${row.label}, ${row.description}` };
  if (row.kind === 'file') {
    // The theme's icon for the type of file.
    item.iconPath = vscode.ThemeIcon.File;
    item.resourceUri = vscode.Uri.file(`${row.agent.worktree ?? ''}/${row.path}`);
    item.command = { command: 'cfn.showFileDiff', title: l10n.t('Show Diff'), arguments: [row] };
    return item;
  }
  const colour = row.icon.color ? new vscode.ThemeColor(row.icon.color) : undefined;
  item.iconPath = new vscode.ThemeIcon(row.icon.id, colour);
  if (row.kind === 'loop')
    item.command = { command: 'cfn.showLoop', title: l10n.t('Open'), arguments: [row] };
  if (row.kind === 'inbox')
    item.command = { command: 'cfn.answer', title: l10n.t('Answer'), arguments: [row] };
  return item;
}

export interface TreeOptions {
  readonly rows: DrawingDeps['rows'];
  readonly changes: readonly Listen<void>[];
  /** Something runs, so ages go on. */
  readonly ages: () => boolean;
  readonly drag?: vscode.TreeDragAndDropController<Row>;
}

export interface Tree extends vscode.Disposable {
  readonly view: vscode.TreeView<Row>;
}

/** Draws what changed, at most ten times a second and only while the view can be seen. */
export function createTree(id: string, options: TreeOptions): Tree {
  const changed = new vscode.EventEmitter<Row[] | undefined>();
  const drawing: Drawing = createDrawing({
    rows: options.rows,
    isVisible: () => view.visible,
    draw: (rows) => changed.fire(rows),
  });
  const view = vscode.window.createTreeView<Row>(id, {
    showCollapseAll: id === 'cfn.agents',
    canSelectMany: true,
    ...(options.drag ? { dragAndDropController: options.drag } : {}),
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (row) => [...(row ? childrenOf(row) : drawing.roots())],
      getTreeItem: treeItem,
      resolveTreeItem: (item, row) => Object.assign(item, { tooltip: row.tooltip(Date.now()) }),
    },
  });
  const listening = [
    ...options.changes.map((listen) => listen(drawing.soon)),
    view.onDidChangeVisibility(drawing.figures),
  ];
  const figures = setInterval(() => {
    if (options.ages()) drawing.figures();
  }, FIGURES_MS);
  drawing.figures();
  return {
    view,
    dispose: () => {
      clearInterval(figures);
      for (const each of [...listening, drawing, view, changed]) each.dispose();
    },
  };
}
