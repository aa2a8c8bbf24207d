import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { hunkAt, standingOf, type HunkChoice, type Standing } from '../../domain/review/choices.ts';
import type { FileHunks, Hunk } from '../../domain/review/hunks.ts';
import { within } from '../../domain/review/ranges.ts';
import type { ComparedFileSide } from './comparison.ts';

function lineMark(color: string, textDecoration: string) {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderStyle: 'solid',
    borderWidth: '0 0 0 4px',
    borderColor: new vscode.ThemeColor(color),
    overviewRulerColor: new vscode.ThemeColor(color),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    textDecoration,
  });
}

/** The colour alone tells nobody who cannot see it. */
function signMark(color: string, sign: string) {
  const before = { contentText: sign, margin: '0 0.6em 0 0.4em', color: new vscode.ThemeColor(color) };
  return vscode.window.createTextEditorDecorationType({ before });
}

export interface MarkedLines {
  readonly accepted: readonly number[];
  readonly rejected: readonly number[];
}

export interface Marks extends vscode.Disposable {
  draw(editor: vscode.TextEditor, lines: MarkedLines): void;
}

export function createMarks(): Marks {
  const [passed, failed] = ['testing.iconPassed', 'testing.iconFailed'];
  const accepted = [lineMark(passed, ''), signMark(passed, '✓')] as const;
  const rejected = [lineMark(failed, 'line-through'), signMark(failed, '✗')] as const;
  const draw = (editor: vscode.TextEditor, [line, sign]: typeof accepted, lines: readonly number[]): void => {
    const range = (each: number) => new vscode.Range(each, 0, each, 0);
    const firsts = lines.filter((each, at) => each !== (lines[at - 1] ?? -2) + 1);
    editor.setDecorations(line, lines.map(range));
    editor.setDecorations(sign, firsts.map(range));
  };
  return {
    draw: (editor, lines) => {
      draw(editor, accepted, lines.accepted);
      draw(editor, rejected, lines.rejected);
    },
    dispose: () => {
      for (const mark of [...accepted, ...rejected]) mark.dispose();
    },
  };
}

/** Lines of one side that were accepted and rejected, counted from 0. */
export function markedLines(
  file: FileHunks,
  choices: readonly HunkChoice[],
  side: ComparedFileSide['side'],
): MarkedLines {
  const marked: { readonly accepted: number[]; readonly rejected: number[] } = { accepted: [], rejected: [] };
  for (const hunk of file.hunks) {
    const choice = choices.find((each) => each.path === file.path && each.hunk === hunk.id);
    if (!choice) continue;
    const [start, end] = hunk[side];
    const first = side === 'before' ? 0 : hunk.removed.length;
    for (let line = start; line < end; line += 1) {
      if (within(choice.accepted, first + line - start)) marked.accepted.push(line);
      if (within(choice.rejected, first + line - start)) marked.rejected.push(line);
    }
  }
  return marked;
}

const WORDS: Readonly<Record<Standing, string>> = {
  accepted: l10n.t('accepted'),
  rejected: l10n.t('rejected'),
  undecided: l10n.t('undecided'),
  part: l10n.t('partly decided'),
};

export const standingWord = (choices: readonly HunkChoice[], path: string, hunk: Hunk): string =>
  WORDS[standingOf(choices, path, hunk)];

/** `Hunk 2 of 5, rejected`: for the status bar, and for people who hear it. */
export function placeText(
  file: FileHunks,
  choices: readonly HunkChoice[],
  at: { readonly side: ComparedFileSide['side']; readonly line: number },
): string {
  const all = file.hunks.length;
  const decided = file.hunks.filter((hunk) => standingOf(choices, file.path, hunk) !== 'undecided').length;
  const hunk = file.whole ? file.hunks[0] : hunkAt(file, at.side, at.line);
  if (!hunk) return l10n.t('{0} of {1} hunks decided', decided, all);
  const standing = standingWord(choices, file.path, hunk);
  if (file.whole) return l10n.t('Whole file, {0}', standing);
  return l10n.t('Hunk {0} of {1}, {2}', file.hunks.indexOf(hunk) + 1, all, standing);
}
