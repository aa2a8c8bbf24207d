import { expect, it } from 'vitest';
import { agentView, loopView } from '../../vscode/test-views.ts';
import { pickQuestion } from './pick-question.ts';

const question = (id: string, at: number) => ({ id, at, text: 'Which?', choices: [] });
const view = loopView({
  taskId: 't1',
  agents: [
    agentView({ id: 'api', questions: [question('q2', 2)] }),
    agentView({ id: 'web', questions: [question('q1', 1), question('q2', 3)] }),
    agentView({ id: 'docs' }),
  ],
});

it.each([
  [{ agentId: 'API' }, 'api q2'],
  [{ questionId: 'q1' }, 'web q1'],
  [{ agentId: 'web', questionId: 'q2' }, 'web q2'],
])('takes %j for the only question that has these names', (named, expected) => {
  const picked = pickQuestion(view, named);
  expect(picked.ok && `${picked.value.agentId} ${picked.value.id}`).toBe(expected);
});

it.each([
  [
    { agentId: 'web' },
    '2 questions are open; name one (--agent web --question q1, --agent web --question q2).',
  ],
  [{ agentId: 'docs' }, 'docs does not wait for an answer; nothing was answered.'],
  [{ agentId: 'nobody' }, 'The agent is "nobody"; it takes one of the loop\'s crew (api, web, docs).'],
  [
    { questionId: 'q9' },
    'No agent of t1 waits for an answer to "q9": it was answered or withdrawn, or never asked.',
  ],
])('says in one sentence what is wrong with %j', (named, error) => {
  expect(pickQuestion(view, named)).toEqual({ ok: false, error });
});

it('takes the only one there is without a name', () => {
  const only = loopView({ agents: [agentView({ id: 'api', questions: [question('q1', 1)] })] });
  expect(pickQuestion(only, {})).toMatchObject({ ok: true, value: { agentId: 'api', id: 'q1' } });
  expect(pickQuestion(loopView({ taskId: 't1' }), {})).toMatchObject({
    error: 'No agent of t1 waits for an answer; nothing was answered.',
  });
});
