import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { InboxItem } from '../../app/projections/inbox.ts';
import type { Front } from '../front.ts';
import { selectedRows } from '../selected-rows.ts';
import { loopName } from '../inbox/rows.ts';
import { visible } from '../words.ts';

const fromRow = z.object({ itemId: z.string() });

const all = ({ inbox }: Front): readonly InboxItem[] => [
  ...inbox.due(),
  ...inbox.snoozed().map(({ item }) => item),
];

/** Those that rows name, several where several are selected; null where no row was given. */
export function itemsOf(front: Front, argument: unknown, selected: unknown): readonly InboxItem[] | null {
  const ids = selectedRows(argument, selected).flatMap((row) => {
    const named = fromRow.safeParse(row);
    return named.success ? [named.data.itemId] : [];
  });
  if (ids.length === 0) return null;
  return all(front).filter(({ id }) => ids.includes(id));
}

/** The item that a row names, else the only one, else the person's choice. */
export async function pickItem(front: Front, argument: unknown, title: string): Promise<InboxItem | null> {
  const named = itemsOf(front, argument, undefined);
  if (named) {
    const [item] = named;
    if (!item) front.messages.note(l10n.t('That does not need you any more.'));
    return item ?? null;
  }
  const due = front.inbox.due();
  if (due.length < 2) {
    if (due.length === 0) front.messages.note(l10n.t('Nothing needs you.'));
    return due[0] ?? null;
  }
  const picked = await vscode.window.showQuickPick(
    due.map((item) => ({
      label: visible(item.title),
      description: loopName(item, front.loops.view(item.taskId)),
      detail: visible(item.detail),
      item,
    })),
    { title, placeHolder: l10n.t('Longest wait first') },
  );
  return picked?.item ?? null;
}
