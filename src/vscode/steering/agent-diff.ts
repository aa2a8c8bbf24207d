import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { pickAgent } from '../commands/pick-agent.ts';
import { commitUri } from '../content/documents.ts';
import type { Command } from '../front.ts';
import { changesOf } from '../words.ts';

/** All that an agent's worktree holds now, against the loop's base, in the native multi-file diff. */
export const showAgentDiff: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Show Diff of Agent'),
    filter: (agent) => agent.worktree !== null,
    none: l10n.t('There is no worktree yet.'),
  });
  if (!picked?.agent.worktree) return;
  const { view, agent } = picked;
  const files = changesOf(agent).files;
  if (files.length === 0) return front.messages.note(l10n.t('{0} has changed nothing yet.', agent.id));
  const worktree = vscode.Uri.file(picked.agent.worktree);
  const resources = files.map(({ path }) => {
    const now = vscode.Uri.joinPath(worktree, path);
    return [now, commitUri(view.taskId, view.baseCommit, path), now];
  });
  await vscode.commands.executeCommand('vscode.changes', `${agent.id} against the base`, resources);
};
