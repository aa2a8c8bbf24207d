import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Loops } from '../loops.ts';
import { observeWhileVisible } from './observation.ts';
import { inboxRows, loopRow, type Row } from './rows.ts';

/** Trees tell ages, so they are drawn again while something runs. */
const AGE_INTERVAL_MS = 10_000;
/** Many changes in a burst are one drawing. */
const COALESCE_MS = 150;

function treeItem(row: Row): vscode.TreeItem {
  const fold = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(
    row.label,
    row.children.length === 0 ? fold.None : row.expanded ? fold.Expanded : fold.Collapsed,
  );
  item.id = row.id;
  item.description = row.description;
  item.tooltip = row.tooltip;
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
    item.command = { command: row.command, title: l10n.t('Answer'), arguments: [row] };
  return item;
}

interface Tree extends vscode.Disposable {
  readonly view: vscode.TreeView<Row>;
}

function createTree(id: string, loops: Loops, rows: () => readonly Row[]): Tree {
  const changed = new vscode.EventEmitter<void>();
  const view = vscode.window.createTreeView<Row>(id, {
    showCollapseAll: id === 'cfn.agents',
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (row) => [...(row ? row.children : rows())],
      getTreeItem: treeItem,
    },
  });
  let pending: NodeJS.Timeout | undefined;
  const listening = loops.onChange(() => {
    pending ??= setTimeout(() => {
      pending = undefined;
      changed.fire();
    }, COALESCE_MS);
  });
  const ages = setInterval(() => {
    if (view.visible && loops.views().some((each) => each.outcome === null)) changed.fire();
  }, AGE_INTERVAL_MS);
  return {
    view,
    dispose: () => {
      clearTimeout(pending);
      clearInterval(ages);
      listening.dispose();
      view.dispose();
      changed.dispose();
    },
  };
}

/** The two trees of the container; the badge counts what needs a person. */
export function createTrees(loops: Loops): vscode.Disposable {
  const agents = createTree('cfn.agents', loops, () =>
    loops
      .views()
      .filter((view) => !view.archived)
      .map((view) => loopRow(view, Date.now())),
  );
  const inbox = createTree('cfn.inbox', loops, () => inboxRows(loops.views(), Date.now()));
  const announce = () => {
    const waiting = inboxRows(loops.views(), Date.now()).length;
    inbox.view.message = waiting === 0 && loops.state === 'ready' ? l10n.t('Nothing needs you.') : '';
    // The whole container shows it, the inbox folded or not.
    agents.view.badge =
      waiting === 0
        ? undefined
        : {
            value: waiting,
            tooltip: waiting === 1 ? l10n.t('1 needs you') : l10n.t('{0} need you', waiting),
          };
    agents.view.message = loops.state === 'problem' ? (loops.problem ?? '') : '';
  };
  announce();
  const listening = loops.onChange(announce);
  return vscode.Disposable.from(listening, observeWhileVisible(loops, agents.view), agents, inbox);
}
