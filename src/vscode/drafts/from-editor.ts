/** Tasks from what stands in an editor: the selection, or a comment that says what is to be done. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { fence } from '../../base/fence.ts';
import type { Draft } from './draft.ts';
import { todoOf, todosOf, type Todo } from './todo.ts';

const MAX_CHARACTERS = 20_000;
const AROUND = 8;

type Drafted = Draft | string | undefined;

const pathOf = (uri: vscode.Uri) => vscode.workspace.asRelativePath(uri, false);

const ask = (title: string, value: string, prompt: string) =>
  vscode.window.showInputBox({
    title,
    value,
    prompt,
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === '' ? l10n.t('The task takes a description of what is to be done.') : undefined,
  });

function quoted(document: vscode.TextDocument, range: vscode.Range): string {
  const { start, end } = range;
  const last = end.character === 0 && end.line > start.line ? end.line : end.line + 1;
  const lines = start.line + 1 === last ? `line ${last}` : `lines ${start.line + 1} to ${last}`;
  const state = document.isDirty ? ', as it stands in the editor, not saved' : '';
  const text = fence(document.getText(range), document.languageId);
  return `It is about ${pathOf(document.uri)}, ${lines}${state}:\n\n${text}`;
}

/** A text is what is wrong, in one sentence; undefined: the person left a question. */
export async function fromSelection(): Promise<Drafted> {
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.selection.isEmpty) return l10n.t('Select the text that the task is about first.');
  const { document, selection } = editor;
  const size = document.getText(selection).length;
  if (size > MAX_CHARACTERS) {
    return l10n.t('The selection has {0} characters; it takes at most 20,000.', size.toLocaleString('en-US'));
  }
  const wish = await ask(
    l10n.t('Start Loop from Selection'),
    '',
    l10n.t('What should be different afterwards?'),
  );
  if (wish === undefined) return undefined;
  return { description: `${wish.trim()}\n\n${quoted(document, selection)}`, acceptance: [] };
}

const argumentSchema = z.object({ uri: z.string(), line: z.int().check(z.minimum(0)) });

/** `argument`: where the comment stands, from the light bulb beside it; else it is looked for. */
export async function fromTodo(argument: unknown): Promise<Drafted> {
  const named = argumentSchema.safeParse(argument);
  const document = named.success
    ? await vscode.workspace.openTextDocument(vscode.Uri.parse(named.data.uri))
    : vscode.window.activeTextEditor?.document;
  if (!document) return l10n.t('Open a file with a TODO or FIXME comment first.');
  const line = named.success ? named.data.line : vscode.window.activeTextEditor?.selection.active.line;
  const todo = (await todoAt(document, line)) ?? undefined;
  if (typeof todo !== 'object') return todo;
  const wish = await ask(
    l10n.t('Start Loop from TODO'),
    todo.text,
    l10n.t('What should be different afterwards?'),
  );
  if (wish === undefined) return undefined;
  const from = Math.max(0, todo.line - AROUND);
  const to = document.lineAt(Math.min(document.lineCount - 1, todo.line + AROUND)).range.end;
  const place = `The comment ${todo.word} that says so stands in line ${todo.line + 1} of ${pathOf(document.uri)}; remove it once it is done.`;
  const around = quoted(document, new vscode.Range(new vscode.Position(from, 0), to));
  return { description: `${wish.trim()}\n\n${place} ${around}`, acceptance: [] };
}

/** The one in that line, else one of the file's by choice. */
async function todoAt(
  document: vscode.TextDocument,
  line: number | undefined,
): Promise<Todo | string | undefined> {
  const here =
    line === undefined || line >= document.lineCount ? null : todoOf(document.lineAt(line).text, line);
  if (here) return here;
  const all = todosOf(document.getText().split(/\r\n|\n|\r/));
  if (all.length === 0) return l10n.t('{0} has no TODO or FIXME comment.', pathOf(document.uri));
  const picked = await vscode.window.showQuickPick(
    all.map((todo) => ({ label: todo.text || todo.word, description: `line ${todo.line + 1}`, todo })),
    { title: l10n.t('Start Loop from TODO'), placeHolder: l10n.t('Which one?') },
  );
  return picked?.todo;
}
