import { expect, it } from 'vitest';
import { agentView, OVER_CONFIDENT } from '../test-views.ts';
import { SILENT } from '../../app/projections/test-signals.ts';
import { panelAgent, sameAgent } from './panel-agent.ts';

const working = agentView({ id: 'backend-1', state: 'working', startedAt: 1, folder: '/s/1' });
const stuck = {
  ...working,
  status: 'stuck',
  care: { nudges: 2, nudgedAt: 1, askedAt: null, leftAlone: false },
} as const;
const asked = { ...stuck, care: { ...stuck.care, askedAt: 2 } };

it('offers to say something to whoever works, and the answer where the loop asks for one', () => {
  expect(panelAgent(working).actions).toEqual(['nudge', 'takeOver', 'retry', 'terminal', 'transcript']);
  expect(panelAgent(stuck).actions).not.toContain('answer');
  expect(panelAgent(asked).actions.slice(0, 2)).toEqual(['answer', 'nudge']);
});

it('says nothing to an agent that did not start or has ended', () => {
  const queued = agentView({ id: 'a' });
  const done = agentView({
    id: 'a',
    state: 'done',
    status: 'done',
    startedAt: 1,
    endedAt: 2,
    folder: '/s/1',
  });
  expect(panelAgent(queued).actions).toEqual([]);
  expect(panelAgent(done).actions).toEqual(['retry', 'terminal', 'transcript']);
});

it('shows what an agent asks as text, with its choices, and offers to answer', () => {
  const question = { id: 'q1', at: 1, text: '<b>Which?</b>\n\u001b[2J\u202eok', choices: ['A\u0007'] };
  const asking = { ...working, status: 'waiting-for-you', questions: [question] } as const;
  const drawn = panelAgent(asking);
  expect(drawn.questions).toEqual([{ id: 'q1', text: '<b>Which?</b>\n·[2J·ok', choices: ['A·'] }]);
  expect(drawn.actions[0]).toBe('reply');
  expect(sameAgent(asking, { ...asking, questions: [{ ...question }] })).toBe(true);
  expect(sameAgent(asking, { ...asking, questions: [{ ...question, id: 'q2' }] })).toBe(false);
  expect(panelAgent(working)).toMatchObject({ questions: [] });
});

it('draws a row again when one of the things it tells changed', () => {
  expect(sameAgent(asked, { ...asked })).toBe(true);
  expect(sameAgent(stuck, asked)).toBe(false);
  expect(sameAgent(asked, { ...asked, calibration: OVER_CONFIDENT })).toBe(false);
  expect(
    sameAgent({ ...asked, calibration: OVER_CONFIDENT }, { ...asked, calibration: { ...OVER_CONFIDENT } }),
  ).toBe(true);
  const files = [{ path: 'a.ts', added: 1, removed: 0 }];
  for (const change of [{ files }, { summary: 'other' }, { status: 'quiet' }, { facts: [fact] }] as const) {
    expect(sameAgent(asked, { ...asked, ...change })).toBe(false);
  }
});

const fact = { text: 'no output', at: 1, age: 'for' } as const;

it('says of agents like it whether they were right', () => {
  expect(panelAgent(working).trust).toBeNull();
  expect(panelAgent({ ...working, calibration: OVER_CONFIDENT }).trust).toEqual({
    over: true,
    badge: 'over-confident',
    text: 'said 0.92 on average, was right in 6 of 10: over-confident',
  });
});

it('shows what a container uses as words and shares, and what is wrong with it', () => {
  const look = {
    name: 'cfn-agent-a-b',
    state: 'running',
    cores: 0.5,
    coreLimit: 2,
    memoryBytes: 2 ** 29,
    memoryLimitBytes: 2 ** 30,
  } as const;
  const drawn = (container: object) =>
    panelAgent({ ...working, signals: { ...SILENT, container: { ...look, ...container } } }).container;
  expect(drawn({})).toMatchObject({
    word: 'running',
    trouble: false,
    memory: { text: '512 MB of 1 GB', share: 0.5 },
    cpu: { text: 'CPU 25 %', share: 0.25 },
  });
  const gone = { state: 'gone', cores: null, memoryBytes: null };
  expect(drawn(gone)).toMatchObject({ word: 'gone', trouble: true, memory: null, cpu: null });
  expect(panelAgent(working).container).toBeNull();
});
