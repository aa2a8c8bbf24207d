import { expect, it } from 'vitest';
import { implementer, owner, startedLoop, validator } from '../../domain/loop/test-loop.ts';
import { authorsOf, revisionsOf } from './revisions.ts';

it('names each attempt, also one that failed, what was combined in each iteration, and the result', () => {
  const loop = startedLoop();
  loop.run({
    agent: (_id, role, iteration, attempt) =>
      role === 'implementer'
        ? iteration === 1 && attempt === 1
          ? { ending: 'failed', commit: 'half' }
          : { ...implementer(iteration === 1 ? 0.4 : 0.9), commit: `own-${iteration}` }
        : role === 'validator'
          ? validator(0.95)
          : owner('PROCEED'),
    integrated: (iteration) => ({ commit: `all-${iteration}` }),
  });
  if (!loop.state) throw new Error('the loop has no state');
  const revisions = revisionsOf({ state: loop.state, events: loop.events });
  expect(revisions).toMatchObject([
    { kind: 'base', commit: 'base' },
    { kind: 'start', iteration: 1, commit: 'base' },
    { kind: 'attempt', iteration: 1, agentId: 'implementer-1', attempt: 1, commit: 'half', start: 'base' },
    { kind: 'attempt', iteration: 1, agentId: 'implementer-1', attempt: 2, commit: 'own-1', start: 'base' },
    { kind: 'integrated', iteration: 1, commit: 'all-1', start: 'base', agents: ['implementer-1'] },
    { kind: 'start', iteration: 2, commit: 'all-1' },
    { kind: 'attempt', iteration: 2, agentId: 'implementer-1', attempt: 1, commit: 'own-2', start: 'all-1' },
    { kind: 'integrated', iteration: 2, commit: 'all-2', start: 'all-1' },
    { kind: 'result', iteration: 2, commit: 'all-2' },
  ]);
});

it('has no result while the loop goes on', () => {
  const loop = startedLoop();
  if (!loop.state) throw new Error('the loop has no state');
  expect(revisionsOf({ state: loop.state, events: loop.events })).toEqual([{ kind: 'base', commit: 'base' }]);
});

it('names who changed a file by the attempts that were combined, not by those that were tried again', () => {
  const attempt = (iteration: number, agentId: string, number: number, paths: readonly string[]) =>
    ({ kind: 'attempt', iteration, agentId, attempt: number, commit: 'c', start: 's', paths }) as const;
  const combined = (iteration: number, agents: readonly string[]) =>
    ({ kind: 'integrated', iteration, commit: 'c', start: 's', agents }) as const;
  const revisions = [
    attempt(1, 'a', 1, ['given-up.ts']),
    attempt(1, 'a', 2, ['one.ts']),
    attempt(1, 'b', 1, ['left-out.ts']),
    combined(1, ['a']),
    attempt(2, 'b', 1, ['one.ts', 'two.ts']),
    combined(2, ['b']),
  ];
  expect([...authorsOf(revisions, 2)]).toEqual([
    ['one.ts', ['a', 'b']],
    ['two.ts', ['b']],
  ]);
  expect([...authorsOf(revisions, 1)]).toEqual([['one.ts', ['a']]]);
});
