import * as vscode from 'vscode';
import { sectionsOf, type EpicSection } from './place.ts';

const KINDS: Readonly<Record<EpicSection['kind'], vscode.SymbolKind>> = {
  settings: vscode.SymbolKind.Namespace,
  description: vscode.SymbolKind.String,
  list: vscode.SymbolKind.Array,
  unread: vscode.SymbolKind.Null,
};

export const outlineProvider: vscode.DocumentSymbolProvider = {
  provideDocumentSymbols: (document) =>
    sectionsOf(document.getText().split(/\r\n|\n|\r/)).map(({ title, kind, from, to }) => {
      const first = document.lineAt(Math.min(from, document.lineCount - 1)).range;
      const whole = first.union(document.lineAt(Math.min(to, document.lineCount - 1)).range);
      const detail = kind === 'unread' ? 'not given to the agents' : '';
      return new vscode.DocumentSymbol(title, detail, KINDS[kind], whole, first);
    }),
};
