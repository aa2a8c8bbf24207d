import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Front } from '../front.ts';
import type { CommentDeps } from './comment-threads.ts';

/** Sends all that was drafted about a loop, and says what went where. A commit that is refused stays drafted. */
export async function sendDrafts(
  front: Front,
  { drafts, threads, subjects }: Pick<CommentDeps, 'drafts' | 'threads' | 'subjects'>,
): Promise<void> {
  const taskId = subjects.current?.taskId;
  const service = await front.loops.service();
  if (!service.ok) return front.messages.failed(service.error);
  if (taskId === undefined) return front.messages.note(l10n.t('There is nothing to review yet.'));
  let count = 0;
  let toldIn = 0;
  for (const { commit, items } of drafts.of(taskId)) {
    const sent = await service.value.sendReview(taskId, { commit, revised: null, items });
    if (!sent.ok) return front.messages.failed(sent.error);
    count += items.length;
    toldIn = sent.value.toldIn;
    await drafts.remove(taskId, (item) => items.includes(item));
  }
  if (toldIn === 0) return front.messages.note(l10n.t('Nothing is drafted: comment on a line first.'));
  await threads.refresh(taskId);
  await tell(front, taskId, { count, toldIn });
}

async function tell(
  { loops, messages }: Front,
  taskId: string,
  { count, toldIn }: { readonly count: number; readonly toldIn: number },
): Promise<void> {
  const said =
    count === 1
      ? l10n.t('Sent 1 item of review; iteration {0} is told of it.', toldIn)
      : l10n.t('Sent {0} items of review; iteration {1} is told of them.', count, toldIn);
  if (loops.view(taskId)?.waiting?.for !== 'decision') return messages.note(said);
  const waits = l10n.t('{0} The loop waits for your decision.', said);
  if (await messages.offer(waits, l10n.t('Decide…'))) {
    await vscode.commands.executeCommand('cfn.decide', { taskId });
  }
}
