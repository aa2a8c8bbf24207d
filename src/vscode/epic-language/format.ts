import * as vscode from 'vscode';
import { formatFrontMatter } from '../../protocol/epic-format.ts';

/** The front matter alone: the body is the author's, byte for byte. */
export const formatProvider: vscode.DocumentFormattingEditProvider = {
  provideDocumentFormattingEdits: (document) => {
    const lines = document.getText().split(/\r\n|\n|\r/);
    if (lines[0]?.replace(/^\uFEFF/, '').trimEnd() !== '---') return [];
    const closing = lines.findIndex((line, index) => index > 0 && /^---\s*$/.test(line));
    if (closing < 2) return [];
    const formatted = formatFrontMatter(lines.slice(1, closing).join('\n'));
    if (formatted === null) return [];
    const range = new vscode.Range(1, 0, closing - 1, lines[closing - 1]?.length ?? 0);
    const end = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
    return [vscode.TextEdit.replace(range, formatted.replaceAll('\n', end))];
  },
};
