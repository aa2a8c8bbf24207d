import * as vscode from 'vscode';

/** Files of a loop's commits, read-only. */
export const COMMIT_SCHEME = 'cfn-commit';

/** `commit` is a full name; `path` is relative to the repository's root, with slashes. */
export function commitUri(taskId: string, commit: string, path: string): vscode.Uri {
  return vscode.Uri.from({
    scheme: COMMIT_SCHEME,
    path: `/${path}`,
    query: JSON.stringify({ taskId, commit }),
  });
}
