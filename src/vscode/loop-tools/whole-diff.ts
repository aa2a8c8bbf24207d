import { l10n } from 'vscode';
import { pickLoop } from '../commands/pick-loop.ts';
import { showLoopDiff } from '../commands/show-diff.ts';
import type { Command } from '../front.ts';

/** A loop's result together with what the loops before it made. */
export const showWholeDiff: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Show Diff Against the First Base'),
    filter: ({ commit, continues }) => commit !== null && continues !== null,
    none: l10n.t('No loop with a result goes on from another one.'),
  });
  if (view) await showLoopDiff(front, view, 'first-base');
};
