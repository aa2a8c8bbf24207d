import * as vscode from 'vscode';
import { sectionsOf } from './place.ts';

/** Front matter, sections and their headings fold, as in Markdown. */
export const foldingProvider: vscode.FoldingRangeProvider = {
  provideFoldingRanges: (document) => {
    const lines = document.getText().split(/\r\n|\n|\r/);
    const folds = sectionsOf(lines).flatMap(({ from, to, kind, headings }) => [
      ...(kind === 'description' ? [] : [{ from, to }]),
      ...headings,
    ]);
    return folds
      .map(({ from, to }) => ({ from, to: lastWritten(lines, from, to) }))
      .filter(({ from, to }) => to > from)
      .map(({ from, to }) => new vscode.FoldingRange(from, to));
  },
};

/** Blank lines before the next heading stay visible. */
function lastWritten(lines: readonly string[], from: number, to: number): number {
  let last = to;
  while (last > from && (lines[last] ?? '').trim() === '') last -= 1;
  return last;
}
