import { expect, it } from 'vitest';
import { agentView, loopView } from '../test-views.ts';
import { inboxRows, loopRow } from './rows.ts';

const crew = [
  agentView({
    id: 'backend-1',
    state: 'working',
    iteration: 2,
    startedAt: 1000,
    worktree: '/w/backend-1',
    folder: '/s/1',
    files: [{ path: 'src/auth/jwt.ts', added: 30, removed: 2 }],
    added: 30,
    removed: 2,
  }),
  agentView({ id: 'validator-1', role: 'validator' }),
  agentView({ id: 'validator-2', role: 'validator' }),
  agentView({ id: 'product-owner', role: 'product-owner' }),
];

it('shows a loop, its agents with state, iteration and difference, and their files', () => {
  const row = loopRow(loopView({ agents: crew, iteration: 2 }), 41_000);
  expect(row.description).toBe('implementing · it 2/10');
  expect(row.children.map((child) => `${child.label}: ${child.description}`)).toEqual([
    'backend-1: working · it 2 · +30 −2',
    'Validators: 2, not reached yet',
    'product-owner: queued · it 1',
  ]);
  expect(row.children[0]?.children[0]).toMatchObject({ label: 'jwt.ts', description: 'src/auth · +30 −2' });
});

it('offers by context only what can be done', () => {
  expect(loopRow(loopView(), 0).context).toBe('loop active running');
  expect(loopRow(loopView({ outcome: 'ABORT', commit: 'c' }), 0).context).toBe('loop ended hasDiff');
  expect(loopRow(loopView({ agents: crew }), 0).children[0]?.context).toBe(
    'agent implementer hasWorktree hasFolder working',
  );
});

it('shows a queued loop with its wait, and offers to begin it', () => {
  const row = loopRow(loopView({ iteration: 0, queuedSince: 1000, step: 'prepare' }), 131_000);
  expect(row).toMatchObject({
    description: 'queued 2 min',
    icon: { id: 'list-ordered' },
    context: 'loop active running queued',
  });
});

it('lists what needs a person, longest wait first', () => {
  const waiting = (since: number) => ({ for: 'decision', since, message: 'Decide.' }) as const;
  const rows = inboxRows(
    [
      loopView({ taskId: 'late', waiting: waiting(60_000) }),
      loopView({ taskId: 'early', waiting: waiting(0), iteration: 4 }),
      loopView({ taskId: 'ended', waiting: waiting(0), outcome: 'CANCELLED' }),
    ],
    120_000,
  );
  expect(rows.map((row) => row.taskId)).toEqual(['early', 'late']);
  expect(rows[0]?.label).toBe('Decide iteration 4');
  expect(rows[0]?.description).toContain('· 2 min');
});

it('marks a loop by its outcome in words as well as by icon', () => {
  const row = loopRow(loopView({ outcome: 'EXHAUSTED', iteration: 10 }), 0);
  expect(row.icon.id).toBe('warning');
  expect(row.description).toBe('out of iterations, best one kept · it 10/10 · $0.00');
});

it('names the state of a running agent with the signal behind it, in words as well as by icon', () => {
  const row = (change: Partial<ReturnType<typeof agentView>>) =>
    loopRow(
      loopView({
        agents: [agentView({ id: 'backend-1', state: 'working', startedAt: 0, ...change })],
        iteration: 1,
      }),
      400_000,
    ).children[0];
  const facts = [{ text: 'no output', at: 40_000, age: 'for' }] as const;
  expect(row({ status: 'stuck', facts })).toMatchObject({
    description: 'stuck? 6 min · no output 6 min · it 1',
    icon: { id: 'question' },
  });
  expect(row({ status: 'quiet', statusSince: 345_000, facts })?.description).toBe('quiet · it 1');
  expect(row({ status: 'quiet', facts })?.tooltip(400_000)).toContain('no output 6:00');
});

it('has each item of the inbox answered by what fits it', () => {
  const stuck = agentView({
    id: 'backend-1',
    state: 'working',
    status: 'stuck',
    care: { nudges: 2, nudgedAt: 0, askedAt: 1, leftAlone: false },
  });
  const waiting = { for: 'budget', since: 0, message: 'Reached.' } as const;
  const rows = inboxRows([loopView({ agents: [stuck], waiting })], 0);
  expect(rows.map(({ label, command, agentId }) => [label, command, agentId])).toEqual([
    ['Budget reached', 'cfn.decide', null],
    ['backend-1 stuck?', 'cfn.answerStuck', 'backend-1'],
  ]);
});
