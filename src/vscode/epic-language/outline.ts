import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { sectionsOf, type EpicHeading, type EpicSection } from './place.ts';

const KINDS: Readonly<Record<EpicSection['kind'], vscode.SymbolKind>> = {
  settings: vscode.SymbolKind.Namespace,
  description: vscode.SymbolKind.String,
  list: vscode.SymbolKind.Array,
  unread: vscode.SymbolKind.Null,
};

export const outlineProvider: vscode.DocumentSymbolProvider = {
  provideDocumentSymbols: (document) => {
    const lineAt = (line: number) => document.lineAt(Math.min(line, document.lineCount - 1)).range;
    return sectionsOf(document.getText().split(/\r\n|\n|\r/)).map(({ title, kind, from, to, headings }) => {
      const first = lineAt(from);
      const detail = kind === 'unread' ? l10n.t('not given to the agents') : '';
      const section = new vscode.DocumentSymbol(title, detail, KINDS[kind], first.union(lineAt(to)), first);
      section.children = nested(headings, lineAt);
      return section;
    });
  },
};

/** Each heading below the nearest one before it of a higher level. */
function nested(
  headings: readonly EpicHeading[],
  lineAt: (line: number) => vscode.Range,
): vscode.DocumentSymbol[] {
  const top: vscode.DocumentSymbol[] = [];
  const open: { readonly level: number; readonly children: vscode.DocumentSymbol[] }[] = [];
  for (const { title, level, from, to } of headings) {
    const range = lineAt(from).union(lineAt(to));
    const symbol = new vscode.DocumentSymbol(title, '', vscode.SymbolKind.String, range, lineAt(from));
    while ((open.at(-1)?.level ?? 0) >= level) open.pop();
    (open.at(-1)?.children ?? top).push(symbol);
    open.push({ level, children: symbol.children });
  }
  return top;
}
