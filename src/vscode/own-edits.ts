import * as vscode from 'vscode';
import type { Loops } from './loops.ts';
import { isActive } from './words.ts';

/**
 * Tells running loops what a person saves, creates, renames and deletes in this window, so that PROCEED does not
 * wait for it. Agents write past the editor, so their changes cause none of these events.
 */
export function registerOwnEdits(loops: Loops): vscode.Disposable {
  const { workspace } = vscode;
  const tell = (...uris: readonly vscode.Uri[]) => {
    const paths = uris.filter((uri) => uri.scheme === 'file').map((uri) => uri.fsPath);
    const running = loops.views().filter(isActive);
    if (paths.length === 0 || running.length === 0) return;
    void loops.service().then((service) => {
      if (!service.ok) return;
      return service.value.ownEdits(
        running.map((view) => view.taskId),
        paths,
      );
    });
  };
  return vscode.Disposable.from(
    // Before too: an attempt may end, and be looked at, between the writing and the event that tells of it.
    workspace.onWillSaveTextDocument(({ document }) => tell(document.uri)),
    workspace.onDidSaveTextDocument((document) => tell(document.uri)),
    workspace.onDidSaveNotebookDocument((notebook) => tell(notebook.uri)),
    workspace.onDidCreateFiles(({ files }) => tell(...files)),
    workspace.onDidDeleteFiles(({ files }) => tell(...files)),
    workspace.onDidRenameFiles(({ files }) =>
      tell(...files.flatMap(({ oldUri, newUri }) => [oldUri, newUri])),
    ),
  );
}
