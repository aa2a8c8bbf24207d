import { expect, it, vi } from 'vitest';
import type { PanelAgent, PanelLoop } from '../../src/protocol/panel-loop.ts';
import { createPanelState, type Snapshot } from './panel-state.ts';

const agent = (id: string): PanelAgent => ({
  id,
  role: 'implementer',
  preset: 'demo',
  status: 'working',
  word: 'Working',
  signals: [],
  startedAt: 0,
  endedAt: null,
  added: 0,
  removed: 0,
  files: 0,
  cost: null,
  tokens: null,
  line: '',
  container: null,
  pulse: null,
  questions: [],
  actions: [],
  ladder: null,
  trust: null,
});
const nothing = { title: '', rows: [], note: '' };
const loop: PanelLoop = {
  taskId: 't',
  title: 'T',
  description: 'T',
  state: 'Implementing',
  stateStatus: 'now',
  active: true,
  paused: false,
  needs: 0,
  mode: 'mvp',
  branch: 'cfn/t/result',
  iteration: 1,
  maxIterations: 10,
  startedAt: 0,
  endedAt: null,
  cost: '$0.00',
  budget: null,
  hasResult: false,
  steps: [],
  open: 'implement',
  wayBack: { strong: '', text: '', from: null },
  agents: [agent('a'), agent('b')],
  gate: null,
  consensus: null,
  decision: null,
  ask: null,
  feedback: [],
  nextFeedback: [],
  iterations: [],
  convergence: { verdict: '', series: [] },
  points: [],
  held: null,
  banners: [],
  overlap: null,
  explain: {
    loop: nothing,
    implement: nothing,
    gate: nothing,
    validate: nothing,
    decide: nothing,
    iterations: nothing,
    convergence: nothing,
    points: nothing,
  },
};
const snapshot = (seq: number): Snapshot => ({
  type: 'snapshot',
  seq,
  trusted: true,
  opening: false,
  problem: null,
  loop,
  others: [],
});
const same = { changed: [], order: null };

it('applies deltas in order and asks for everything after a gap', () => {
  const ask = vi.fn<() => void>();
  const state = createPanelState(ask);
  expect(state.receive({ type: 'delta', seq: 1, patch: {}, agents: same })).toBe(false);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(state.receive(snapshot(4))).toBe(true);
  expect(state.receive({ type: 'delta', seq: 5, patch: { state: 'paused' }, agents: same })).toBe(true);
  expect(state.current?.loop?.state).toBe('paused');
  expect(state.receive({ type: 'delta', seq: 7, patch: { state: 'late' }, agents: same })).toBe(false);
  expect(ask).toHaveBeenCalledTimes(2);
  expect(state.current?.loop?.state).toBe('paused');
});

it('ignores a delta that the snapshot already held', () => {
  const ask = vi.fn<() => void>();
  const state = createPanelState(ask);
  state.receive(snapshot(4));
  expect(state.receive({ type: 'delta', seq: 3, patch: { state: 'old' }, agents: same })).toBe(false);
  expect(ask).not.toHaveBeenCalled();
});

it('keeps the agents that a delta does not name', () => {
  const state = createPanelState(() => undefined);
  state.receive(snapshot(1));
  const [first, second] = loop.agents;
  if (!first) throw new Error('There is no agent.');
  const changed = [{ ...first, line: 'new' }];
  state.receive({ type: 'delta', seq: 2, patch: {}, agents: { changed, order: ['b', 'a'] } });
  expect(state.current?.loop?.agents).toEqual([second, { ...first, line: 'new' }]);
});

it('shows an earlier iteration until it is left, and loses it with another loop', () => {
  const state = createPanelState(() => undefined);
  state.receive(snapshot(1));
  state.receive({ type: 'iteration', number: 1, loop });
  expect(state.past?.number).toBe(1);
  state.receive({ ...snapshot(2), loop: { ...loop, taskId: 'other' } });
  expect(state.past).toBeNull();
});
