/** What one can do with an agent: look into its terminal, its transcript, its worktree. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { transcriptUri } from '../content/documents.ts';
import type { Command, Front } from '../front.ts';
import { openContainerShell } from '../terminals/container-shell.ts';
import { pickAgent, type PickedAgent } from './pick-agent.ts';

const HAS_RUN = l10n.t('No agent has run yet.');

async function openTranscript({ agent }: PickedAgent): Promise<void> {
  if (!agent.folder) return;
  const document = await vscode.workspace.openTextDocument(
    transcriptUri(agent.id, agent.attempt, agent.folder),
  );
  await vscode.window.showTextDocument(document, { preview: true });
}

const NOTICED_MS = 1000;

/** Says what is waited for when it takes long; who gives it up gets what there is without a terminal. */
async function terminalOf({ terminals }: Front, { agent }: PickedAgent): Promise<vscode.Terminal | null> {
  const finding = terminals.find(agent);
  const late = new Promise<'late'>((resolve) => {
    setTimeout(resolve, NOTICED_MS, 'late');
  });
  const found = await Promise.race([finding, late]);
  if (found !== 'late') return found;
  const title = l10n.t('Waiting until the terminal of {0} is back after the reload…', agent.id);
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (_, token) =>
    Promise.race([
      finding,
      new Promise<null>((resolve) => {
        token.onCancellationRequested(() => resolve(null));
      }),
    ]),
  );
}

export const openTerminal: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Open Agent Terminal'),
    filter: (agent) => agent.folder !== null,
    none: HAS_RUN,
  });
  if (!picked) return;
  const terminal = await terminalOf(front, picked);
  if (terminal) terminal.show();
  // A finished agent's terminal is gone; its words are not.
  else await openTranscript(picked);
};

/** Beside the agent, in the container that it works in. */
export const openShell: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Open Shell in Container'),
    filter: (agent) => agent.state === 'working',
    none: l10n.t('No agent is working.'),
  });
  if (!picked) return;
  const service = await front.loops.service();
  if (!service.ok) return front.messages.failed(service.error);
  const of = { taskId: picked.view.taskId, agentId: picked.agent.id };
  const terminal = await openContainerShell(service.value, of);
  if (terminal.ok) terminal.value.show();
  else front.messages.failed(terminal.error);
};

/** The CLI's own interface on the agent's session, in the agent's terminal; the loop waits until the person leaves it. */
export const takeOver: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Take Over Agent'),
    filter: (agent) => agent.state === 'working' && agent.folder !== null,
    none: l10n.t('No agent is working.'),
  });
  if (!picked) return;
  const { agent } = picked;
  if (agent.state !== 'working') {
    return front.messages.failed({ kind: 'state', message: l10n.t('{0} is not working.', agent.id) });
  }
  const terminal = await front.terminals.takeOver(agent);
  if (terminal) return terminal.show();
  const message = l10n.t(
    '{0} does not run in a terminal of this window, so it cannot be taken over here.',
    agent.id,
  );
  front.messages.failed({ kind: 'state', message });
};

export const showTranscript: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Show Transcript'),
    filter: (agent) => agent.folder !== null,
    none: HAS_RUN,
  });
  if (picked) await openTranscript(picked);
};

/** A worktree that no loop made names its own folder. */
const otherWorktree = z.object({ kind: z.literal('worktree'), path: z.string() });

const openFolder = async (path: string): Promise<void> => {
  await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(path), { forceNewWindow: true });
};

/** Where the worktree is by now: somebody may have moved it since the agent's attempt began. */
async function worktreeNow(front: Front, { agent }: PickedAgent): Promise<string | null> {
  const { worktree, branch } = agent;
  if (worktree === null || branch === null) return worktree;
  const service = await front.loops.service();
  const listed = service.ok ? await service.value.worktrees() : service;
  const found = listed.ok
    ? listed.value.find((each) => each.origin === 'agent' && each.branch === branch && !each.missing)
    : undefined;
  return found?.path ?? worktree;
}

export const openWorktree: Command = async (front, argument) => {
  const other = otherWorktree.safeParse(argument);
  if (other.success) return openFolder(other.data.path);
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Open Worktree in New Window'),
    filter: (agent) => agent.worktree !== null,
    none: l10n.t('There is no worktree yet.'),
  });
  const path = picked && (await worktreeNow(front, picked));
  if (path) await openFolder(path);
};

const withPath = z.object({ path: z.string() });

export const copyPath: Command = async (front, argument) => {
  const other = otherWorktree.safeParse(argument);
  if (other.success) return vscode.env.clipboard.writeText(other.data.path);
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Copy Path'),
    filter: (agent) => agent.worktree !== null,
    none: l10n.t('There is no worktree yet.'),
  });
  const folder = picked && (await worktreeNow(front, picked));
  if (!folder) return;
  const worktree = vscode.Uri.file(folder);
  const file = withPath.safeParse(argument);
  const path = file.success ? vscode.Uri.joinPath(worktree, file.data.path).fsPath : worktree.fsPath;
  await vscode.env.clipboard.writeText(path);
};
