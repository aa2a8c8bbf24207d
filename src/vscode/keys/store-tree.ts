import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Front } from '../front.ts';
import type { StoreRow } from './store-rows.ts';
import type { StoreWatch } from './store-watch.ts';

/** What the sidebar tells of the store; each row opens the view. */
export function createStoreTree(front: Pick<Front, 'loops' | 'channel'>): vscode.Disposable {
  const { loops, channel } = front;
  const changed = new vscode.EventEmitter<void>();
  const view = vscode.window.createTreeView<StoreRow>('cfn.coordination', {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (row) => [...(row ? row.children : (watch?.rows ?? []))],
      getTreeItem: treeItem,
    },
  });
  let watch: StoreWatch | null = null;
  let disposed = false;

  async function sync(): Promise<void> {
    if (!watch && view.visible && loops.state === 'ready') {
      const { createStoreWatch } = await import('./keys-view.ts');
      if (disposed) return;
      watch ??= createStoreWatch(loops, () => changed.fire(), warn);
    }
    watch?.setVisible(view.visible);
  }
  const warn = (error: unknown) => channel.warn(`The store cannot be looked at: ${String(error)}`);
  const quietly = () => void sync().catch(warn);
  const listening = [
    view.onDidChangeVisibility(quietly),
    loops.onChange(() => {
      if (!watch) quietly();
    }),
    loops.onStoreChange(quietly),
  ];
  return {
    dispose: () => {
      disposed = true;
      for (const each of listening) each.dispose();
      watch?.dispose();
      view.dispose();
      changed.dispose();
    },
  };
}

function treeItem(row: StoreRow): vscode.TreeItem {
  const fold = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(row.label, row.children.length === 0 ? fold.None : fold.Expanded);
  item.id = row.id;
  item.description = row.description;
  item.iconPath = new vscode.ThemeIcon(row.icon);
  item.tooltip = row.description === '' ? row.label : `${row.label}\n${row.description}`;
  item.contextValue = row.key === null ? row.id : 'key';
  item.accessibilityInformation = { label: `${row.label}, ${row.description}` };
  if (row.children.length === 0) {
    const title = l10n.t('Show Coordination');
    item.command = {
      command: 'cfn.showCoordination',
      title,
      arguments: row.key === null ? [] : [{ key: row.key }],
    };
  }
  return item;
}
