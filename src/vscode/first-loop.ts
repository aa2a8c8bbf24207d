import * as vscode from 'vscode';
import type { Front } from './front.ts';

/** `npm start` leaves this file beside the repository it makes: nothing inside a repository can ask for a start. */
const MARKER = 'watch-demo';

/** In a development window that `npm start` opened: runs the demo loop without asking, then shows its diff. */
export async function runFirstLoop(context: vscode.ExtensionContext, front: Front): Promise<void> {
  const { folder } = front.loops;
  if (context.extensionMode !== vscode.ExtensionMode.Development || !vscode.workspace.isTrusted || !folder)
    return;
  try {
    await vscode.workspace.fs.delete(vscode.Uri.joinPath(folder, '..', MARKER));
  } catch {
    return;
  }
  await vscode.commands.executeCommand('workbench.view.extension.cfn');
  const ended = front.loops.onChange(() => {
    const [loop] = front.loops.views();
    if (!loop || loop.outcome === null) return;
    ended.dispose();
    void vscode.commands.executeCommand('cfn.showDiff', { taskId: loop.taskId });
  });
  context.subscriptions.push(ended);
  const { startDemo } = await import('./commands/loop-commands.ts');
  await startDemo(front, { ask: false });
}
