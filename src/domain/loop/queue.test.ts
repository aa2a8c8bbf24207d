import { describe, expect, it } from 'vitest';
import { isAtWork } from './state.ts';
import { passing, startedLoop, type TestLoop } from './test-loop.ts';

const atWork = (loop: TestLoop) => loop.state !== null && isAtWork(loop.state);
const effects = (loop: TestLoop) => loop.effects.map(({ kind }) => kind);

describe('a queued loop', () => {
  it('asks for its turn and for nothing else, then runs as any other', () => {
    const loop = startedLoop({ queued: true });
    expect(effects(loop)).toEqual(['await-turn']);
    expect(atWork(loop)).toBe(false);
    loop.report({ type: 'LoopDequeued', by: 'turn' });
    expect(effects(loop)).toEqual(['establish-base']);
    expect(atWork(loop)).toBe(true);
    loop.run({ agent: passing });
    expect(loop.last('LoopFinished')?.outcome).toBe('PROCEED');
    expect(atWork(loop)).toBe(false);
  });

  it('begins once: a turn that comes again, or to a loop that was never queued, is no news', () => {
    const loop = startedLoop({ queued: true });
    loop.report({ type: 'LoopDequeued', by: 'turn' });
    loop.report({ type: 'LoopDequeued', by: 'turn' });
    expect(loop.types()).toEqual(['LoopStarted', 'LoopDequeued']);
    const other = startedLoop();
    other.report({ type: 'LoopDequeued', by: 'turn' });
    expect(other.types()).toEqual(['LoopStarted']);
  });

  it('is begun by a person out of turn, which no other loop can be', () => {
    const loop = startedLoop({ queued: true });
    expect(loop.send({ kind: 'start-now' })).toBeNull();
    expect(loop.last('LoopDequeued')?.by).toBe('person');
    expect(loop.send({ kind: 'start-now' })).toMatchObject({ message: 'The loop is not queued.' });
  });

  it('waits for no turn while it is paused, and is cancelled without having begun', () => {
    const loop = startedLoop({ queued: true });
    loop.send({ kind: 'pause', now: false });
    expect(effects(loop)).toEqual([]);
    loop.send({ kind: 'unpause' });
    expect(effects(loop)).toEqual(['await-turn']);
    loop.send({ kind: 'stop' });
    loop.run({ agent: passing });
    expect(loop.last('LoopFinished')).toMatchObject({ outcome: 'CANCELLED', iterations: 0 });
    expect(loop.types()).not.toContain('AgentStarted');
  });
});

it('a loop is at work while agents run, and not while it waits for a person or is paused', () => {
  const loop = startedLoop({ decidedBy: 'person' });
  for (let due = loop.effects[0]; due && due.kind !== 'run-agent'; due = loop.effects[0])
    loop.answer(due, { agent: passing });
  const due = loop.effects[0];
  if (due?.kind !== 'run-agent') throw new Error('No agent is due');
  loop.startAgent(due);
  loop.send({ kind: 'pause', now: false });
  expect(atWork(loop)).toBe(true);
  loop.endAgent(due, passing(due.agentId, due.role, due.iteration, due.attempt));
  expect(atWork(loop)).toBe(false);
  loop.send({ kind: 'unpause' });
  expect(atWork(loop)).toBe(true);
  loop.run({ agent: passing });
  expect(loop.state?.waiting?.for).toBe('decision');
  expect(atWork(loop)).toBe(false);
});
