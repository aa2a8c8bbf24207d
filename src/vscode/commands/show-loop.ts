import { l10n } from 'vscode';
import type { Command } from '../front.ts';
import { pickLoop } from './pick-loop.ts';

/** The loop's panel; the empty one where there is no loop yet. */
export const showLoop: Command = async (front, argument) => {
  if (front.loops.views().length === 0) return front.showPanel(null);
  const view = await pickLoop(front, argument, {
    title: l10n.t('Show Loop'),
    filter: () => true,
    none: l10n.t('There is no loop yet.'),
  });
  if (view) front.showPanel(view.taskId);
};
