import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopError, LoopService, QueueEntry } from '../../app/loop-service.ts';
import { ok, type Result } from '../../base/result.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command, Front } from '../front.ts';
import { clockTime, taskTitle, visible } from '../words.ts';

interface QueueItem extends vscode.QuickPickItem {
  readonly loop: QueueEntry;
  readonly position: number;
}

/** The loops that wait for their turn on this machine: which is next, and what a person does about it. */
export const loopQueue: Command = async (front) => {
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const line = await opened.value.queue();
  if (line.length === 0) return front.messages.note(l10n.t('No loop is queued on this machine.'));
  const picked = await vscode.window.showQuickPick(
    line.map((loop, index) => itemOf(front, loop, index + 1)),
    {
      title: l10n.t('Loop Queue'),
      placeHolder: l10n.t(
        'Loops begin in this order, one at a time. Choose one to move, start or remove it.',
      ),
    },
  );
  if (!picked) return;
  // A loop of another repository is known by its place alone.
  if (!picked.loop.here) {
    return front.messages.note(
      l10n.t(
        '{0} belongs to {1}; change its place from there.',
        picked.loop.taskId,
        visible(picked.loop.repository.root),
      ),
    );
  }
  const done = await change(front, opened.value, { ...picked, last: line.length });
  if (!done.ok) return front.messages.failed(done.error);
  await front.loops.refresh();
};

function itemOf(front: Front, loop: QueueEntry, position: number): QueueItem {
  const view = loop.here ? front.loops.view(loop.taskId) : null;
  const waited = l10n.t('queued for {0}', clockTime(Date.now() - loop.since));
  const nobody = l10n.t('nobody waits for it: resume it');
  return {
    label: `${position}. ${view ? taskTitle(view) : loop.taskId}`,
    description: loop.attended ? waited : `${waited} · ${nobody}`,
    detail: `${loop.taskId} · ${visible(loop.repository.root)}`,
    loop,
    position,
  };
}

interface Act extends vscode.QuickPickItem {
  readonly act: () => Promise<Result<unknown, LoopError>>;
}

async function change(
  front: Front,
  service: LoopService,
  { loop: { taskId, attended }, position, last }: QueueItem & { readonly last: number },
): Promise<Result<unknown, LoopError>> {
  const move = (label: string, to: number): Act[] =>
    to < 1 || to > last || to === position ? [] : [{ label, act: () => service.moveInQueue(taskId, to) }];
  const resume: Act = {
    label: l10n.t('$(debug-continue) Wait for Its Turn in This Window'),
    act: () => adopt(front, service.resume(taskId)),
  };
  const acts: readonly Act[] = [
    ...(attended ? [] : [resume]),
    ...move(l10n.t('$(arrow-up) Move Up'), position - 1),
    ...move(l10n.t('$(arrow-down) Move Down'), position + 1),
    ...(position > 2 ? move(l10n.t('$(chevron-up) Move to the Front'), 1) : []),
    ...(position < last - 1 ? move(l10n.t('$(chevron-down) Move to the End'), last) : []),
    {
      label: l10n.t('$(play) Start Now'),
      description: l10n.t('beside the loops at work'),
      act: () => adopt(front, service.startNow(taskId)),
    },
    {
      label: l10n.t('$(trash) Remove from the Queue'),
      description: l10n.t('cancels the loop; nothing of it has begun'),
      act: () => service.stop(taskId),
    },
  ];
  const picked = await vscode.window.showQuickPick(acts, { title: l10n.t('Loop Queue: {0}', taskId) });
  return picked ? picked.act() : ok(undefined);
}

async function adopt(
  front: Front,
  going: ReturnType<LoopService['startNow']>,
): Promise<Result<unknown, LoopError>> {
  const handle = await going;
  if (handle.ok && handle.value.heldElsewhere !== true) front.loops.adopt(handle.value);
  return handle;
}

/** A queued loop that a person does not let wait. */
export const startNow: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Start Queued Loop Now'),
    filter: ({ queuedSince }) => queuedSince !== null,
    none: l10n.t('No loop of this repository is queued.'),
  });
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const started = await adopt(front, opened.value.startNow(view.taskId));
  if (!started.ok) return front.messages.failed(started.error);
};
