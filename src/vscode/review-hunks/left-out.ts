import { l10n } from 'vscode';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Revision } from '../../app/review/loop-review.ts';
import { rejectedLines } from '../../app/review/review-choices.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command, Front, LoopFilter } from '../front.ts';
import { askReview } from '../review/ask-review.ts';
import { heldText } from '../review/result-words.ts';
import { tellMoved } from '../review/tell-moved.ts';
import { failedState } from './choose.ts';

const hasResult: LoopFilter = ({ commit, outcome }) => commit !== null && outcome !== null;
const NONE = l10n.t('No loop has ended with a result yet.');
const LEAVE_OUT = l10n.t('Leave Rejected Changes out of the Result');

type ResultRevision = Extract<Revision, { readonly kind: 'result' }>;

async function resultOf(front: Front, taskId: string): Promise<ResultRevision | null> {
  const revisions = await askReview(front, (review) => review.revisions(taskId));
  const last = revisions?.at(-1);
  return last?.kind === 'result' ? last : null;
}

/** Of an ended loop nobody is told: its result branch gets a commit without what was rejected. */
export const leaveOutRejected: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, { title: LEAVE_OUT, filter: hasResult, none: NONE });
  if (!view) return;
  const { taskId } = view;
  const result = await resultOf(front, taskId);
  if (!result) return;
  const { choices } = await front.hunks();
  const rejected = choices.about(taskId, result.commit).flatMap(rejectedLines);
  if (rejected.length === 0) return leaveOutSent(front, view, result);
  const { commit } = result;
  const left = await askReview(front, (review) => review.leaveOut(taskId, { commit, rejected }));
  if (!left) return;
  choices.clear(taskId, commit);
  await told(front, taskId, left);
};

/** What was rejected in a review that was sent, and is in the result since no iteration came after it. */
async function leaveOutSent(front: Front, { taskId }: LoopView, { held }: ResultRevision): Promise<void> {
  if (!held) {
    return failedState(
      front,
      l10n.t('Nothing of the result is rejected; reject a change in its diff first.'),
    );
  }
  if (!(await front.messages.confirm(heldText(held), '', LEAVE_OUT))) return;
  const left = await askReview(front, (review) => review.leaveOutSent(taskId));
  if (left) await told(front, taskId, left);
}

const told = (
  front: Front,
  taskId: string,
  { branch, commit }: { readonly branch: string; readonly commit: string },
): Promise<void> =>
  tellMoved(
    front,
    taskId,
    l10n.t(
      '{0} is at {1} now, without what you rejected. No evidence ran on it.',
      branch,
      commit.slice(0, 7),
    ),
  );

/** The last step that a review moved a result by. */
export const undoReviewChange: Command = async (front, argument) => {
  const title = l10n.t('Undo the Last Review Change of the Result');
  const view = await pickLoop(front, argument, { title, filter: hasResult, none: NONE });
  const back = view && (await askReview(front, (review) => review.takeBack(view.taskId)));
  if (!back) return;
  await (await front.review()).subjects.refresh();
  front.messages.note(l10n.t('{0} is at {1} again.', back.branch, back.commit.slice(0, 7)));
};
