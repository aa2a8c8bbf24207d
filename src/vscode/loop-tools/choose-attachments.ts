import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { AttachmentSource } from '../../domain/loop/attachment.ts';
import type { Front } from '../front.ts';

/** Files that a person picks for agents; none when the dialog was left. */
export async function chooseAttachments(front: Front): Promise<readonly AttachmentSource[]> {
  const { folder } = front.loops;
  const picked = await vscode.window.showOpenDialog({
    title: l10n.t('Attach Files or Images to the Task'),
    openLabel: l10n.t('Attach'),
    canSelectMany: true,
    ...(folder ? { defaultUri: folder } : {}),
  });
  return (picked ?? []).filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => ({ path: fsPath }));
}
