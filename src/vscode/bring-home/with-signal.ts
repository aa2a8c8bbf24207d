import * as vscode from 'vscode';

/** Shows that something is under way; the person's cancel aborts it. */
export function withSignal<T>(title: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const progress = vscode.window.withProgress(options, (_progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    return work(controller.signal);
  });
  return Promise.resolve(progress);
}
