import { expect, it } from 'vitest';
import { silentLogger } from '../../base/logger.ts';
import type { AgentQuestion } from '../../domain/agents/question.ts';
import { passing, startedLoop } from '../../domain/loop/test-loop.ts';
import type { QuestionAnswer } from '../../protocol/attempt.ts';
import { createQuestionRelay } from './questions.ts';
import { runningSlots } from './running-slots.ts';

const QUESTION: AgentQuestion = { id: 'q1', at: 5, text: 'Which?', choices: [] };

function running() {
  const loop = startedLoop();
  while (loop.effects[0]?.kind !== 'run-agent') loop.answer(loop.effects[0]!, { agent: passing });
  const run = loop.effects[0];
  loop.startAgent(run);
  const passed: QuestionAnswer[] = [];
  const relay = createQuestionRelay({
    logger: silentLogger,
    watch: { answer: (_folder, answer) => Promise.resolve(void passed.push(answer)) },
    dispatch: (command) => Promise.resolve(void loop.send(command)),
  });
  const answer = () => {
    const before = loop.events.length;
    loop.send({ kind: 'answer-question', agentId: run.agentId, questionId: 'q1', answer: 'A' });
    return loop.events.slice(before);
  };
  return {
    loop,
    relay,
    passed,
    answer,
    hear: (...questions: AgentQuestion[]) => relay.hear(runningSlots(loop.state!)[0]!, { questions }),
    told: () => loop.types().filter((type) => type.startsWith('Question')),
  };
}

it('records each question once, its answer, and that nobody waits for it any more', () => {
  const { loop, relay, passed, answer, hear, told } = running();
  hear(QUESTION);
  hear(QUESTION, { ...QUESTION, id: 'q2' });
  relay.deliver(answer(), loop.state!);
  expect(passed).toEqual([{ id: 'q1', answer: 'A' }]);
  hear();
  expect(told()).toEqual(['QuestionAsked', 'QuestionAsked', 'QuestionAnswered', 'QuestionWithdrawn']);
});

it('passes on an answer that was recorded and did not arrive, since whoever recorded it was killed', () => {
  const { passed, answer, hear, told } = running();
  hear(QUESTION);
  answer();
  expect(passed).toEqual([]);
  hear(QUESTION);
  expect(passed).toEqual([{ id: 'q1', answer: 'A' }]);
  expect(told()).toEqual(['QuestionAsked', 'QuestionAnswered']);
});
