import { expect, it } from 'vitest';
import type { Worktree } from '../../app/loop-service.ts';
import { agentView, loopView } from '../test-views.ts';
import { createTreeRows, type TreeRequest } from './tree-rows.ts';
import { NO_FILTER, NO_ORDER } from './wishes.ts';

const worktree = (change: Partial<Worktree> & Pick<Worktree, 'path'>): Worktree => ({
  branch: null,
  origin: 'other',
  missing: false,
  locked: null,
  moved: null,
  portBase: null,
  ...change,
});
const listing = {
  at: 0,
  worktrees: [
    worktree({ path: '/src/api', branch: 'main', origin: 'checkout' }),
    worktree({ path: '/src/api.cfn/t/a', branch: 'cfn/t/a', origin: 'agent' }),
    worktree({ path: '/src/api-hotfix', branch: 'hotfix-login' }),
    worktree({ path: '/src/api-old', branch: 'cfn/old-task', missing: true, locked: '' }),
    worktree({ path: String.raw`C:\src\look`, locked: 'on a\u202estick' }),
  ],
};
const rows = (change: Partial<TreeRequest> = {}) =>
  createTreeRows()(
    { views: [loopView()], now: 0, order: NO_ORDER, filter: NO_FILTER, listing, ...change },
    true,
  );

it('lists worktrees that no loop made in a group of their own, marked, with nothing to do but open them', () => {
  const [, others] = rows();
  expect(others).toMatchObject({
    label: 'Other worktrees',
    description: 'not made by CFN Loop',
    expanded: false,
  });
  expect(others?.children.map((row) => [row.label, row.description, row.context])).toEqual([
    ['cfn/old-task', 'folder missing · api-old · locked', 'worktree missing'],
    ['hotfix-login', 'api-hotfix', 'worktree'],
    ['look', 'no branch · locked: on a·stick', 'worktree'],
  ]);
});

it('leaves them out where they would hide how to start a loop, or what a filter is for', () => {
  expect(rows({ views: [] })).toEqual([]);
  expect(rows({ filter: { statuses: [], active: true } })).toHaveLength(1);
  expect(rows({ listing: null })).toHaveLength(1);
});

it('shows loops and agents in the order of the person, and no archived loop', () => {
  const agents = ['a', 'b'].map((id) => agentView({ id }));
  const views = ['one', 'two', 'three'].map((taskId) =>
    loopView({ taskId, agents, archived: taskId === 'three' }),
  );
  const order = { loops: ['two', 'one'], agents: { one: ['b', 'a'] } };
  const shown = rows({ views, order, listing: null });
  expect(shown.map(({ id, children }) => [id, ...children.map(({ label }) => label)])).toEqual([
    ['two', 'a', 'b'],
    ['one', 'b', 'a'],
  ]);
});

it('shows of each loop the agents that a filter asks for, and no loop without one', () => {
  const stuck = agentView({ id: 'a', status: 'stuck' });
  const views = [
    loopView({ taskId: 'one', agents: [stuck, agentView({ id: 'b' })] }),
    loopView({ taskId: 'two', agents: [agentView({ id: 'c' })] }),
  ];
  const shown = rows({ views, filter: { statuses: ['stuck'], active: false } });
  expect(shown.map(({ id, children }) => [id, ...children.map(({ label }) => label)])).toEqual([
    ['one', 'a'],
  ]);
});

it('makes the rows of a loop anew only when it changed, another wish came, or ages are asked for', () => {
  const make = createTreeRows();
  const view = loopView({ agents: [agentView({ id: 'a' })] });
  const request = { views: [view], now: 0, order: NO_ORDER, filter: NO_FILTER, listing: null };
  const [row] = make(request, true);
  const same = (change: Partial<TreeRequest>, ages = false) =>
    make({ ...request, ...change }, ages)[0] === row;
  expect(same({ now: 9 })).toBe(true);
  expect(same({ views: [{ ...view }] })).toBe(false);
  make(request, true);
  expect(make(request, true)[0]).not.toBe(row);
  expect(same({ order: { loops: [], agents: { [view.taskId]: ['a'] } } })).toBe(false);
  expect(same({ filter: { statuses: ['queued'], active: false } })).toBe(false);
  expect(same({ listing })).toBe(false);
});
