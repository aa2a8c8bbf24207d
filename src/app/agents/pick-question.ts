import { shown } from '../../base/shown.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { AgentQuestion } from '../../domain/agents/question.ts';
import type { LoopView } from '../projections/loop-view.ts';

export interface OpenQuestion extends AgentQuestion {
  readonly agentId: string;
}

/** What the agents of a loop wait for an answer to, the longest wait first. */
export const openQuestionsOf = ({ agents }: Pick<LoopView, 'agents'>): readonly OpenQuestion[] =>
  agents
    .flatMap(({ id, questions }) => questions.map((question) => ({ ...question, agentId: id })))
    .sort((one, other) => one.at - other.at);

export interface NamedQuestion {
  readonly agentId?: string | undefined;
  readonly questionId?: string | undefined;
}

/** The open question that is meant: the only one of those that have these names. */
export function pickQuestion(view: LoopView, named: NamedQuestion): Result<OpenQuestion, string> {
  const { agentId, questionId } = named;
  const agent = view.agents.find(({ id }) => id.toLowerCase() === agentId?.toLowerCase());
  if (agentId !== undefined && agent === undefined) {
    const crew = view.agents.map(({ id }) => id).join(', ');
    return err(`The agent is ${shown(agentId)}; it takes one of the loop's crew (${crew}).`);
  }
  const open = openQuestionsOf(view).filter((each) => agent === undefined || each.agentId === agent.id);
  const meant = open.filter(({ id }) => questionId === undefined || id === questionId);
  const [only] = meant;
  if (only === undefined) {
    const who = agent === undefined ? `No agent of ${view.taskId}` : agent.id;
    const not = agent === undefined ? 'waits' : 'does not wait';
    return questionId === undefined
      ? err(`${who} ${not} for an answer; nothing was answered.`)
      : err(
          `${who} ${not} for an answer to ${shown(questionId)}: it was answered or withdrawn, or never asked.`,
        );
  }
  if (meant.length === 1) return ok(only);
  const names = meant.map((each) => `--agent ${each.agentId} --question ${each.id}`).join(', ');
  return err(`${meant.length} questions are open; name one (${names}).`);
}
