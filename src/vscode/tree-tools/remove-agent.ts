import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { WorktreeRemoval } from '../../app/remove-worktree.ts';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import { bytesText } from '../../base/bytes.ts';
import { pickAgent } from '../commands/pick-agent.ts';
import type { Command } from '../front.ts';
import { isFinished, visible } from '../words.ts';
import { itemList, listText } from './removal-lists.ts';

const withPaths = (title: string, paths: readonly string[]): string =>
  `${title}\n${listText(paths.map(visible))}`;

function preview({ items, there, unsaved, looseCommits, ignored }: WorktreeRemoval): string {
  const rescued = unsaved.length + looseCommits > 0;
  const files = unsaved.map(({ path }) => path);
  return [
    itemList(items.filter(({ kept }) => kept === null)),
    itemList(items.filter(({ kept }) => kept !== null)),
    ...(there ? [] : [l10n.t('Its folder is gone already.')]),
    ...(there && !rescued ? [l10n.t('Refs of the loop hold all that lies in it.')] : []),
    ...(files.length > 0
      ? [withPaths(l10n.t('In no commit yet, kept under a rescue ref first:'), files)]
      : []),
    ...(looseCommits > 0
      ? [l10n.t("The agent's own commits that nothing else holds get a rescue ref first: {0}", looseCommits)]
      : []),
    ...(ignored.length > 0 ? [withPaths(l10n.t('Ignored by git, gone with it:'), ignored)] : []),
    l10n.t('Restore Worktree of Agent makes it again, but for what git ignores.'),
  ].join('\n\n');
}

const isRemoved = (agent: AgentView, { removedWorktrees = [] }: LoopView): boolean =>
  removedWorktrees.some(({ agentId }) => agentId === agent.id);

const inView = <T>(work: () => Promise<T>): Thenable<T> =>
  vscode.window.withProgress({ location: { viewId: 'cfn.agents' } }, work);

/** The worktree of one agent that does not run: shown first, then rescued and removed. */
export const removeAgent: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Remove Worktree of Agent'),
    filter: (agent, view) => agent.branch !== null && isFinished(agent) && !isRemoved(agent, view),
    none: l10n.t('No agent that has ended has a worktree.'),
  });
  if (!picked) return;
  const named = { taskId: picked.view.taskId, agentId: picked.agent.id };
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const shown = await inView(() => opened.value.removeWorktree({ ...named, remove: false }));
  if (!shown.ok) return front.messages.failed(shown.error);
  const stays = shown.value.items.find(({ kind }) => kind === 'worktree')?.kept ?? null;
  if (stays !== null)
    return front.messages.failed({
      kind: 'state',
      message: l10n.t('The worktree of {0} stays: {1}.', named.agentId, stays),
    });
  const agreed = await front.messages.confirm(
    l10n.t('Remove the worktree of {0}?', named.agentId),
    preview(shown.value),
    l10n.t('Remove'),
  );
  if (!agreed) return;
  const done = await inView(() => opened.value.removeWorktree({ ...named, remove: true }));
  if (!done.ok) return front.messages.failed(done.error);
  const { rescued, bytes } = done.value;
  front.messages.note(
    rescued === null
      ? l10n.t('Removed, {0}.', bytesText(bytes))
      : l10n.t('Removed, {0}; {1} holds what was in no commit.', bytesText(bytes), visible(rescued)),
  );
  await front.trees.refresh();
};

/** Makes a worktree that was removed again. */
export const restoreAgent: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Restore Worktree of Agent'),
    filter: isRemoved,
    none: l10n.t('No worktree of an agent was removed.'),
  });
  if (!picked) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const made = await inView(() => opened.value.restoreWorktree(picked.view.taskId, picked.agent.id));
  if (!made.ok) return front.messages.failed(made.error);
  front.messages.note(l10n.t('{0} is there again.', visible(made.value.path)));
  await front.trees.refresh();
};
