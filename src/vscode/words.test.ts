import { expect, it } from 'vitest';
import { agentState, clockTime, costText, loopState, statusText, taskTitle, visible } from './words.ts';
import { agentView, loopView } from './test-views.ts';

it('says CFN alone when nothing runs', () => {
  expect(statusText([], 0)).toBe('CFN');
  expect(statusText([loopView({ outcome: 'PROCEED' })], 0)).toBe('CFN');
});

it('says agents, iteration, cost and who is needed in the status bar', () => {
  const agents = [agentView({ id: 'a', state: 'done' }), agentView({ id: 'b', state: 'working' })];
  const running = loopView({ agents, iteration: 2, costUsd: 0.84 });
  expect(statusText([running], 0)).toBe('CFN 1/2 · it 2/10 · $0.84');
  const waiting = { for: 'decision', since: 0, message: '' } as const;
  expect(statusText([loopView({ ...running, waiting })], 1)).toBe('CFN 1/2 · it 2/10 · $0.84 · 1 needs you');
  expect(statusText([loopView({ waiting }), loopView({ waiting })], 2)).toBe(
    'CFN · 2 loops · $0.00 · 2 need you',
  );
});

it('counts queued loops apart from those that have begun', () => {
  const queued = loopView({ agents: [agentView({ id: 'a' })], queuedSince: 1 });
  expect(loopState(queued)).toBe('queued');
  expect(statusText([queued, queued], 0)).toBe('CFN · 2 queued');
  expect(statusText([loopView({ iteration: 2 }), queued], 0)).toBe('CFN · it 2/10 · $0.00 · 1 queued');
});

it('never shows an unknown price as nothing', () => {
  expect(costText({ costUsd: 2.66, costIncomplete: true })).toBe('at least $2.66');
  expect(costText({ costUsd: 0, costIncomplete: true })).toBe('unknown price');
});

it('shows a missing vote as no vote', () => {
  const agent = agentView({ id: 'v', role: 'validator', state: 'done', score: 0, defaulted: true });
  expect(agentState(agent)).toBe('done, no vote');
  expect(agentState(agentView({ id: 'v', state: 'done', score: 0.914 }))).toBe('scored 0.91');
});

it('keeps hostile names from rearranging a row', () => {
  expect(visible('a\u202Eb\u0007c')).toBe('a·b·c');
  expect(taskTitle({ title: null, description: `\n\n${'x'.repeat(100)}`, taskId: 't' })).toHaveLength(70);
});

it('tells long times with hours', () => {
  expect(clockTime(-5)).toBe('0:00');
  expect(clockTime(130_000)).toBe('2:10');
  expect(clockTime(3_730_000)).toBe('1:02:10');
});
