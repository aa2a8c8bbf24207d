import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { pickAgent } from '../commands/pick-agent.ts';
import type { Command } from '../front.ts';
import { answered, askReason, failedState, unsentText, type Answer } from './choose.ts';

/** Everything of the newest combined work that came from one agent. */
const onAgent =
  (choice: Answer): Command =>
  async (front, argument) => {
    const title =
      choice === 'accepted'
        ? l10n.t('Accept Everything of an Agent')
        : l10n.t('Reject Everything of an Agent');
    const picked = await pickAgent(front, argument, {
      title,
      filter: ({ role, worktree }) => role === 'implementer' && worktree !== null,
      none: l10n.t('No loop has combined work of an implementer yet.'),
    });
    const commit = picked?.view.commit;
    if (!picked) return;
    if (!commit) return failedState(front, l10n.t('No loop has combined work of an implementer yet.'));
    const { taskId } = picked.view;
    const agentId = picked.agent.id;
    const reason = choice === 'rejected' ? await askReason(agentId) : '';
    if (reason === undefined) return;
    const review = await front.hunks();
    const opened = await review.source.review();
    if (!opened.ok) return front.messages.failed(opened.error);
    if (!opened.value) return;
    const service = opened.value;
    const location = vscode.ProgressLocation.Notification;
    const found = await vscode.window.withProgress(
      { location, title, cancellable: true },
      async (_, token) => {
        const controller = new AbortController();
        token.onCancellationRequested(() => controller.abort());
        const hunks = await service.hunksOfAgent({ taskId, commit, agentId }, controller.signal);
        return controller.signal.aborted ? null : hunks;
      },
    );
    if (!found) return;
    if (!found.ok) return front.messages.failed(found.error);
    const { base, files } = found.value;
    const place = { taskId, base, commit };
    const choices = files.reduce(
      (before, { path, hunks }) =>
        answered(
          before,
          path,
          hunks.map((hunk) => ({ hunk, lines: null })),
          { choice, reason },
        ),
      review.choices.of(place),
    );
    review.choices.set(place, choices);
    const queued = choice === 'rejected' ? unsentText(front.loops.view(taskId)) : null;
    const count = files.reduce((sum, { hunks }) => sum + hunks.length, 0);
    const said =
      choice === 'accepted'
        ? l10n.t('Accepted {0} changes in {1} files of {2}.', count, files.length, agentId)
        : l10n.t('Rejected {0} changes in {1} files of {2}.', count, files.length, agentId);
    front.messages.note([said, queued].filter(Boolean).join(' '));
  };

export const acceptAgent = onAgent('accepted');
export const rejectAgent = onAgent('rejected');
