/** What the editor knows about `*.cfn.md`, by the schema that also runs them. */
import * as vscode from 'vscode';
import type { Loops } from '../loops.ts';
import { bodyLinkProvider } from './body-links.ts';
import { completionProvider, hoverProvider } from './completion.ts';
import { foldingProvider } from './folding.ts';
import { formatProvider } from './format.ts';
import { createEpicLenses } from './lens.ts';
import { outlineProvider } from './outline.ts';
import { fixProvider, watchEpics } from './problems.ts';

export { openNewEpic } from './templates.ts';

export function epicLanguage(loops: Loops): vscode.Disposable {
  const epics: vscode.DocumentSelector = { language: 'cfn-epic' };
  const lenses = createEpicLenses(loops);
  return vscode.Disposable.from(
    watchEpics(loops),
    lenses,
    vscode.languages.registerCodeLensProvider(epics, lenses),
    vscode.languages.registerCompletionItemProvider(epics, completionProvider(loops), ' ', '[', ',', '@'),
    vscode.languages.registerHoverProvider(epics, hoverProvider),
    vscode.languages.registerDocumentSymbolProvider(epics, outlineProvider),
    vscode.languages.registerDocumentFormattingEditProvider(epics, formatProvider),
    vscode.languages.registerFoldingRangeProvider(epics, foldingProvider),
    vscode.languages.registerDocumentLinkProvider(epics, bodyLinkProvider),
    vscode.languages.registerCodeActionsProvider(epics, fixProvider, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
  );
}
