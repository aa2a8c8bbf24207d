import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Loops } from '../loops.ts';
import { observeShown } from '../observed-loops.ts';
import { inboxRows, loopRow, type Row } from './rows.ts';
import { createShownRows } from './shown-rows.ts';

/** Ages and counts are brought up to date so often while something runs. */
const FIGURES_MS = 10_000;
/** Many changes in a burst are one drawing, and there are at most ten of them a second. */
const COALESCE_MS = 100;

function treeItem(row: Row): vscode.TreeItem {
  const fold = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(
    row.label,
    row.children.length === 0 ? fold.None : row.expanded ? fold.Expanded : fold.Collapsed,
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
    item.command = { command: row.command, title: l10n.t('Answer'), arguments: [row] };
  return item;
}

interface Tree extends vscode.Disposable {
  readonly view: vscode.TreeView<Row>;
}

function createTree(id: string, loops: Loops, rows: () => readonly Row[]): Tree {
  const changed = new vscode.EventEmitter<Row[] | undefined>();
  const shown = createShownRows();
  const view = vscode.window.createTreeView<Row>(id, {
    showCollapseAll: id === 'cfn.agents',
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (row) => [...(row ?? { children: shown.roots() }).children],
      getTreeItem: treeItem,
      resolveTreeItem: (item, row) => Object.assign(item, { tooltip: row.tooltip(Date.now()) }),
    },
  });
  const draw = (figures: boolean): void => {
    if (!view.visible) return;
    const redraw = shown.update(rows(), figures);
    if (redraw.all) changed.fire(undefined);
    else if (redraw.rows.length > 0) changed.fire([...redraw.rows]);
  };
  let pending: NodeJS.Timeout | undefined;
  const soon = (): void => {
    pending ??= setTimeout(() => {
      pending = undefined;
      draw(false);
    }, COALESCE_MS);
  };
  const listening = vscode.Disposable.from(
    loops.onChange(soon),
    view.onDidChangeVisibility(() => draw(true)),
  );
  const figures = setInterval(() => {
    if (loops.views().some((each) => each.outcome === null)) draw(true);
  }, FIGURES_MS);
  draw(true);
  return {
    view,
    dispose: () => {
      clearTimeout(pending);
      clearInterval(figures);
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
    say(inbox.view, waiting === 0 && loops.state === 'ready' ? l10n.t('Nothing needs you.') : '');
    // The whole container shows it, the inbox folded or not.
    agents.view.badge =
      waiting === 0
        ? undefined
        : {
            value: waiting,
            tooltip: waiting === 1 ? l10n.t('1 needs you') : l10n.t('{0} need you', waiting),
          };
    say(agents.view, loops.state === 'problem' ? (loops.problem ?? '') : '');
  };
  announce();
  const listening = loops.onChange(announce);
  const observing = observeShown(
    loops,
    () => (agents.view.visible ? 'all' : []),
    agents.view.onDidChangeVisibility,
  );
  return vscode.Disposable.from(listening, observing, agents, inbox);
}

/** Setting what is set already would draw the view again. */
function say(view: vscode.TreeView<unknown>, message: string): void {
  if ((view.message ?? '') !== message) view.message = message;
}
