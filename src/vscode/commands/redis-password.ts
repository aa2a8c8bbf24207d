import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Front } from '../front.ts';
import { REDIS_PASSWORD_KEY } from '../redis-settings.ts';

/** Keeps the password where the editor keeps secrets; an empty one removes it. */
export async function setRedisPassword(front: Front): Promise<void> {
  const password = await vscode.window.showInputBox({
    title: l10n.t('Redis Password'),
    prompt: l10n.t(
      'Kept in secret storage. Leave it empty to remove the password. Used after Reload Window.',
    ),
    password: true,
    ignoreFocusOut: true,
  });
  if (password === undefined) return;
  if (password === '') await front.secrets.delete(REDIS_PASSWORD_KEY);
  else await front.secrets.store(REDIS_PASSWORD_KEY, password);
}
