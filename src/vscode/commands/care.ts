/** What a person does about one running agent: say something, end it, answer the question about a stuck one. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import type { AgentView } from '../../app/projections/loop-view.ts';
import { factText } from '../../app/projections/status-words.ts';
import type { Result } from '../../base/result.ts';
import type { Command, Front } from '../front.ts';
import { visible } from '../words.ts';
import { pickAgent, pickAgents, type PickedAgent } from './pick-agent.ts';

type Action = (service: LoopService, picked: PickedAgent) => Promise<Result<void, LoopError> | null>;

const choiceOfRunning = (title: string) => ({
  title,
  filter: (agent: AgentView) => agent.state === 'working',
  none: l10n.t('No agent is working.'),
});

async function pickRunning(front: Front, argument: unknown, title: string): Promise<PickedAgent | null> {
  const picked = await pickAgent(front, argument, choiceOfRunning(title));
  if (!picked || picked.agent.state === 'working') return picked;
  front.messages.failed({ kind: 'state', message: l10n.t('{0} is not working.', picked.agent.id) });
  return null;
}

async function act(front: Front, picked: PickedAgent, action: Action): Promise<void> {
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const done = await action(opened.value, picked);
  if (done && !done.ok) front.messages.failed(done.error);
}

const nudge: Action = async (service, { view, agent }) => {
  const text = await vscode.window.showInputBox({
    title: l10n.t('Nudge {0}', agent.id),
    prompt: l10n.t(
      'The agent gets it at the end of its turn, at once where it seems stuck. Empty: that it showed no sign of work',
    ),
    ignoreFocusOut: true,
  });
  if (text === undefined) return null;
  return text.trim() === ''
    ? service.nudge(view.taskId, agent.id)
    : service.nudge(view.taskId, agent.id, text);
};

/** Asks once for all of them. */
async function stop(front: Front, picked: readonly PickedAgent[]): Promise<void> {
  const names = picked.map(({ agent }) => agent.id).join(', ');
  const agreed = await front.messages.confirm(
    l10n.t('Stop {0}?', names),
    picked.length === 1
      ? l10n.t(
          'Its attempt ends and the loop goes on without a result of it. What it wrote is kept as a commit of the attempt.',
        )
      : l10n.t(
          'Their attempts end and their loops go on without a result of them. What they wrote is kept as a commit of each attempt.',
        ),
    picked.length === 1 ? l10n.t('Stop Agent') : l10n.t('Stop {0} Agents', picked.length),
  );
  if (!agreed) return;
  for (const each of picked) {
    await act(front, each, (service, { view, agent }) => service.stopAgent(view.taskId, agent.id));
  }
}

const leave: Action = (service, { view, agent }) => service.leaveAgent(view.taskId, agent.id);
const again: Action = (service, { view, agent }) => service.retryAgent(view.taskId, agent.id);

export const nudgeAgent: Command = async (front, argument) => {
  const picked = await pickRunning(front, argument, l10n.t('Nudge Agent'));
  if (picked) await act(front, picked, nudge);
};

export const stopAgent: Command = async (front, argument, selected) => {
  const several = Array.isArray(selected) && selected.length > 1;
  const one = several ? null : await pickRunning(front, argument, l10n.t('Stop Agent'));
  const picked = several
    ? await pickAgents(front, argument, selected, choiceOfRunning(l10n.t('Stop Agent')))
    : one
      ? [one]
      : [];
  if (picked.length > 0) await stop(front, picked);
};

/** The question about an agent that seems stuck; closing it changes nothing. */
export const answerStuck: Command = async (front, argument) => {
  const picked = await pickRunning(front, argument, l10n.t('Stuck Agent'));
  if (!picked) return;
  const now = Date.now();
  const answer = await vscode.window.showQuickPick(
    [
      { label: l10n.t('Nudge'), detail: l10n.t('Say something to it.'), action: nudge },
      {
        label: l10n.t('Leave It Alone'),
        detail: l10n.t('It is fine; nothing more is done in this attempt.'),
        action: leave,
      },
      {
        label: l10n.t('Run Again'),
        detail: l10n.t('Ends this attempt and starts a new one.'),
        action: again,
      },
      {
        label: l10n.t('Stop'),
        detail: l10n.t('The loop goes on without a result of it.'),
        action: null,
      },
    ],
    {
      title: l10n.t('{0} stuck?', picked.agent.id),
      placeHolder: visible(picked.agent.facts.map((fact) => factText(fact, now)).join(' · ')),
      ignoreFocusOut: true,
    },
  );
  if (!answer) return;
  if (answer.action) await act(front, picked, answer.action);
  else await stop(front, [picked]);
};
