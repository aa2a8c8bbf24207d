/** Worktrees of agents that somebody moved or deleted: shown first, then put in order. */
import { l10n } from 'vscode';
import type { Command } from '../front.ts';
import { visible } from '../words.ts';

const MOST_SHOWN = 10;

export const repairWorktrees: Command = async (front) => {
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const faults = await opened.value.worktreeFaults();
  if (!faults.ok) return front.messages.failed(faults.error);
  const due = faults.value.filter(({ repair }) => repair !== null);
  if (due.length === 0) {
    const others = faults.value.map(({ text }) => visible(text)).join('; ');
    return front.messages.note(
      others === ''
        ? l10n.t('All worktrees of agents are where they should be.')
        : l10n.t('There is nothing to repair from here: {0}', others),
    );
  }
  const shown = due.slice(0, MOST_SHOWN).map(({ text }) => visible(text));
  if (due.length > shown.length) shown.push(l10n.t('and {0} more', due.length - shown.length));
  const agreed = await front.messages.confirm(
    l10n.t('Repair Worktrees?'),
    [
      ...shown,
      l10n.t(
        'Moved ones are used where they are now. Those of ended loops whose folder is gone are dropped; commits that nothing else holds get a rescue ref first.',
      ),
    ].join('\n'),
    l10n.t('Repair'),
  );
  if (!agreed) return;
  const done = await opened.value.repairWorktrees();
  await front.trees.refresh();
  if (!done.ok) return front.messages.failed(done.error);
  front.messages.note(done.value.map(visible).join(' '));
};
