import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { InboxItem } from '../../app/projections/inbox.ts';
import type { Front } from '../front.ts';
import { isActive, visible } from '../words.ts';
import { watchDay } from './day-warning.ts';
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

const TOLD_DAY = 'dayBudgetTold';

/** As the loop's own budget is told, also while the window has the focus: money goes whether or not somebody looks. */
const announceDay = ({ loops, memory, messages }: Front): vscode.Disposable => {
  const watching = watchDay({
    onChange: loops.onChange,
    spentUsd: () => loops.views().reduce((sum, view) => sum + view.costUsd, 0),
    today: async () => (loops.views().some(isActive) ? (await loops.core()).today() : null),
    told: { get: () => memory.get<string>(TOLD_DAY), set: (name) => void memory.update(TOLD_DAY, name) },
    show: ({ spentUsd, limitUsd }) => void tellDay(messages, spentUsd, limitUsd),
  });
  return vscode.Disposable.from(watching);
};

async function tellDay(messages: Front['messages'], spentUsd: number, limitUsd: number): Promise<void> {
  const message = l10n.t(
    'Budget of the day nearly spent: ${0} of ${1} over all loops of this machine. Loops go on until the next agent does not fit into what is left.',
    spentUsd.toFixed(2),
    limitUsd.toFixed(2),
  );
  if (await messages.offer(message, l10n.t('Change Limit')))
    await vscode.commands.executeCommand('workbench.action.openSettings', 'cfn.budgetPerDay');
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
    announceDay(front),
  );
