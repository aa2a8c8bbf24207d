import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { DecideRequest } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { consequences, recommendation } from '../consequences.ts';
import type { Command, Front } from '../front.ts';
import { needsPerson, taskTitle } from '../words.ts';
import { pickLoop } from './pick-loop.ts';

type Decision = DecideRequest['decision'];

interface DecisionItem extends vscode.QuickPickItem {
  readonly decision: Decision;
}

function ask(view: LoopView): Promise<Decision | undefined> {
  const recommended = recommendation(view);
  const picker = vscode.window.createQuickPick<DecisionItem>();
  picker.title = l10n.t('Decide iteration {0}: {1}', view.iteration, taskTitle(view, 50));
  picker.placeholder = view.waiting?.message ?? l10n.t('Nothing runs and nothing is spent while it waits');
  picker.ignoreFocusOut = true;
  picker.items = consequences(view).map(({ decision, text }) => ({
    label: decision,
    description: decision === recommended?.decision ? l10n.t('recommended by {0}', recommended.by) : '',
    detail: text,
    decision,
  }));
  return new Promise((resolve) => {
    picker.onDidAccept(() => {
      const chosen = picker.selectedItems[0];
      // Nothing is pre-selected: Enter alone must not decide.
      if (!chosen) return;
      resolve(chosen.decision);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    // Also before it is shown: what is set after that comes a moment later, and Enter may be quicker.
    picker.activeItems = [];
    picker.show();
    picker.activeItems = [];
  });
}

async function complete(view: LoopView, decision: Decision): Promise<DecideRequest | undefined> {
  const recommended = recommendation(view);
  const against = recommended !== null && recommended.decision !== decision;
  if (decision === 'ITERATE') {
    const said = view.nextFeedback.filter(({ origin }) => origin === 'person').length + view.feedback.length;
    const text = await vscode.window.showInputBox({
      title: l10n.t('Feedback for iteration {0}', view.iteration + 1),
      prompt:
        said > 0
          ? l10n.t('Added to {0} items that are there already; may stay empty', said)
          : l10n.t('What should be done differently? Several items: separate them with ;'),
      ignoreFocusOut: true,
      validateInput: (value) =>
        value.trim() === '' && said === 0 ? l10n.t('No iteration starts without feedback.') : undefined,
    });
    if (text === undefined) return undefined;
    const feedback = text
      .split(';')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return { decision, feedback };
  }
  const reason = await vscode.window.showInputBox({
    title: decision,
    prompt: against
      ? l10n.t('{0} recommends {1}; your reason goes on record', recommended.by, recommended.decision)
      : l10n.t('Reason, for the record; may stay empty'),
    ignoreFocusOut: true,
    validateInput: (value) =>
      against && value.trim() === ''
        ? l10n.t('A decision against the recommendation takes a reason.')
        : undefined,
  });
  if (reason === undefined) return undefined;
  return reason.trim() === '' ? { decision } : { decision, reason: reason.trim() };
}

export const decide: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Decide'),
    filter: needsPerson,
    none: l10n.t('No loop waits for a decision.'),
  });
  if (!view) return;
  const decision = await ask(view);
  if (!decision) return;
  const request = await complete(view, decision);
  if (request) await sendDecision(front, view.taskId, request);
};

/** No evidence ran on what is left after a person rejected lines: that is said in words, and agreed to. */
const agreesToRevised = ({ messages }: Front, revised: string): Promise<boolean> =>
  messages.confirm(
    l10n.t('Take the result without what you rejected?'),
    l10n.t(
      'Commit {0} is the work of this iteration without the lines that you rejected. No evidence ran on it, and no validator has seen it. With ITERATE agents and evidence go on from it.',
      revised.slice(0, 10),
    ),
    l10n.t('Take It Without Evidence'),
  );

export async function sendDecision(front: Front, taskId: string, request: DecideRequest): Promise<void> {
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const revised = front.loops.view(taskId)?.revised;
  let agreed = request;
  if (revised !== undefined && request.decision === 'PROCEED') {
    if (!(await agreesToRevised(front, revised))) return;
    agreed = { ...request, confirm: [...(request.confirm ?? []), revised] };
  }
  const decided = await opened.value.decide(taskId, agreed);
  if (!decided.ok) return front.messages.failed(decided.error);
  front.loops.adopt(decided.value);
}
