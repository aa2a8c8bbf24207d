/** Another try for agents, and what they have written so far kept for good. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { pickAgent, pickAgents } from '../commands/pick-agent.ts';
import type { Command } from '../front.ts';

/** By the same program; `retryAgent` asks for another one. */
export const restartAgent: Command = async (front, argument, selected) => {
  const picked = await pickAgents(front, argument, selected, {
    title: l10n.t('Restart Agent'),
    filter: (agent) => agent.startedAt !== null,
    none: l10n.t('No agent has run yet.'),
  });
  if (picked.length === 0) return;
  const names = picked.map(({ agent }) => agent.id).join(', ');
  const agreed = await front.messages.confirm(
    l10n.t('Restart {0}?', names),
    l10n.t(
      'A running attempt is ended first; what it changed is kept under its own ref. A new attempt begins from the start of the iteration.',
    ),
    l10n.t('Restart'),
  );
  if (!agreed) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  for (const { view, agent } of picked) {
    const done = await opened.value.retryAgent(view.taskId, agent.id);
    if (!done.ok) return front.messages.failed(done.error);
  }
};

/** Keeps what lies in the agent's worktree now, and touches nothing in it. */
export const rescueWork: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Rescue Work'),
    filter: (agent) => agent.worktree !== null && agent.branch !== null,
    none: l10n.t('There is no worktree yet.'),
  });
  if (!picked) return;
  const { view, agent } = picked;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const rescued = await opened.value.rescue(view.taskId, agent.id);
  if (!rescued.ok) return front.messages.failed(rescued.error);
  if (rescued.value === null) {
    const message = l10n.t(
      "Nothing to rescue: commits of the loop hold all that lies in {0}'s worktree.",
      agent.id,
    );
    return front.messages.note(message);
  }
  const { ref } = rescued.value;
  const message = l10n.t('The work of {0} is kept as {1}. Its worktree is as it was.', agent.id, ref);
  if (await front.messages.offer(message, l10n.t('Copy Ref'))) await vscode.env.clipboard.writeText(ref);
};
