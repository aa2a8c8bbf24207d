import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { InboxItem } from '../../app/projections/inbox.ts';
import type { Front } from '../front.ts';
import { visible } from '../words.ts';
import { watchForNotices } from './notices.ts';
import { registerSounds } from './register-sounds.ts';
import { loopName } from './rows.ts';

async function tell({ loops, messages }: Front, items: readonly InboxItem[]): Promise<void> {
  const [first] = items;
  if (!first) return;
  if (items.length > 1) {
    if (await messages.offer(l10n.t('{0} need you.', items.length), l10n.t('Show Inbox')))
      await vscode.commands.executeCommand('cfn.inbox.focus');
    return;
  }
  const message = l10n.t('{0}: {1}', visible(first.title), loopName(first, loops.view(first.taskId)));
  if (await messages.offer(message, l10n.t('Answer')))
    await vscode.commands.executeCommand('cfn.answer', { itemId: first.id });
}

/** Tells of what begins to wait for a person while the window has no focus, unless they do not want it; with a sound where they do. */
export const announceInbox = (front: Front): vscode.Disposable =>
  vscode.Disposable.from(
    watchForNotices({
      inbox: front.inbox,
      isFocused: () => vscode.window.state.focused,
      isWanted: () => vscode.workspace.getConfiguration('cfn').get('inbox.notify') !== 'never',
      show: (items) => void tell(front, items),
    }),
    registerSounds(front),
  );
