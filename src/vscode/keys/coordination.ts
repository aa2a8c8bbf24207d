import { l10n } from 'vscode';
import type * as vscode from 'vscode';
import type { Front } from '../front.ts';
import { createLazyTab, type LazyTab } from '../lazy-tab.ts';
import { createStoreTree } from './store-tree.ts';

const VIEW_TYPE = 'cfn.keys';

/** Shows a key, as bytes; null: none in particular. */
export function createCoordination(extension: vscode.Uri, front: Front): LazyTab<string | null> {
  const tab = createLazyTab<string | null>({
    viewType: VIEW_TYPE,
    load: async () => (await import('./keys-view.ts')).createKeysView(VIEW_TYPE, extension, front),
    messages: () => front.messages,
    problem: (error) => l10n.t('The coordination view could not be loaded: {0}', String(error)),
  });
  const tree = createStoreTree(front);
  return {
    show: (key) => tab.show(key),
    dispose: () => {
      tab.dispose();
      tree.dispose();
    },
  };
}
