import { expect, it } from 'vitest';
import { Emitter } from '../base/emitter.ts';
import { agentView, loopView } from '../vscode/test-views.ts';
import { createLoopChannel, type LoopChannelEvents } from './loop-channel.ts';
import type { LoopView } from './projections/loop-view.ts';

function loop(start: LoopView) {
  const changed = new Emitter<LoopView>();
  let view = start;
  const source = { view: (id: string) => (id === view.taskId ? view : null), onChange: changed.event };
  const change = (next: Partial<LoopView>) => {
    view = { ...view, ...next };
    changed.fire(view);
  };
  return { channel: createLoopChannel(source, start.taskId), change, changed };
}
const crew = [
  agentView({ id: 'a', state: 'working' }),
  agentView({ id: 'b' }),
  agentView({ id: 'v', role: 'validator' }),
  agentView({ id: 'po', role: 'product-owner' }),
];

it('[SI-101] tells agent:update with agentId and status, at once and at each change of one agent', () => {
  const { channel, change } = loop(loopView({ agents: crew }));
  const told: LoopChannelEvents['agent:update'][] = [];
  const listening = channel.on('agent:update', (data) => told.push(data));
  expect(told.splice(0)).toEqual([
    { agentId: 'a', status: 'working' },
    { agentId: 'b', status: 'queued' },
    { agentId: 'v', status: 'queued' },
    { agentId: 'po', status: 'queued' },
  ]);
  change({ costUsd: 1 });
  expect(told).toEqual([]);
  change({ agents: crew.with(0, agentView({ id: 'a', state: 'done' })) });
  expect(told).toEqual([{ agentId: 'a', status: 'done' }]);
  listening.dispose();
  change({ agents: crew });
  expect(told).toHaveLength(1);
});

it('[SI-102] tells loop:progress with loop and progress, from the first agent to the end', () => {
  const { channel, change, changed } = loop(loopView({ agents: crew }));
  const told: LoopChannelEvents['loop:progress'][] = [];
  channel.on('loop:progress', (data) => told.push(data));
  change({ agents: crew.with(1, agentView({ id: 'b', state: 'failed' })) });
  change({ step: 'gate' });
  change({ step: 'validate', agents: crew });
  change({ step: 'decide', agents: crew.with(2, agentView({ id: 'v', role: 'validator', state: 'done' })) });
  changed.fire(loopView({ taskId: 'another', step: 'gate' }));
  const consensus = {
    iteration: 1,
    passed: true,
    threshold: 0.9,
    score: 1,
    votes: [],
    findings: [],
    proofs: [],
    unconfirmedFiles: [],
  };
  change({ step: 'done', outcome: 'PROCEED', consensus });
  expect(told).toEqual([
    { loop: 3, progress: 0 },
    { loop: 3, progress: 0.5 },
    { loop: 3, progress: 1 },
    { loop: 2, progress: 0 },
    { loop: 2, progress: 0.5 },
    { loop: 2, progress: 1 },
  ]);
});

it('counts agents of an earlier iteration as not done, and starts anew with the next one', () => {
  const done = agentView({ id: 'a', state: 'done', iteration: 1 });
  const { channel, change } = loop(loopView({ agents: [done], iteration: 2 }));
  const told: LoopChannelEvents['loop:progress'][] = [];
  channel.on('loop:progress', (data) => told.push(data));
  change({ iteration: 3 });
  expect(told).toEqual([
    { loop: 3, progress: 0 },
    { loop: 3, progress: 0 },
  ]);
});

it('says nothing of a loop that is not there, and ends in Loop 3 where no validator was reached', () => {
  const { channel, change } = loop(loopView({ taskId: 'one' }));
  const told: unknown[] = [];
  createLoopChannel({ view: () => null, onChange: new Emitter<LoopView>().event }, 'one').on(
    'agent:update',
    (data) => told.push(data),
  );
  expect(told).toEqual([]);
  channel.on('loop:progress', (data) => told.push(data));
  change({ step: 'done', outcome: 'EXHAUSTED' });
  expect(told).toEqual([
    { loop: 3, progress: 0 },
    { loop: 3, progress: 1 },
  ]);
});
