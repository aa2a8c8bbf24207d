import * as vscode from 'vscode';
import type { Loops } from '../loops.ts';

const isEpic = ({ languageId }: vscode.TextDocument) => languageId === 'cfn-epic';

/** Most windows never open an epic; the first one brings what the editor knows about them. */
export function registerEpicLanguage(loops: Loops): vscode.Disposable {
  let loaded: Promise<vscode.Disposable> | null = null;
  const load = () => {
    opening.dispose();
    loaded ??= import('./epic-language.ts').then(({ epicLanguage }) => epicLanguage(loops));
  };
  const opening = vscode.workspace.onDidOpenTextDocument((document) => {
    if (isEpic(document)) load();
  });
  if (vscode.workspace.textDocuments.some(isEpic)) load();
  return {
    dispose: () => {
      opening.dispose();
      void loaded?.then((language) => language.dispose());
    },
  };
}
