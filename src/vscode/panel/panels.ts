import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Front } from '../front.ts';

const VIEW_TYPE = 'cfn.loop';

export interface Panels extends vscode.Disposable {
  show(taskId: string | null): void;
}

/** Most windows never open a panel; the first one brings what it is made of. */
export function createPanels(extension: vscode.Uri, front: () => Front): Panels {
  let loaded: ReturnType<typeof load> | null = null;
  const load = async () => (await import('./loop-panels.ts')).createLoopPanels(VIEW_TYPE, extension, front());
  const panels = () => (loaded ??= load());
  const serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
    deserializeWebviewPanel: async (panel, state: unknown) => (await panels()).restore(panel, state),
  });
  return {
    show: (taskId) => {
      panels().then(
        (all) => all.show(taskId),
        (error: unknown) =>
          front().messages.failed({
            kind: 'internal',
            message: l10n.t('The panel could not be loaded: {0}', String(error)),
          }),
      );
    },
    dispose: () => {
      serializer.dispose();
      void loaded?.then((all) => all.dispose());
    },
  };
}
