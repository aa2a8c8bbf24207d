import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { parseEpic } from '../../protocol/epic-file.ts';
import type { Loops } from '../loops.ts';
import { loopState } from '../words.ts';

/** Above an epic: start it, and how it came out the last time. */
export function createEpicLenses(loops: Loops): vscode.CodeLensProvider & vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const watching = loops.onChange(() => changed.fire());
  return {
    onDidChangeCodeLenses: changed.event,
    dispose: () => {
      watching.dispose();
      changed.dispose();
    },
    provideCodeLenses: (document) => {
      const top = new vscode.Range(0, 0, 0, 0);
      const start = new vscode.CodeLens(top, {
        title: l10n.t('$(play) Start Loop'),
        command: 'cfn.startEpic',
        arguments: [document.uri],
      });
      const epic = parseEpic(document.getText());
      // The newest loop with this task, whatever its file is called now.
      const last = epic.ok
        ? loops.views().find((view) => view.description === epic.value.description)
        : undefined;
      if (!last) return [start];
      const title = l10n.t('Last loop: {0}', loopState(last));
      return [start, new vscode.CodeLens(top, { title, command: 'cfn.showLoop', arguments: [last.taskId] })];
    },
  };
}
