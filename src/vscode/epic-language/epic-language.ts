/** What the editor knows about `*.cfn.md`, by the schema that also runs them. */
import * as vscode from 'vscode';
import type { Loops } from '../loops.ts';
import { completionProvider, hoverProvider } from './completion.ts';
import { createEpicLenses } from './lens.ts';
import { outlineProvider } from './outline.ts';
import { fixProvider, watchEpics } from './problems.ts';

export function epicLanguage(loops: Loops): vscode.Disposable {
  const epics: vscode.DocumentSelector = { language: 'cfn-epic' };
  const lenses = createEpicLenses(loops);
  return vscode.Disposable.from(
    watchEpics(),
    lenses,
    vscode.languages.registerCodeLensProvider(epics, lenses),
    vscode.languages.registerCompletionItemProvider(epics, completionProvider(loops), ' ', '[', ','),
    vscode.languages.registerHoverProvider(epics, hoverProvider),
    vscode.languages.registerDocumentSymbolProvider(epics, outlineProvider),
    vscode.languages.registerCodeActionsProvider(epics, fixProvider, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
  );
}
