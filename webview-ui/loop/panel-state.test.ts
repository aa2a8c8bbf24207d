import { expect, it, vi } from 'vitest';
import type { PanelLoop } from '../../src/protocol/webview.ts';
import { createPanelState, type Snapshot } from './panel-state.ts';

const loop: PanelLoop = {
  taskId: 't',
  title: 'T',
  description: 'T',
  state: 'implementing',
  active: true,
  paused: false,
  needsYou: false,
  mode: 'mvp',
  branch: 'cfn/t/result',
  iteration: 1,
  maxIterations: 10,
  startedAt: 0,
  endedAt: null,
  cost: null,
  hasResult: false,
  steps: [],
  wayBack: { text: '', taken: false },
  agents: [],
  gate: null,
  consensus: null,
  decision: null,
  ask: null,
  feedback: [],
  iterations: [],
  convergence: { verdict: '', series: [] },
  transferPoints: [],
};
const snapshot = (seq: number): Snapshot => ({ type: 'snapshot', seq, trusted: true, loop, others: [] });

it('applies deltas in order and asks for everything after a gap', () => {
  const ask = vi.fn<() => void>();
  const state = createPanelState(ask);
  expect(state.receive({ type: 'delta', seq: 1, patch: {} })).toBe(false);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(state.receive(snapshot(4))).toBe(true);
  expect(state.receive({ type: 'delta', seq: 5, patch: { state: 'paused' } })).toBe(true);
  expect(state.current?.loop?.state).toBe('paused');
  expect(state.receive({ type: 'delta', seq: 7, patch: { state: 'late' } })).toBe(false);
  expect(ask).toHaveBeenCalledTimes(2);
  expect(state.current?.loop?.state).toBe('paused');
});

it('ignores a delta that the snapshot already held', () => {
  const ask = vi.fn<() => void>();
  const state = createPanelState(ask);
  state.receive(snapshot(4));
  expect(state.receive({ type: 'delta', seq: 3, patch: { state: 'old' } })).toBe(false);
  expect(ask).not.toHaveBeenCalled();
});
