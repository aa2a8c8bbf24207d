/** The differences that loops, agents and their files have buttons for. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import type { Revision } from '../../app/review/loop-review.ts';
import { pickAgent } from '../commands/pick-agent.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import type { Command, Front } from '../front.ts';
import { changesOf, taskTitle } from '../words.ts';
import { askReview } from './ask-review.ts';
import { commitUri } from './commit-uri.ts';
import { compare, openComparison, openFileDiff, openPages } from './diffs.ts';
import { pathOf } from './file-words.ts';
import { sideOf, type ReviewSide } from './subjects.ts';

/** Null when the person was told why there is no answer. */
export const revisionsOf = (front: Front, taskId: string): Promise<readonly Revision[] | null> =>
  askReview(front, (review) => review.revisions(taskId));

const base = (commit: string): ReviewSide => sideOf({ kind: 'base', commit });

async function showLoopDiff(front: Front, view: LoopView, from: ReviewSide): Promise<void> {
  const { taskId, commit, iteration } = view;
  if (!commit) {
    const message = l10n.t('There is no integrated result to show yet.');
    return front.messages.failed({ kind: 'state', message });
  }
  const title = l10n.t('{0}: iteration {1} against {2}', taskTitle(view, 40), iteration, from.name);
  const to = { commit, name: l10n.t('iteration {0}', iteration) };
  const none = l10n.t('The result does not differ from the base.');
  await openComparison(front, title, { taskId, from, to }, none);
}

/** The integrated result against the loop's base, in the native multi-file diff. */
export const showDiff: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Show Diff'),
    filter: (each) => each.commit !== null,
    none: l10n.t('No loop has an integrated result yet.'),
  });
  if (view) await showLoopDiff(front, view, base(view.baseCommit));
};

/** A loop's result together with what the loops before it made. */
export const showWholeDiff: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Show Diff Against the First Base'),
    filter: ({ commit, continues }) => commit !== null && continues !== null,
    none: l10n.t('No loop with a result goes on from another one.'),
  });
  if (!view) return;
  const commit = view.continues?.firstBase ?? view.baseCommit;
  const name = l10n.t('the first base at {0}', commit.slice(0, 7));
  await showLoopDiff(front, view, { commit, name });
};

/** What an agent's newest attempt began at, and what it was committed as; null while it runs. */
async function attemptOf(
  front: Front,
  taskId: string,
  { id, iteration, attempt }: AgentView,
): Promise<{ readonly start: ReviewSide; readonly done: ReviewSide | null } | null> {
  const revisions = await revisionsOf(front, taskId);
  const start = revisions?.find((each) => each.kind === 'start' && each.iteration === iteration);
  if (!start) return null;
  const done = revisions?.find(
    (each) =>
      each.kind === 'attempt' &&
      each.agentId === id &&
      each.iteration === iteration &&
      each.attempt === attempt,
  );
  return { start: sideOf(start), done: done ? sideOf(done) : null };
}

/** What an agent changed in its newest attempt: as it was committed, or as its worktree stands while it works. */
export const showAgentDiff: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Show Diff of Agent'),
    filter: (agent) => agent.worktree !== null,
    none: l10n.t('There is no worktree yet.'),
  });
  if (!picked) return;
  const { view, agent } = picked;
  const { taskId } = view;
  const attempt = await attemptOf(front, taskId, agent);
  const none = l10n.t('{0} has changed nothing yet.', agent.id);
  if (!attempt) return front.messages.note(none);
  const { start, done } = attempt;
  if (done) {
    const title = l10n.t('{0} against {1}', done.name, start.name);
    return openComparison(front, title, { taskId, from: start, to: done }, none);
  }
  const { files } = changesOf(agent);
  if (!agent.worktree || files.length === 0) return front.messages.note(none);
  const worktree = vscode.Uri.file(agent.worktree);
  const resources = files.map(({ path }) => {
    const now = vscode.Uri.joinPath(worktree, path);
    return [now, commitUri(taskId, start.commit, path), now] as const;
  });
  await openPages(front, l10n.t('{0} now against {1}', agent.id, start.name), resources);
};

const fileRow = z.object({
  taskId: z.string(),
  path: z.string(),
  agent: z.object({ id: z.string() }),
});

/** One file of an agent: as it was committed, or as it is in the worktree now. */
export const showFileDiff: Command = async (front, argument) => {
  const row = fileRow.safeParse(argument);
  const view = row.success ? front.loops.view(row.data.taskId) : null;
  const agent = view?.agents.find(({ id }) => row.success && id === row.data.agent.id);
  if (!row.success || !view || !agent) return;
  const { taskId, path } = row.data;
  const attempt = await attemptOf(front, taskId, agent);
  if (!attempt) return;
  const { start, done } = attempt;
  if (!done) {
    if (!agent.worktree) return;
    const now = vscode.Uri.joinPath(vscode.Uri.file(agent.worktree), path);
    const title = l10n.t('{0} ({1} now against {2})', path, agent.id, start.name);
    return vscode.commands.executeCommand('vscode.diff', commitUri(taskId, start.commit, path), now, title);
  }
  const comparison = { taskId, from: start, to: done };
  const file = (await compare(front, comparison))?.find((each) => pathOf(each) === path);
  if (file) await openFileDiff(comparison, file, { preview: true });
};
