import { expect, it } from 'vitest';
import { NO_CARE } from '../../domain/agents/ladder.ts';
import { inboxItems } from '../../app/projections/inbox.ts';
import { agentView, loopView } from '../test-views.ts';
import { inboxRows } from './rows.ts';

const NOW = 120_000;
const waiting = (since: number) => ({ for: 'decision', since, message: 'Decide.' }) as const;
const views = [
  loopView({ taskId: 'late', description: 'Rate limiter', waiting: waiting(60_000) }),
  loopView({ taskId: 'early', description: 'Add JWT', waiting: waiting(0), iteration: 4 }),
];
const viewOf = (taskId: string) => views.find((view) => view.taskId === taskId) ?? null;
const shown = (rows: ReturnType<typeof inboxRows>) => rows.map((row) => [row.label, row.description]);

it('lists what needs a person, longest wait first, with the loop and the age of the wait', () => {
  const due = inboxItems(views, NOW);
  expect(shown(inboxRows({ due: () => due, snoozed: () => [] }, viewOf, NOW))).toEqual([
    ['Decide iteration 4', 'Add JWT · 2 min'],
    ['Decide iteration 1', 'Rate limiter · 1 min'],
  ]);
});

it('folds what was put off away, with when it comes back', () => {
  const [first, second] = inboxItems(views, NOW);
  if (!first || !second) throw new Error('There are two');
  const inbox = { due: () => [second], snoozed: () => [{ item: first, until: NOW + 8 * 60_000 }] };
  const rows = inboxRows(inbox, viewOf, NOW);
  expect(shown(rows)).toEqual([
    ['Decide iteration 1', 'Rate limiter · 1 min'],
    ['Snoozed', '1, next back in 8 min'],
  ]);
  expect(shown(rows[1]?.children ?? [])).toEqual([['Decide iteration 4', 'Add JWT · back in 8 min']]);
  expect([rows[0]?.context, rows[1]?.children[0]?.context]).toEqual([
    'inbox due decision',
    'inbox snoozed decision',
  ]);
});

it('names the agent that a matter is about, and shows hostile words as they are', () => {
  const stuck = agentView({
    id: 'backend-1',
    state: 'working',
    status: 'stuck',
    facts: [{ text: 'no output\u202e', at: null, age: null }],
    care: { ...NO_CARE, nudges: 2, askedAt: 1 },
  });
  const due = inboxItems([loopView({ agents: [stuck] })], NOW);
  const [row] = inboxRows({ due: () => due, snoozed: () => [] }, () => null, NOW);
  expect(row).toMatchObject({ kind: 'inbox', agentId: 'backend-1', label: 'backend-1 stuck?' });
  expect(row?.tooltip(NOW)).toBe('no output· · nudged 2 times');
});
