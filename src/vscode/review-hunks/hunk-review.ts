/** Accepting and rejecting what loops changed; loaded with the first document of a commit. */
import * as vscode from 'vscode';
import { coalesce } from '../../base/coalesce.ts';
import type { Front } from '../front.ts';
import type { ReviewSubject } from '../review/subjects.ts';
import { createChoiceStore, type ChoiceStore } from './choice-store.ts';
import { commitFile, comparedIn, type ComparedFileSide } from './comparison.ts';
import { createHunkSource, type HunkSource, type ShownHunks } from './hunk-source.ts';
import { createMarks, markedLines, placeText } from './marks.ts';

export { HUNK_TOOLS } from './hunk-tools.ts';

export interface HunkReview extends vscode.Disposable {
  readonly choices: ChoiceStore;
  readonly source: HunkSource;
  /** What the editor shows; null where it is no file of a loop's commits. */
  compared(editor: vscode.TextEditor): Promise<ComparedFileSide | null>;
  /** Says something beside the place of the cursor, until the cursor moves. */
  say(text: string): void;
}

/** Drawn at most so often while the cursor moves. */
const COALESCE_MS = 30;

export function createHunkReview(front: Front): HunkReview {
  const choices = createChoiceStore(front.memory);
  const source = createHunkSource(front);
  const marks = createMarks();
  const status = vscode.window.createStatusBarItem('cfn.hunk', vscode.StatusBarAlignment.Left, 90);
  status.name = 'CFN Review';
  let said = '';
  /** Editors within a multi-file diff have no scheme that a key could ask for. */
  let isInReview = false;

  const subject = async (): Promise<ReviewSubject | null> => (await front.review()).subjects.current;
  const compared = async (editor: vscode.TextEditor): Promise<ComparedFileSide | null> =>
    commitFile(editor.document.uri) ? comparedIn(editor.document.uri, await subject()) : null;

  async function shownIn(editor: vscode.TextEditor) {
    const about = await compared(editor);
    const shown = about && (await source.read(about));
    return about && shown ? { about, shown } : null;
  }
  const chosen = ({ place }: ShownHunks) => (place ? choices.of(place) : []);

  /** Reading takes a while, and what was read for an editor that is left by now must not be told over what is new. */
  let turn = 0;
  async function draw(): Promise<void> {
    turn += 1;
    const own = turn;
    const active = vscode.window.activeTextEditor;
    for (const editor of vscode.window.visibleTextEditors) {
      const found = commitFile(editor.document.uri) ? await shownIn(editor) : null;
      if (own !== turn) return;
      if (found) marks.draw(editor, markedLines(found.shown.file, chosen(found.shown), found.about.side));
      if (editor === active) tell(editor, found);
    }
    const inReview = active !== undefined && commitFile(active.document.uri) !== null;
    if (!inReview) status.hide();
    if (inReview === isInReview) return;
    isInReview = inReview;
    void vscode.commands.executeCommand('setContext', 'cfn.inReview', inReview);
  }

  function tell(editor: vscode.TextEditor, found: Awaited<ReturnType<typeof shownIn>>): void {
    if (!found) return status.hide();
    const { file } = found.shown;
    const at = { side: found.about.side, line: editor.selection.active.line };
    const text = [placeText(file, chosen(found.shown), at), said].filter(Boolean).join('. ');
    status.text = `$(git-pull-request) ${text}`;
    status.accessibilityInformation = { label: text };
    status.show();
  }

  const drawing = coalesce(COALESCE_MS, () => void draw());
  const moved = (): void => {
    said = '';
    drawing.soon();
  };
  const listening = [
    vscode.window.onDidChangeVisibleTextEditors(drawing.soon),
    vscode.window.onDidChangeActiveTextEditor(moved),
    vscode.window.onDidChangeTextEditorSelection(moved),
    vscode.window.tabGroups.onDidChangeTabs(drawing.soon),
    choices.onChange(drawing.soon),
  ];
  drawing.soon();
  return {
    choices,
    source,
    compared,
    say: (text) => {
      said = text;
      drawing.soon();
    },
    dispose: () => {
      for (const each of [...listening, drawing, marks, status]) each.dispose();
    },
  };
}
