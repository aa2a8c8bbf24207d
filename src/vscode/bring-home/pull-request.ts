import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { PushedHome } from '../../app/bring-home/home-service.ts';
import type { Front } from '../front.ts';
import { visible } from '../words.ts';

/** The host's own page creates the pull request; nothing is created behind the person's back. */
export async function openCompare(front: Front, { integration, compareUrl }: PushedHome): Promise<void> {
  const branch = visible(integration.pushed?.branch ?? '');
  if (compareUrl === null) {
    return front.messages.note(
      l10n.t('{0} is pushed. The page for a pull request of this host is not known; open it there.', branch),
    );
  }
  await vscode.env.openExternal(vscode.Uri.parse(compareUrl, true));
  const again = await front.messages.offer(
    l10n.t('{0} is pushed, and the page that compares was opened.', branch),
    l10n.t('Copy Link'),
  );
  if (again) await vscode.env.clipboard.writeText(compareUrl);
}
