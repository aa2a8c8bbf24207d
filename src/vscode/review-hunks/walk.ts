import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Command, Front } from '../front.ts';
import { openFileDiff } from '../review/diffs.ts';
import { failedState, nextUndecided, obstacleTo } from './choose.ts';
import type { ComparedFileSide } from './comparison.ts';
import type { HunkReview } from './hunk-review.ts';

type Direction = 'next' | 'previous';

async function here(front: Front) {
  const review = await front.hunks();
  const editor = vscode.window.activeTextEditor;
  const about = editor && (await review.compared(editor));
  if (editor && about) return { review, editor, about };
  failedState(front, obstacleTo(null, []) ?? '');
  return null;
}

/** The file after this one in the comparison, in the same kind of editor; false behind the last. */
async function goToFile(
  front: Front,
  { review, about }: { readonly review: HunkReview; readonly about: ComparedFileSide },
  direction: Direction,
): Promise<boolean> {
  const opened = await review.source.review();
  const compared = opened.ok ? await opened.value?.compare(about.from, about.to) : undefined;
  if (!compared?.ok) return false;
  const at = compared.value.findIndex(({ before, after }) => (after ?? before)?.path === about.path);
  const file = at < 0 ? undefined : compared.value[direction === 'next' ? at + 1 : at - 1];
  if (!file) return false;
  const { taskId, from, to } = about;
  const { current } = (await front.review()).subjects;
  const known = [current?.from, current?.to];
  const side = (commit: string) =>
    known.find((each) => each?.commit === commit) ?? { commit, name: commit.slice(0, 7) };
  await openFileDiff({ taskId, from: side(from), to: side(to) }, file, { preview: true });
  return true;
}

function reveal(editor: vscode.TextEditor, line: number): void {
  const place = new vscode.Position(line, 0);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

const toHunk =
  (direction: Direction): Command =>
  async (front) => {
    const found = await here(front);
    const shown = found && (await found.review.source.read(found.about));
    if (!found || !shown) return;
    const { review, editor, about } = found;
    const choices = shown.place ? review.choices.of(shown.place) : [];
    const { line } = editor.selection.active;
    const hunk = nextUndecided(shown.file, choices, { line, side: about.side, direction });
    if (hunk) return reveal(editor, Math.min(hunk[about.side][0], editor.document.lineCount - 1));
    if (!(await goToFile(front, { review, about }, direction)))
      review.say(l10n.t('There is no further undecided hunk.'));
  };

const toFile =
  (direction: Direction): Command =>
  async (front) => {
    const found = await here(front);
    if (found && !(await goToFile(front, found, direction)))
      found.review.say(l10n.t('There is no further file.'));
  };

export const nextHunk = toHunk('next');
export const previousHunk = toHunk('previous');
export const nextFile = toFile('next');
export const previousFile = toFile('previous');
