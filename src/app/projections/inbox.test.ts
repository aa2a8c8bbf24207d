import { describe, expect, it } from 'vitest';
import { NO_CARE } from '../../domain/agents/ladder.ts';
import { agentView, iterationView, loopView } from '../../vscode/test-views.ts';
import { headLine } from '../../cli/loop-table.ts';
import { startedLoop } from '../../domain/loop/test-loop.ts';
import { inboxItems } from './inbox.ts';
import { toLoopView } from './to-loop-view.ts';

const waiting = (since: number) => ({ for: 'decision', since, message: 'Decide.' }) as const;
const stuck = (askedAt: number | null) =>
  agentView({
    id: 'backend-1',
    state: 'working',
    status: 'stuck',
    facts: [{ text: 'no output', at: 0, age: 'for' }],
    care: { ...NO_CARE, nudges: 2, askedAt },
  });

describe('the inbox', () => {
  it('holds what needs a person in all loops that go on, longest wait first', () => {
    const items = inboxItems(
      [
        loopView({ taskId: 'late', waiting: waiting(60_000) }),
        loopView({ taskId: 'early', waiting: { ...waiting(1000), for: 'budget' }, agents: [stuck(30_000)] }),
        loopView({ taskId: 'ended', waiting: waiting(0), outcome: 'CANCELLED' }),
      ],
      120_000,
    );
    expect(items.map(({ title, since, blocks }) => [title, since, blocks])).toEqual([
      ['Budget reached', 1000, true],
      ['backend-1 stuck?', 30_000, false],
      ['Decide iteration 1', 60_000, true],
    ]);
    expect(items[1]?.detail).toBe('no output 2:00 · nudged 2 times');
  });

  it('has the fault that nobody carries a loop on for, until somebody takes it up again', () => {
    const loop = startedLoop();
    const itemsOf = () => (loop.state ? inboxItems([toLoopView(loop.state)], 0) : []);
    loop.report({ type: 'LoopFaulted', work: 'integrate:1', message: 'git is broken.' });
    expect(itemsOf()).toMatchObject([
      {
        kind: 'fault',
        blocks: true,
        detail: 'git is broken. Nothing is lost; resume the loop to try again.',
      },
    ]);
    expect(loop.state && headLine(toLoopView(loop.state))).toContain(
      'stopped by a fault  Stopped by a fault: git is broken.',
    );
    loop.send({ kind: 'continue', begins: true });
    expect(itemsOf()).toEqual([]);
  });

  it('asks about a stuck agent only after the ladder came to that, and only while it is stuck', () => {
    const asked = (agent: ReturnType<typeof stuck>) => inboxItems([loopView({ agents: [agent] })], 0).length;
    expect(asked(stuck(5))).toBe(1);
    expect(asked(stuck(null))).toBe(0);
    expect(asked({ ...stuck(5), status: 'working' })).toBe(0);
  });

  it('holds each question of an agent, as text and by itself, for as long as it waits', () => {
    const question = { id: 'q1', at: 7, text: '<b>Which?</b>\u001b[2J', choices: ['A'] };
    const asking = (...questions: (typeof question)[]) =>
      inboxItems([loopView({ agents: [agentView({ id: 'api', state: 'working', questions })] })], 0);
    expect(asking(question, { ...question, id: 'q2', at: 8 })).toMatchObject([
      { kind: 'question', agentId: 'api', questionId: 'q1', title: 'api asks', since: 7, blocks: false },
      { questionId: 'q2', since: 8 },
    ]);
    expect(asking(question)[0]).toMatchObject({
      id: 'add-jwt-7k2m/question/api/1/1/q1',
      detail: question.text,
    });
    expect(asking()).toEqual([]);
  });

  it('tells once for each budget that it is nearly spent, until the loop waits for it', () => {
    const nearly = { budgetUsd: 5, budgetWarning: { at: 9, spentUsd: 4.1 } };
    expect(inboxItems([loopView(nearly)], 0)).toMatchObject([
      {
        id: 'add-jwt-7k2m/budget-warning/9',
        title: 'Budget nearly spent',
        detail:
          '$4.10 of the budget of $5.00 is spent. The loop goes on until the next agent does not fit into what is left.',
        since: 9,
        blocks: false,
      },
    ]);
    const reached = { ...nearly, waiting: { ...waiting(10), for: 'budget' as const } };
    expect(inboxItems([loopView(reached)], 0).map(({ kind }) => kind)).toEqual(['budget']);
  });

  it('tells of two failed gates in a row, and of work that could not be combined', () => {
    const failed = (number: number) => iterationView({ number, outcome: 'gate-failed', endedAt: number });
    const titles = (...iterations: ReturnType<typeof iterationView>[]) =>
      inboxItems([loopView({ iterations })], 0).map(({ title }) => title);
    expect(titles(failed(1), failed(2), iterationView({ number: 3 }))).toEqual(['Gate failed twice']);
    expect(titles(failed(1), iterationView({ number: 2 }))).toEqual([]);
    expect(titles(failed(1), failed(2), iterationView({ number: 3, outcome: 'ITERATE' }))).toEqual([]);
    const conflict = { iteration: 1, at: 5, agentIds: ['backend-2'], files: ['session.ts'] };
    const inConflict = (iteration: number) => inboxItems([loopView({ iteration, conflict })], 0);
    expect(inConflict(2)[0]?.detail).toContain('backend-2');
    expect(inConflict(3)).toEqual([]);
  });
});
