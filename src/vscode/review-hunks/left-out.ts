import { l10n } from 'vscode';
import { rejectedLines } from '../../app/review/review-choices.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command, LoopFilter } from '../front.ts';
import { failedState } from './choose.ts';

const hasResult: LoopFilter = ({ commit, outcome }) => commit !== null && outcome !== null;
const NONE = l10n.t('No loop has ended with a result yet.');

/** Of an ended loop nobody is told: its result branch gets a commit without what was rejected. */
export const leaveOutRejected: Command = async (front, argument) => {
  const title = l10n.t('Leave Rejected Changes out of the Result');
  const view = await pickLoop(front, argument, { title, filter: hasResult, none: NONE });
  if (!view?.commit) return;
  const review = await front.hunks();
  const rejected = review.choices.about(view.taskId, view.commit).flatMap(rejectedLines);
  if (rejected.length === 0)
    return failedState(
      front,
      l10n.t('Nothing of the result is rejected; reject a change in its diff first.'),
    );
  const opened = await review.source.review();
  if (!opened.ok) return front.messages.failed(opened.error);
  const left = await opened.value?.leaveOut(view.taskId, rejected);
  if (!left) return;
  if (!left.ok) return front.messages.failed(left.error);
  review.choices.clear(view.taskId, view.commit);
  const { branch, commit } = left.value;
  const message = l10n.t(
    '{0} is at {1} now, without what you rejected. No evidence ran on it.',
    branch,
    commit.slice(0, 7),
  );
  if (await front.messages.offer(message, l10n.t('Undo')))
    await takeBackRejected(front, { taskId: view.taskId });
};

export const takeBackRejected: Command = async (front, argument) => {
  const title = l10n.t('Take Rejected Changes Back into the Result');
  const view = await pickLoop(front, argument, { title, filter: hasResult, none: NONE });
  if (!view) return;
  const opened = await (await front.hunks()).source.review();
  if (!opened.ok) return front.messages.failed(opened.error);
  const back = await opened.value?.takeBack(view.taskId);
  if (!back) return;
  if (!back.ok) return front.messages.failed(back.error);
  front.messages.note(l10n.t('{0} is at {1} again.', back.value.branch, back.value.commit.slice(0, 7)));
};
