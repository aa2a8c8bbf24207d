import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { todoOf } from './todo.ts';

const KIND = vscode.CodeActionKind.QuickFix.append('cfn.startLoop');

/** A light bulb beside TODO and FIXME comments. */
export function registerTodoActions(): vscode.Disposable {
  const provider: vscode.CodeActionProvider = {
    provideCodeActions: (document, { start }) => {
      if (!vscode.workspace.isTrusted) return [];
      const todo = todoOf(document.lineAt(start.line).text, start.line);
      if (!todo) return [];
      const title = l10n.t('Start Loop from This {0}', todo.word);
      const action = new vscode.CodeAction(title, KIND);
      const argument = { uri: document.uri.toString(), line: todo.line };
      action.command = { command: 'cfn.startFromTodo', title, arguments: [argument] };
      return [action];
    },
  };
  return vscode.languages.registerCodeActionsProvider({ scheme: 'file' }, provider, {
    providedCodeActionKinds: [KIND],
  });
}
