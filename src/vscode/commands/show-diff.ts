import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { commitUri } from '../content/documents.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Command, Front } from '../front.ts';
import { taskTitle } from '../words.ts';
import { pickLoop } from './pick-loop.ts';

/** The integrated result against the loop's base, in the native multi-file diff. */
export const showDiff: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Show Diff'),
    filter: (each) => each.commit !== null,
    none: l10n.t('No loop has an integrated result yet.'),
  });
  if (!view) return;
  await showLoopDiff(front, view, 'base');
};

/** Everything that a loop made, against its own base or that of the first loop it goes on from. */
export async function showLoopDiff(
  front: Front,
  view: LoopView,
  since: 'base' | 'first-base',
): Promise<void> {
  const { commit } = view;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  if (!commit || !opened.value.changes || !front.loops.folder) {
    return front.messages.failed({
      kind: 'state',
      message: l10n.t('There is no integrated result to show yet.'),
    });
  }
  const changes = await opened.value.changes(view.taskId, commit, since);
  if (!changes.ok) return front.messages.failed(changes.error);
  if (changes.value.length === 0)
    return front.messages.note(l10n.t('The result does not differ from the base.'));
  const folder = front.loops.folder;
  const base = since === 'base' ? view.baseCommit : (view.continues?.firstBase ?? view.baseCommit);
  const resources = changes.value.map((change) => [
    vscode.Uri.joinPath(folder, change.path),
    change.status === 'added' ? undefined : commitUri(view.taskId, base, change.path),
    change.status === 'deleted' ? undefined : commitUri(view.taskId, commit, change.path),
  ]);
  const title = l10n.t(
    '{0}: iteration {1} against the {2}base',
    taskTitle(view, 40),
    view.iteration,
    since === 'base' ? '' : 'first ',
  );
  await vscode.commands.executeCommand('vscode.changes', title, resources);
}

const fileRow = z.object({
  taskId: z.string(),
  path: z.string(),
  agent: z.object({ id: z.string(), worktree: z.nullable(z.string()) }),
});

/** One file of an agent's worktree, as it is now, against the base. */
export const showFileDiff: Command = async (front, argument) => {
  const row = fileRow.safeParse(argument);
  const view = row.success ? front.loops.view(row.data.taskId) : null;
  if (!row.success || !view || !row.data.agent.worktree) return;
  const { path, agent } = row.data;
  const left = commitUri(view.taskId, view.baseCommit, path);
  const right = vscode.Uri.joinPath(vscode.Uri.file(row.data.agent.worktree), path);
  await vscode.commands.executeCommand('vscode.diff', left, right, `${path} (${agent.id} against the base)`);
};
