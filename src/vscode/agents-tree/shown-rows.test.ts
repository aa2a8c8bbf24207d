import { describe, expect, it } from 'vitest';
import type { AgentView, LoopView } from '../../app/projections/loop-view.ts';
import { agentView, loopView } from '../test-views.ts';
import { loopRow } from './loop-rows.ts';
import { createShownRows, type ShownRows } from './shown-rows.ts';

const MINUTE = 60_000;
const agent = (change: Partial<AgentView> = {}) =>
  agentView({ id: 'backend-1', state: 'working', startedAt: 0, ...change });
const loop = (...agents: AgentView[]) => loopView({ agents, iteration: 1 });
const other = agentView({ id: 'backend-2' });

/** What is drawn when the loops become these. */
const drawn = (shown: ShownRows, views: readonly LoopView[], { now = 0, figures = false } = {}) => {
  const { all, rows } = shown.update(
    views.map((view) => loopRow(view, { now, worktrees: null, shows: () => true })),
    figures,
  );
  return all ? 'all' : rows.map(({ id }) => id);
};
const withLoops = (...views: LoopView[]) => {
  const shown = createShownRows();
  drawn(shown, views, { figures: true });
  return shown;
};

describe('what is drawn again', () => {
  it('is everything for another list of loops, and nothing where nothing changed', () => {
    const shown = createShownRows();
    expect(drawn(shown, [loop(agent())])).toBe('all');
    expect(drawn(shown, [loop(agent())])).toEqual([]);
    expect(drawn(shown, [loop(agent()), loopView({ taskId: 'second' })])).toBe('all');
    expect(drawn(shown, [loopView({ taskId: 'second' })])).toBe('all');
    expect(shown.roots().map(({ id }) => id)).toEqual(['second']);
  });

  it('is the row of the one agent whose state changed, not its loop and not its neighbour', () => {
    const shown = withLoops(loop(agent(), other));
    expect(drawn(shown, [loop(agent({ status: 'quiet' }), other)])).toEqual(['add-jwt-7k2m/backend-1']);
    expect(shown.roots()[0]?.children.map(({ description }) => description)).toEqual([
      'quiet · it 1',
      'queued · it 1',
    ]);
  });

  it('is the loop alone where its list of agents changed, as what is below is drawn with it', () => {
    const shown = withLoops(loop(agent()));
    expect(drawn(shown, [loop(agent({ status: 'quiet' }), other)])).toEqual(['add-jwt-7k2m']);
    expect(shown.roots()[0]?.children[0]?.description).toBe('quiet · it 1');
  });

  it('is an agent with its files, where those became others or their counts did', () => {
    const file = (path: string, added: number) => ({ path, added, removed: 0 });
    const shown = withLoops(loop(agent()));
    const look = (...files: AgentView['files']) => drawn(shown, [loop(agent({ files }))], { figures: true });
    expect(look(file('a.ts', 1))).toEqual(['add-jwt-7k2m/backend-1']);
    expect(look(file('a.ts', 2))).toEqual(['add-jwt-7k2m/backend-1']);
    expect(look(file('a.ts', 2))).toEqual([]);
    expect(look(file('a.ts', 2), file('b.ts', 1))).toEqual(['add-jwt-7k2m/backend-1']);
  });

  it('is no row of which only an age or a count differs, until figures are asked for', () => {
    const shown = withLoops(loop(agent()));
    const later = [loop(agent({ added: 5 }))];
    expect(drawn(shown, later, { now: 4 * MINUTE })).toEqual([]);
    expect(shown.roots()[0]?.children[0]?.description).toBe('working · it 1');
    const asked = { now: 4 * MINUTE, figures: true };
    expect(drawn(shown, later, asked)).toEqual(['add-jwt-7k2m/backend-1']);
    expect(shown.roots()[0]?.children[0]?.description).toBe('working 4 min · it 1 · +5 −0');
    expect(drawn(shown, later, asked)).toEqual([]);
  });

  it('leaves rows of which the seconds alone went on', () => {
    const shown = createShownRows();
    drawn(shown, [loop(agent())], { now: 2 * MINUTE, figures: true });
    expect(drawn(shown, [loop(agent())], { now: 2 * MINUTE + 59_000, figures: true })).toEqual([]);
  });
});

it('keeps the objects of rows, with the newest of what commands read from them', () => {
  const shown = withLoops(loop(agent(), other));
  const before = shown.roots()[0]?.children[0];
  drawn(shown, [loop(agent({ folder: '/newer' }), other)]);
  const after = shown.roots()[0]?.children[0];
  expect(after).toBe(before);
  expect(after?.kind === 'agent' && after.agent.folder).toBe('/newer');
});

it('takes an agent by the name of a group for itself', () => {
  const shown = withLoops(loop(agentView({ id: 'validators' }), agentView({ id: 'v-1', role: 'validator' })));
  expect(new Set(shown.roots()[0]?.children.map(({ id }) => id)).size).toBe(2);
});
