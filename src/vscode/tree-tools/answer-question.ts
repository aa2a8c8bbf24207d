/** What an agent asks in the middle of its work is answered with a choice of its own or in the person's words. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { AgentQuestion } from '../../domain/agents/question.ts';
import { pickAgent, type PickedAgent } from '../commands/pick-agent.ts';
import type { Command, Front } from '../front.ts';
import { minutes, visible } from '../words.ts';

const named = z.object({ questionId: z.string(), choice: z.optional(z.int()) });

/** Longer ones do not fit above a list. */
const FITS = 120;

interface AnswerItem extends vscode.QuickPickItem {
  readonly does: { readonly answer: string } | 'write' | 'show';
}

function itemsFor({ text, choices }: AgentQuestion): readonly AnswerItem[] {
  const whole =
    text.length > FITS || text.includes('\n')
      ? [
          {
            label: l10n.t('Open the Loop'),
            detail: l10n.t('Shows the whole question.'),
            does: 'show',
          } as const,
        ]
      : [];
  return [
    ...choices.map((choice) => ({ label: visible(choice), does: { answer: choice } })),
    { label: l10n.t('Write an answer…'), does: 'write' },
    ...whole,
  ];
}

/** Nothing is chosen beforehand: Enter alone must not answer. */
function choose(agentId: string, question: AgentQuestion): Promise<AnswerItem['does'] | undefined> {
  const picker = vscode.window.createQuickPick<AnswerItem>();
  picker.title = l10n.t('{0} asks', agentId);
  picker.placeholder = visible(question.text);
  picker.ignoreFocusOut = true;
  picker.items = itemsFor(question);
  return new Promise((resolve) => {
    picker.onDidAccept(() => {
      const chosen = picker.selectedItems[0];
      if (!chosen) return;
      resolve(chosen.does);
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

const write = (agentId: string, question: AgentQuestion): Thenable<string | undefined> =>
  vscode.window.showInputBox({
    title: l10n.t('Answer {0}', agentId),
    prompt: visible(question.text),
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? l10n.t('An answer takes a text.') : undefined),
  });

async function askAnswer({ view, agent }: PickedAgent, question: AgentQuestion): Promise<string | undefined> {
  const does = question.choices.length === 0 ? 'write' : await choose(agent.id, question);
  if (does === undefined) return undefined;
  if (does === 'write') return write(agent.id, question);
  if (does !== 'show') return does.answer;
  await vscode.commands.executeCommand('cfn.showLoop', { taskId: view.taskId });
  return undefined;
}

/** The one that is named, else the only one, else the person's choice. */
async function pickQuestion(
  { messages }: Front,
  { agent }: PickedAgent,
  questionId: string | undefined,
): Promise<AgentQuestion | undefined> {
  const { questions } = agent;
  if (questions.length === 0 || questionId !== undefined) {
    const question = questions.find(({ id }) => id === questionId);
    if (!question) messages.note(l10n.t('That does not need you any more.'));
    return question;
  }
  if (questions.length === 1) return questions[0];
  const now = Date.now();
  const picked = await vscode.window.showQuickPick(
    questions.map((question) => ({
      label: visible(question.text),
      description: minutes(now - question.at),
      question,
    })),
    { title: l10n.t('{0} asks', agent.id), placeHolder: l10n.t('Which question?') },
  );
  return picked?.question;
}

export const answerQuestion: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: l10n.t('Answer an Agent'),
    filter: (agent) => agent.questions.length > 0,
    none: l10n.t('No agent asks anything.'),
  });
  if (!picked) return;
  const given = named.safeParse(argument);
  const { questionId, choice } = given.success ? given.data : {};
  const question = await pickQuestion(front, picked, questionId);
  if (!question) return;
  const chosen = choice === undefined ? undefined : question.choices[choice];
  const answer = chosen ?? (await askAnswer(picked, question));
  if (answer === undefined) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const of = { agentId: picked.agent.id, questionId: question.id };
  const done = await opened.value.answerQuestion(picked.view.taskId, of, answer);
  if (!done.ok) front.messages.failed(done.error);
};
