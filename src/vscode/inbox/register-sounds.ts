import * as vscode from 'vscode';
import type { Front } from '../front.ts';

/** Nothing of sounds is loaded before the person switches them on. */
export function registerSounds(front: Front): vscode.Disposable {
  let sounds: Promise<vscode.Disposable> | null = null;
  const look = (): void => {
    if (vscode.workspace.getConfiguration('cfn').get('notifications.sound', 'off') === 'off') return;
    sounds ??= import('./sounds.ts').then(({ startSounds }) => startSounds(front));
  };
  look();
  const listening = vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration('cfn.notifications.sound')) look();
  });
  return {
    dispose: () => {
      listening.dispose();
      void sounds?.then((started) => started.dispose());
    },
  };
}
