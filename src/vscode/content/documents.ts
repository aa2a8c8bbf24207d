/** Read-only documents: hand-overs and transcripts. */
import * as vscode from 'vscode';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import type { Loops } from '../loops.ts';

const TRANSCRIPT = 'cfn-transcript';
export function transcriptUri(agentId: string, attempt: number, folder: string): vscode.Uri {
  return vscode.Uri.from({
    scheme: TRANSCRIPT,
    path: `/${agentId}, attempt ${attempt}.cfn-log`,
    query: folder,
  });
}

/**
 * Transcripts grow while they are shown: an agent whose terminal did not come back after a reload is watched here.
 */
function createFollowing() {
  const grown = new vscode.EventEmitter<vscode.Uri>();
  const watching = new Map<string, vscode.FileSystemWatcher>();
  const open = ({ uri }: vscode.TextDocument) => {
    if (uri.scheme !== TRANSCRIPT || watching.has(uri.toString())) return;
    const pattern = new vscode.RelativePattern(vscode.Uri.file(uri.query), ATTEMPT_FILES.transcript);
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    watcher.onDidCreate(() => grown.fire(uri));
    watcher.onDidChange(() => grown.fire(uri));
    watching.set(uri.toString(), watcher);
  };
  const close = ({ uri }: vscode.TextDocument) => {
    watching.get(uri.toString())?.dispose();
    watching.delete(uri.toString());
  };
  const listening = vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(open),
    vscode.workspace.onDidCloseTextDocument(close),
  );
  // Tabs from before a reload.
  for (const document of vscode.workspace.textDocuments) open(document);
  return {
    onDidChange: grown.event,
    dispose: () => {
      listening.dispose();
      for (const watcher of watching.values()) watcher.dispose();
      grown.dispose();
    },
  };
}

export function registerDocuments(loops: Loops): vscode.Disposable {
  const following = createFollowing();
  return vscode.Disposable.from(
    following,
    vscode.workspace.registerTextDocumentContentProvider('cfn-hand-over', {
      provideTextDocumentContent: async (uri) =>
        (await import('../steering/steering.ts')).handOverDocument(loops, uri),
    }),
    vscode.workspace.registerTextDocumentContentProvider(TRANSCRIPT, {
      onDidChange: following.onDidChange,
      provideTextDocumentContent: async (uri) => (await import('./transcript-text.ts')).transcriptText(uri),
    }),
  );
}
