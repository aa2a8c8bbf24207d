/** Links of an epic's body to files beside it; links to addresses are the editor's own. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { relativeLinks } from './place.ts';

const linesOf = (document: vscode.TextDocument) => document.getText().split(/\r\n|\n|\r/);

function targetOf(document: vscode.TextDocument, path: string): vscode.Uri | null {
  if (document.isUntitled) return null;
  const [file = ''] = path.split('#');
  try {
    return vscode.Uri.joinPath(document.uri, '..', decodeURIComponent(file));
  } catch {
    return null;
  }
}

export const bodyLinkProvider: vscode.DocumentLinkProvider = {
  provideDocumentLinks: (document) =>
    relativeLinks(linesOf(document)).flatMap(({ line, from, to, path }) => {
      const target = targetOf(document, path);
      return target ? [new vscode.DocumentLink(new vscode.Range(line, from, line, to), target)] : [];
    }),
};

export async function brokenLinks(document: vscode.TextDocument): Promise<readonly vscode.Diagnostic[]> {
  const found: vscode.Diagnostic[] = [];
  for (const { line, from, to, path } of relativeLinks(linesOf(document))) {
    const target = targetOf(document, path);
    if (!target) continue;
    const isThere = await vscode.workspace.fs.stat(target).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    const range = new vscode.Range(line, from, line, to);
    found.push(
      new vscode.Diagnostic(range, l10n.t('There is no file {0}.', path), vscode.DiagnosticSeverity.Warning),
    );
  }
  return found;
}
