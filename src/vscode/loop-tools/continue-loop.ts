import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { pickLoop } from '../commands/pick-loop.ts';
import { startWith } from '../commands/start-loop.ts';
import type { Command } from '../front.ts';
import { taskTitle } from '../words.ts';

/** One more wish on the result of a finished loop, for the same crew. */
export const continueLoop: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Continue Loop'),
    filter: ({ outcome, commit }) => outcome !== null && commit !== null,
    none: l10n.t('No finished loop has a result that could be continued.'),
  });
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const inherited = await opened.value.inherit(view.taskId);
  if (!inherited.ok) return front.messages.failed(inherited.error);
  const description = await vscode.window.showInputBox({
    title: l10n.t('Continue "{0}"', taskTitle(view, 50)),
    prompt: l10n.t('What should be different on top of its result? Crew and settings stay.'),
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === '' ? l10n.t('The task takes a description of what is to be done.') : undefined,
  });
  if (description === undefined) return;
  const { continuesTask, layer, attach } = inherited.value;
  await startWith(front, {
    description,
    requirements: [],
    acceptance: [],
    layers: [layer],
    continuesTask,
    attach,
  });
  await front.loops.refresh();
};
