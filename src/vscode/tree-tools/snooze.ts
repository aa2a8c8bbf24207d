import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Command } from '../front.ts';
import { itemsOf, pickItem } from './pick-item.ts';

const MINUTE_MS = 60_000;
const MORNING_HOUR = 9;

function tomorrowMorning(now: number): number {
  const day = new Date(now);
  day.setDate(day.getDate() + 1);
  day.setHours(MORNING_HOUR, 0, 0, 0);
  return day.getTime();
}

const title = l10n.t('Snooze');

/** Out of the list for a while; the loop waits as it did. */
export const snooze: Command = async (front, argument, selected) => {
  const named = itemsOf(front, argument, selected);
  const picked = named && named.length > 0 ? null : await pickItem(front, argument, title);
  const items = picked ? [picked] : (named ?? []);
  if (items.length === 0) return;
  const now = Date.now();
  const until = await vscode.window.showQuickPick(
    [
      { label: l10n.t('10 minutes'), at: now + 10 * MINUTE_MS },
      { label: l10n.t('1 hour'), at: now + 60 * MINUTE_MS },
      { label: l10n.t('4 hours'), at: now + 240 * MINUTE_MS },
      { label: l10n.t('Until tomorrow, 9:00'), at: tomorrowMorning(now) },
    ],
    { title, placeHolder: l10n.t('It comes back by itself. Nothing is denied: the loop waits as it did.') },
  );
  if (!until) return;
  for (const { id } of items) front.inbox.snooze(id, until.at);
};

export const unsnooze: Command = async (front, argument, selected) => {
  for (const { id } of itemsOf(front, argument, selected) ?? front.inbox.snoozed().map(({ item }) => item))
    front.inbox.wake(id);
};
