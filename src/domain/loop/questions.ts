/** What running agents ask a person: only the agent that asks waits, the loop goes on. */
import { ok, type Result } from '../../base/result.ts';
import { isOpen, type RecordedQuestion } from '../agents/question.ts';
import { refuse, refuseInput, type Command, type Rejection } from './commands.ts';
import { eventGuard } from './event-guard.ts';
import type { AgentExit, EventBody, EventOf } from './events.ts';
import { changeSlot } from './slots.ts';
import { currentSlots, type LoopState, type Slot } from './state.ts';

type Decided = Result<readonly EventBody[], Rejection>;
type QuestionCommand = Extract<Command, { kind: 'note-question' | 'withdraw-question' | 'answer-question' }>;
type QuestionEvent = EventOf<'QuestionAsked' | 'QuestionAnswered' | 'QuestionWithdrawn'>;

export const isAboutQuestion = eventGuard('QuestionAsked', 'QuestionAnswered', 'QuestionWithdrawn');

/** A longer answer is a task of its own. */
export const MAX_ANSWER = 10_000;

export function questionsFor(state: LoopState, command: QuestionCommand): Decided {
  const slot = currentSlots(state).find(({ agentId }) => agentId === command.agentId);
  if (command.kind === 'answer-question') return answer(slot, command);
  // What a runner tells may come after the end of its attempt.
  if (slot?.state.kind !== 'running' || slot.attempt !== command.attempt) return ok([]);
  if (command.kind === 'note-question') {
    const { question } = command;
    const known = slot.questions.find(({ id }) => id === question.id);
    const isNew = known === undefined || known.state.kind === 'withdrawn';
    return ok(isNew ? [{ type: 'QuestionAsked', ...who(slot), question }] : []);
  }
  const open = slot.questions.some((each) => each.id === command.questionId && isOpen(each));
  return ok(open ? [{ type: 'QuestionWithdrawn', ...who(slot), id: command.questionId }] : []);
}

function answer(slot: Slot | undefined, command: Command & { kind: 'answer-question' }): Decided {
  const { agentId, questionId: id } = command;
  if (!slot) return refuseInput(`The agent is "${agentId.slice(0, 80)}"; it takes one of the loop's crew.`);
  if (slot.state.kind !== 'running') return refuse(`${slot.agentId} does not run now; nothing was answered.`);
  const question = slot.questions.find((each) => each.id === id);
  if (!question) {
    return refuseInput(`The question is "${id.slice(0, 80)}"; it takes one that ${slot.agentId} has asked.`);
  }
  const text = command.answer.trim();
  if (text === '' || text.length > MAX_ANSWER) {
    return refuseInput(`The answer has ${text.length} characters; it takes 1 to ${MAX_ANSWER}.`);
  }
  switch (question.state.kind) {
    case 'answered':
      return refuse(`The question ${id} of ${slot.agentId} is answered already; nothing was changed.`);
    case 'withdrawn':
      return refuse(`${slot.agentId} waits for no answer to ${id} any more; nothing was answered.`);
    case 'open':
      return ok([{ type: 'QuestionAnswered', ...who(slot), id, text: question.text, answer: text }]);
  }
}

const who = ({ agentId, role, attempt }: Slot) => ({ agentId, role, attempt });

/** Whoever is gone waits for nothing. */
export function endQuestions(state: LoopState, exit: AgentExit): readonly EventBody[] {
  const slot = currentSlots(state).find(
    ({ agentId, role }) => agentId === exit.agentId && role === exit.role,
  );
  const open = slot?.questions.filter(isOpen) ?? [];
  return slot ? open.map(({ id }) => ({ type: 'QuestionWithdrawn', ...who(slot), id })) : [];
}

export function asked(state: LoopState, event: QuestionEvent, at: number): LoopState {
  return changeSlot(state, event.role, event.agentId, (slot) =>
    slot.attempt === event.attempt && slot.state.kind === 'running'
      ? { ...slot, questions: changed(slot.questions, event, at) }
      : slot,
  );
}

function changed(
  questions: readonly RecordedQuestion[],
  event: QuestionEvent,
  at: number,
): readonly RecordedQuestion[] {
  switch (event.type) {
    case 'QuestionAsked': {
      const others = questions.filter(({ id }) => id !== event.question.id);
      return [...others, { ...event.question, state: { kind: 'open' } }];
    }
    case 'QuestionAnswered':
      return questions.map((each) =>
        each.id === event.id ? { ...each, state: { kind: 'answered', at, answer: event.answer } } : each,
      );
    case 'QuestionWithdrawn':
      return questions.map((each) =>
        each.id === event.id ? { ...each, state: { kind: 'withdrawn', at } } : each,
      );
  }
}
