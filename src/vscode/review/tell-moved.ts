import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Front } from '../front.ts';

/** A review moved the result of an ended loop: what is shown follows, and the person may take it back. */
export async function tellMoved(front: Front, taskId: string, message: string): Promise<void> {
  await (await front.review()).subjects.refresh();
  if (await front.messages.offer(message, l10n.t('Undo')))
    await vscode.commands.executeCommand('cfn.undoReviewChange', { taskId });
}
