import { openQuestionsOf } from '../app/agents/pick-question.ts';
import { ageText } from '../app/projections/status-words.ts';
import type { LoopView } from '../app/projections/loop-view.ts';
import { printable } from './io.ts';

interface Question {
  readonly taskId: string;
  readonly agentId: string;
  readonly id: string;
  readonly text: string;
  readonly choices: readonly string[];
}

/** `impl-1 asks: Which one? (A | B); answer with: cfn answer …`, for a terminal. */
export function questionLine({ taskId, agentId, id, text, choices }: Question): string {
  const proposed = choices.length > 0 ? ` (${choices.map(printable).join(' | ')})` : '';
  return `${agentId} asks: ${printable(text)}${proposed}; answer with: cfn answer ${taskId} "TEXT" --agent ${agentId} --question ${printable(id)}`;
}

/** What the agents of a loop wait for an answer to. */
export const openQuestionLines = (view: LoopView, now: number): readonly string[] =>
  openQuestionsOf(view).map(
    (question) => `for ${ageText(now - question.at)}: ${questionLine({ ...question, taskId: view.taskId })}`,
  );
