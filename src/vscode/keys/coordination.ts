import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Front } from '../front.ts';
import { createStoreTree } from './store-tree.ts';

const VIEW_TYPE = 'cfn.keys';

export interface Coordination extends vscode.Disposable {
  /** `key`: as bytes, to be shown in it. */
  show(key: string | null): void;
}

/** Most windows never look at the store; the first look brings what it is made of. */
export function createCoordination(extension: vscode.Uri, front: Front): Coordination {
  let loaded: ReturnType<typeof load> | null = null;
  const load = async () => (await import('./keys-view.ts')).createKeysView(VIEW_TYPE, extension, front);
  const view = () => (loaded ??= load());
  const serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
    deserializeWebviewPanel: async (panel, state: unknown) => (await view()).restore(panel, state),
  });
  const tree = createStoreTree(front);
  return {
    show: (key) => {
      view().then(
        (keys) => keys.show(key),
        (error: unknown) =>
          front.messages.failed({
            kind: 'internal',
            message: l10n.t('The coordination view could not be loaded: {0}', String(error)),
          }),
      );
    },
    dispose: () => {
      serializer.dispose();
      tree.dispose();
      void loaded?.then((keys) => keys.dispose());
    },
  };
}
