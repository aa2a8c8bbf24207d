import { describe, expect, it } from 'vitest';
import { agentView, loopView } from '../test-views.ts';
import { childrenOf } from './agent-rows.ts';
import { orderAfter } from './drop.ts';
import type { Row } from './row.ts';
import { createTreeRows } from './tree-rows.ts';
import { NO_FILTER, NO_ORDER, type Order } from './wishes.ts';

const agents = ['a', 'b', 'c'].map((id) =>
  agentView({ id, files: [{ path: 'x.ts', added: 1, removed: 0 }] }),
);
const views = ['one', 'two', 'three'].map((taskId) => loopView({ taskId, agents }));
const tree = (order: Order) =>
  createTreeRows()({ views, now: 0, order, filter: NO_FILTER, listing: null }, true);
const all = (rows: readonly Row[]): readonly Row[] => rows.flatMap((row) => [row, ...all(childrenOf(row))]);
const row = (id: string) => all(tree(NO_ORDER)).find((each) => each.id === id);
const drop = (dragged: readonly string[], target: string | undefined, order = NO_ORDER) =>
  orderAfter({
    dragged: dragged.flatMap((id) => row(id) ?? []),
    target: target === undefined ? undefined : row(target),
    order,
    loops: views.map(({ taskId }) => taskId),
    agentsOf: () => agents.map(({ id }) => id),
  });
const shown = (order: Order | null) =>
  order &&
  tree(order).map(({ taskId, children }) => [taskId, ...children.map(({ label }) => label)].join(' '));

describe('dragging rows', () => {
  it('moves loops among loops, also when they are dropped on a row inside of one', () => {
    expect(shown(drop(['three'], 'one'))).toEqual(['three a b c', 'one a b c', 'two a b c']);
    expect(shown(drop(['one'], 'two/b'))).toEqual(['two a b c', 'one a b c', 'three a b c']);
    expect(shown(drop(['one'], undefined))).toEqual(['two a b c', 'three a b c', 'one a b c']);
  });

  it('moves the agents of one loop among themselves', () => {
    expect(shown(drop(['two/c', 'two/b'], 'two/a'))?.[1]).toBe('two b c a');
    expect(shown(drop(['two/a'], 'two/b/x.ts'))?.[1]).toBe('two b a c');
  });

  it('does nothing with agents over another loop, and with files and mixtures', () => {
    expect(drop(['two/a'], 'one/b')).toBeNull();
    expect(drop(['two/a', 'one/a'], 'two/b')).toBeNull();
    expect(drop(['two/a/x.ts'], 'two/b')).toBeNull();
    expect(drop(['two/a', 'one'], 'two/b')).toBeNull();
    expect(drop(['two/a'], undefined)).toBeNull();
  });

  it('forgets the order in loops that are gone', () => {
    const order = { loops: [], agents: { gone: ['x'], one: ['c', 'a', 'b'] } };
    expect(Object.keys(drop(['two/a'], 'two/b', order)?.agents ?? {})).toEqual(['one', 'two']);
  });
});
