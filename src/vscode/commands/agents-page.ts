/** CFN: Agents, and the test runs on its page. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { DetectedAgent } from '../../ports/agent-provider.ts';
import type { TriedAgent } from '../agents-page/agents-html.ts';
import type { Command, Front } from '../front.ts';

/** The demo agent is a script: there is nothing to find, and it does no task. */
const isCli = ({ id }: DetectedAgent): boolean => id !== 'demo';

export const showAgents: Command = async ({ agents: page, loops, messages }) => {
  page.reveal();
  const core = await loops.core();
  const agents = (await core.agents()).filter(isCli);
  page.show({ agents, verified: new Map() });
  const verified = await core.verifyAgents();
  if (!verified.ok) return messages.failed({ kind: 'internal', message: verified.error });
  page.show({ agents, verified: new Map(verified.value.map((each) => [each.id, each])) });
};

/** It edits files, which a test run is about. */
const canTry = (agent: DetectedAgent): boolean => isCli(agent) && agent.path !== null && !agent.models;

/** From a button of the page, or of a preset that is picked here. */
export const tryAgent: Command = async (front, argument) => {
  const agents = (await (await front.loops.core()).agents()).filter(canTry);
  const agent = agents.find(({ id }) => id === argument) ?? (await pickAgent(agents));
  if (!agent || front.agents.tried.get(agent.id)?.kind === 'running') return;
  if (front.agents.isOpen) front.agents.reveal();
  else void showAgents(front, undefined);
  front.agents.showTrial(agent.id, { kind: 'running' });
  front.agents.showTrial(agent.id, await tryOne(front, agent));
};

async function pickAgent(agents: readonly DetectedAgent[]): Promise<DetectedAgent | undefined> {
  const items = agents.map((agent) => ({ label: agent.title, description: agent.version ?? '', agent }));
  const title = l10n.t('Test Run of an Agent');
  const placeHolder =
    items.length === 0 ? l10n.t('No agent CLI was found on this machine.') : l10n.t('One small task');
  return (await vscode.window.showQuickPick(items, { title, placeHolder }))?.agent;
}

async function tryOne(front: Front, { id, title }: DetectedAgent): Promise<TriedAgent> {
  const core = await front.loops.core();
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: l10n.t('{0} does a small task …', title),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (_, token): Promise<TriedAgent> => {
    const controller = new AbortController();
    const listening = token.onCancellationRequested(() => controller.abort());
    try {
      const tried = await core.tryAgent(id, controller.signal);
      return tried.ok ? { kind: 'done', trial: tried.value } : { kind: 'not-tried', reason: tried.error };
    } finally {
      listening.dispose();
    }
  });
}
