import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import { ok, type Result } from '../../base/result.ts';
import type { ReviewDraft } from '../../app/review/review-draft.ts';
import { takenFiles, type TakenFile } from '../../domain/review/taken.ts';
import type { Front } from '../front.ts';
import { askReview } from '../review/ask-review.ts';
import { tellMoved } from '../review/tell-moved.ts';
import type { HunkReview } from '../review-hunks/hunk-review.ts';
import { prepare } from '../review-hunks/prepared.ts';
import { queuedText } from '../review-hunks/choose.ts';
import type { CommentDeps } from './comment-threads.ts';
import type { Drafts } from './drafts.ts';

const rowSchema = z.object({ taskId: z.string() });

/**
 * Sends all that was prepared about a loop: comments, judged findings, accepted and rejected changes. Says what went
 * where; a commit that is refused stays as it was prepared.
 */
export async function sendDrafts(
  front: Front,
  { drafts, threads, subjects }: Pick<CommentDeps, 'drafts' | 'threads' | 'subjects'>,
  argument: unknown,
): Promise<void> {
  const row = rowSchema.safeParse(argument);
  const taskId = row.success ? row.data.taskId : subjects.current?.taskId;
  if (taskId === undefined) return front.messages.note(l10n.t('There is nothing to review yet.'));
  const hunks = await front.hunks();
  const chosen = hunks.choices.commits(taskId);
  const isEnded = (front.loops.view(taskId)?.outcome ?? null) !== null;
  if (isEnded && chosen.length > 0) {
    // No agent would read it; what was rejected is left out of the result.
    await vscode.commands.executeCommand('cfn.leaveOutRejected', { taskId });
    return;
  }
  if (isEnded && takenIn(drafts.of(taskId)).length > 0) return takeAtLast(front, drafts, taskId);
  const service = await front.loops.service();
  if (!service.ok) return front.messages.failed(service.error);
  let count = 0;
  let toldIn = 0;
  let byAgents = false;
  for (const commit of new Set([...drafts.of(taskId).map((draft) => draft.commit), ...chosen])) {
    const sent = await sendOne({ service: service.value, drafts, hunks }, taskId, commit);
    if (!sent.ok) return front.messages.failed(sent.error);
    count += sent.value.count;
    toldIn = sent.value.toldIn;
    byAgents ||= sent.value.byAgents;
  }
  if (toldIn === 0) {
    return front.messages.note(
      l10n.t('Nothing is prepared: comment on a line, or accept or reject a change first.'),
    );
  }
  await threads.refresh(taskId);
  await tell(front, taskId, { count, toldIn, byAgents });
}

const takenIn = (of: readonly ReviewDraft[]): readonly TakenFile[] =>
  of.flatMap(({ items }) => takenFiles(items));

/** The loop has ended before these files could go with a review: they go into its result. */
async function takeAtLast(front: Front, drafts: Drafts, taskId: string): Promise<void> {
  const done = await askReview(front, (review) => review.take(taskId, takenIn(drafts.of(taskId))));
  if (!done) return;
  await drafts.remove(taskId, ({ kind }) => kind === 'taken');
  const { branch, commit } = done;
  await tellMoved(
    front,
    taskId,
    l10n.t(
      '{0} is at {1} now, with the files that you took. No evidence ran on it.',
      branch,
      commit.slice(0, 7),
    ),
  );
}

interface Sent {
  readonly count: number;
  readonly toldIn: number;
  /** Agents have begun on another commit, so they are told to make the changes. */
  readonly byAgents: boolean;
}

interface Sending {
  readonly service: LoopService;
  readonly drafts: Drafts;
  readonly hunks: HunkReview;
}

/** All about one commit is one review, taken as a whole or not at all. */
async function sendOne(
  { service, drafts, hunks }: Sending,
  taskId: string,
  commit: string,
): Promise<Result<Sent, LoopError>> {
  const said = drafts.of(taskId).find((draft) => draft.commit === commit)?.items ?? [];
  const prepared = service.review
    ? await prepare(hunks, service.review, { taskId, commit, said })
    : ok({ items: said, revised: null });
  if (!prepared.ok) return prepared;
  const { items, revised } = prepared.value;
  const sent = await service.sendReview(taskId, { commit, revised, items });
  if (!sent.ok) return sent;
  hunks.choices.clear(taskId, commit);
  await drafts.remove(taskId, (item) => said.includes(item));
  const changes = items.some(({ kind }) => kind === 'rejected' || kind === 'taken');
  return ok({ count: items.length, toldIn: sent.value.toldIn, byAgents: changes && revised === null });
}

async function tell(
  { loops, messages }: Front,
  taskId: string,
  { count, toldIn, byAgents }: Sent,
): Promise<void> {
  const said =
    count === 1
      ? l10n.t('Sent 1 item of review; iteration {0} is told of it.', toldIn)
      : l10n.t('Sent {0} items of review; iteration {1} is told of them.', count, toldIn);
  const view = loops.view(taskId);
  if (view?.waiting?.for !== 'decision') {
    const how = byAgents
      ? l10n.t('Its agents make the changes themselves, since others work on that commit already.')
      : null;
    return messages.note([said, queuedText(view), how].filter(Boolean).join(' '));
  }
  const waits = l10n.t('{0} The loop waits for your decision.', said);
  if (await messages.offer(waits, l10n.t('Decide…'))) {
    await vscode.commands.executeCommand('cfn.decide', { taskId });
  }
}
