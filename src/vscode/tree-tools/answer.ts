/** Every matter of the inbox is answered where it stands, in the way that fits it. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { InboxItem, InboxKind } from '../../app/projections/inbox.ts';
import type { Command } from '../front.ts';
import { visible } from '../words.ts';
import { pickItem } from './pick-item.ts';

interface Choice extends vscode.QuickPickItem {
  readonly command: string;
  readonly argument: unknown;
}

const feedback = ({ taskId }: InboxItem): Choice => ({
  label: l10n.t('Add Feedback…'),
  detail: l10n.t('Goes into the next iteration.'),
  command: 'cfn.addFeedback',
  argument: { taskId },
});
const open = ({ taskId }: InboxItem): Choice => ({
  label: l10n.t('Open the Loop'),
  command: 'cfn.showLoop',
  argument: { taskId },
});
const putOff = ({ id }: InboxItem): Choice => ({
  label: l10n.t('Snooze…'),
  command: 'cfn.snooze',
  argument: { itemId: id },
});

function held(item: InboxItem, point: number): readonly Choice[] {
  const { taskId, iteration } = item;
  return [
    {
      label: l10n.t('Release As It Is'),
      detail: l10n.t('The hand-over goes on unchanged, and the loop with it.'),
      command: 'cfn.releaseHandOver',
      argument: { taskId },
    },
    {
      label: l10n.t('Look at What Is Handed Over'),
      detail: l10n.t('Read-only; the loop stays held.'),
      command: 'cfn.showHandOver',
      argument: { taskId, point, iteration, what: 'payload' },
    },
    {
      label: l10n.t('Edit It in the Panel'),
      detail: l10n.t('Released there, and marked as edited by you.'),
      command: 'cfn.showLoop',
      argument: { taskId },
    },
    putOff(item),
  ];
}

const noProgress = (item: InboxItem): readonly Choice[] => [
  ...(item.blocks
    ? [
        {
          label: l10n.t('Decide…'),
          detail: l10n.t('Go on as it is or with feedback, or end the loop.'),
          command: 'cfn.decide',
          argument: { taskId: item.taskId },
        },
      ]
    : []),
  feedback(item),
  {
    label: l10n.t('Retry an Agent…'),
    detail: l10n.t('With another preset, if you like.'),
    command: 'cfn.retryAgent',
    argument: { taskId: item.taskId },
  },
  {
    label: l10n.t('Change Thresholds…'),
    detail: l10n.t('They count from the next iteration on.'),
    command: 'cfn.changeThresholds',
    argument: { taskId: item.taskId },
  },
  open(item),
  putOff(item),
];

const conflict = (item: InboxItem): readonly Choice[] => [
  ...(item.agentId === null
    ? []
    : [
        {
          label: l10n.t('Show Diff of {0}', item.agentId),
          detail: l10n.t('What it has that the others do not.'),
          command: 'cfn.showAgentDiff',
          argument: { taskId: item.taskId, agentId: item.agentId },
        },
      ]),
  feedback(item),
  open(item),
  putOff(item),
];

/** Matters that one command asks about by itself. */
const COMMAND: Readonly<Partial<Record<InboxKind, string>>> = {
  decision: 'cfn.decide',
  budget: 'cfn.decide',
  quorum: 'cfn.decide',
  evidence: 'cfn.decide',
  outside: 'cfn.decide',
  question: 'cfn.answerQuestion',
  stuck: 'cfn.answerStuck',
  fault: 'cfn.resumeLoop',
};

async function ask(item: InboxItem, choices: readonly Choice[]): Promise<void> {
  const chosen = await vscode.window.showQuickPick(choices, {
    title: visible(item.title),
    placeHolder: visible(item.detail),
    ignoreFocusOut: true,
  });
  if (chosen) await vscode.commands.executeCommand(chosen.command, chosen.argument);
}

export const answer: Command = async (front, argument) => {
  const item = await pickItem(front, argument, l10n.t('Answer'));
  if (!item) return;
  const { taskId, agentId, kind, questionId } = item;
  const command = COMMAND[kind];
  if (command) {
    const about = agentId === null ? { taskId } : { taskId, agentId };
    await vscode.commands.executeCommand(
      command,
      questionId === undefined ? about : { ...about, questionId },
    );
    return;
  }
  switch (kind) {
    case 'breakpoint':
      return ask(item, held(item, front.loops.view(taskId)?.held?.point ?? 1));
    case 'gate-failed-twice':
    case 'stalled':
      return ask(item, noProgress(item));
    case 'conflict':
      return ask(item, conflict(item));
    default:
      return ask(item, [open(item), putOff(item)]);
  }
};
