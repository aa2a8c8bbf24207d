import { describe, expect, it } from 'vitest';
import { askingOf, openQuestions } from '../agents/question.ts';
import { workingLoop } from './test-loop.ts';

const QUESTION = { id: 'q1', at: 5, text: 'Which?', choices: ['A', 'B'] };

function working() {
  const { loop, run } = workingLoop();
  const { agentId } = run;
  return {
    loop,
    run,
    questions: () => loop.state?.current?.implementers[0]?.questions ?? [],
    states: () => loop.state?.current?.implementers[0]?.questions.map(({ state }) => state.kind),
    ask: (id = 'q1', attempt = 1) =>
      loop.send({ kind: 'note-question', agentId, attempt, question: { ...QUESTION, id } }),
    answer: (answer: string, questionId = 'q1') =>
      loop.send({ kind: 'answer-question', agentId, questionId, answer }),
    withdraw: (questionId = 'q1') =>
      loop.send({ kind: 'withdraw-question', agentId, attempt: 1, questionId }),
  };
}

describe('a question of a running agent', () => {
  it('is recorded once, holds nobody else, and takes one answer', () => {
    const { loop, ask, answer, states } = working();
    const before = loop.effects;
    expect([ask(), ask()]).toEqual([null, null]);
    expect(loop.types().filter((type) => type === 'QuestionAsked')).toHaveLength(1);
    expect([loop.state?.waiting, loop.effects]).toEqual([null, before]);
    expect(answer('  A ')).toBeNull();
    expect(loop.last('QuestionAnswered')).toMatchObject({ id: 'q1', text: 'Which?', answer: 'A' });
    expect(states()).toEqual(['answered']);
    expect(answer('B')?.message).toContain('is answered already; nothing was changed');
    ask();
    expect(states()).toEqual(['answered']);
  });

  it('that was withdrawn takes no answer until it is asked again', () => {
    const { ask, answer, withdraw, states } = working();
    ask();
    withdraw();
    withdraw();
    expect(answer('A')?.message).toContain('waits for no answer to q1 any more');
    expect(states()).toEqual(['withdrawn']);
    ask();
    expect(answer('A')).toBeNull();
  });

  it('takes no answer that says nothing or too much, and none of an agent or question that is not there', () => {
    const { loop, ask, answer } = working();
    ask();
    expect(answer(' ')?.message).toBe('The answer has 0 characters; it takes 1 to 10000.');
    expect(answer('x'.repeat(10_001))?.kind).toBe('input');
    expect(answer('A', 'q2')?.message).toBe(
      'The question is "q2"; it takes one that implementer-1 has asked.',
    );
    const stranger = { kind: 'answer-question', agentId: 'nobody', questionId: 'q1', answer: 'A' } as const;
    expect(loop.send(stranger)?.message).toContain("one of the loop's crew");
    expect(loop.types()).not.toContain('QuestionAnswered');
  });

  it('ends with its attempt, and what its runner tells later changes nothing', () => {
    const { loop, run, ask, answer, states } = working();
    ask('q1');
    ask('q2');
    answer('A', 'q2');
    loop.endAgent(run, { ending: 'failed' });
    const ended = loop.types().filter((type) => type === 'QuestionWithdrawn' || type === 'AgentExited');
    expect(ended).toEqual(['QuestionWithdrawn', 'AgentExited']);
    expect(states()).toEqual([]);
    loop.startAgent({ ...run, attempt: 2 });
    ask('q1', 1);
    expect(states()).toEqual([]);
    ask('q1', 2);
    expect(states()).toEqual(['open']);
    loop.endAgent({ ...run, attempt: 2 }, { ending: 'failed' });
    expect(answer('A')?.message).toContain('does not run now');
  });
});

it('shows what a runner told before anybody could record it, and not what was answered since', () => {
  const { ask, answer, questions } = working();
  ask('q1');
  answer('A', 'q1');
  ask('q2');
  const told = [QUESTION, { ...QUESTION, id: 'q3', at: 1 }];
  expect(openQuestions(questions(), told).map(({ id }) => id)).toEqual(['q3', 'q2']);
  expect(askingOf(questions(), told)).toEqual({ since: 1, closedAt: expect.any(Number) as number });
  expect(askingOf([], [])).toEqual({ since: null, closedAt: null });
});
