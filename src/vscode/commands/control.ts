/** Pause, resume, stop, feedback. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Result } from '../../base/result.ts';
import type { Command, Front, LoopFilter } from '../front.ts';
import { isActive, taskTitle } from '../words.ts';
import { pickLoop } from './pick-loop.ts';

async function on(
  front: Front,
  argument: unknown,
  choice: { readonly title: string; readonly filter: LoopFilter; readonly none: string },
  action: (service: LoopService, view: LoopView) => Promise<Result<unknown, LoopError> | null>,
): Promise<void> {
  const view = await pickLoop(front, argument, choice);
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const done = await action(opened.value, view);
  if (done && !done.ok) front.messages.failed(done.error);
}

export const pauseLoop: Command = (front, argument) =>
  on(
    front,
    argument,
    {
      title: l10n.t('Pause Loop'),
      filter: (view) => isActive(view) && !view.paused,
      none: l10n.t('No loop is running.'),
    },
    (service, view) => service.pause(view.taskId, { now: false }),
  );

/** Goes on with a paused loop, or takes up one that nobody runs. */
export const resumeLoop: Command = (front, argument) =>
  on(
    front,
    argument,
    { title: l10n.t('Resume Loop'), filter: isActive, none: l10n.t('There is no loop to resume.') },
    async (service, view) => {
      if (view.paused) return service.unpause(view.taskId);
      const resumed = await service.resume(view.taskId);
      if (resumed.ok) front.loops.adopt(resumed.value);
      return resumed;
    },
  );

export const stopLoop: Command = (front, argument) =>
  on(
    front,
    argument,
    { title: l10n.t('Stop Loop'), filter: isActive, none: l10n.t('No loop is running.') },
    async (service, view) => {
      const agreed = await front.messages.confirm(
        l10n.t('Stop this loop?'),
        l10n.t(
          '{0}\n\nRunning agents get 1 s to finish. All branches and iterations are kept.',
          taskTitle(view),
        ),
        l10n.t('Stop Loop'),
      );
      return agreed ? service.stop(view.taskId) : null;
    },
  );

export const addFeedback: Command = (front, argument) =>
  on(
    front,
    argument,
    { title: l10n.t('Add Feedback'), filter: isActive, none: l10n.t('No loop is running.') },
    async (service, view) => {
      const text = await vscode.window.showInputBox({
        title: l10n.t('Add Feedback'),
        prompt: l10n.t('Goes into the next iteration. Several items: separate them with ;'),
        ignoreFocusOut: true,
      });
      const items = (text ?? '')
        .split(';')
        .map((item) => item.trim())
        .filter((item) => item !== '');
      return items.length === 0 ? null : service.addFeedback(view.taskId, items);
    },
  );
