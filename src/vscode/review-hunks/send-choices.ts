import { l10n } from 'vscode';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command } from '../front.ts';
import { failedState, queuedText } from './choose.ts';
import { leaveOutRejected } from './left-out.ts';
import { preparedHunks } from './prepared.ts';

/**
 * Tells a loop what was accepted and rejected in its commits: the next iteration begins without what was rejected. Of
 * an ended loop the result branch is changed instead. What is refused stays chosen.
 */
export const sendChoices: Command = async (front, argument) => {
  const review = await front.hunks();
  const nothing = l10n.t('Nothing is accepted or rejected yet; choose a change in the diff of a loop first.');
  const view = await pickLoop(front, argument, {
    title: l10n.t('Send Accepted and Rejected Changes'),
    filter: ({ taskId }) => review.choices.commits(taskId).length > 0,
    none: nothing,
  });
  if (!view) return;
  const { taskId } = view;
  if (view.outcome !== null) return leaveOutRejected(front, { taskId });
  const service = await front.loops.service();
  if (!service.ok) return front.messages.failed(service.error);
  let count = 0;
  let toldIn = 0;
  for (const commit of review.choices.commits(taskId)) {
    const prepared = await preparedHunks(review, taskId, commit);
    if (!prepared.ok) return front.messages.failed(prepared.error);
    const sent = await service.value.sendReview(taskId, { commit, ...prepared.value });
    if (!sent.ok) return front.messages.failed(sent.error);
    review.choices.clear(taskId, commit);
    count += prepared.value.items.length;
    toldIn = sent.value.toldIn;
  }
  if (toldIn === 0) return failedState(front, nothing);
  const said = l10n.t(
    'Sent {0} accepted and rejected changes; iteration {1} is told of them.',
    count,
    toldIn,
  );
  front.messages.note([said, queuedText(front.loops.view(taskId))].filter(Boolean).join(' '));
};
