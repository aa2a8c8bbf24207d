import { expect, it } from 'vitest';
import { loopView } from '../test-views.ts';
import { iterationIn, loopMeant, verbOf } from './asked.ts';

it.each([
  ['why', 'anything', 'why'],
  ['start', 'why not', 'start'],
  [undefined, 'Why did the gate fail?', 'why'],
  [undefined, 'what is it waiting for', 'why'],
  [undefined, 'how much has it cost so far', 'status'],
  [undefined, 'is anything running', 'status'],
  [undefined, 'write me a poem', 'help'],
  ['unknown', '', 'help'],
] as const)('takes %s "%s" as %s', (command, prompt, verb) => {
  expect(verbOf(command, prompt)).toBe(verb);
});

it('finds the iteration that is asked about', () => {
  expect(['iteration 3', 'why it 12?', ' 2 ', 'add 3 tests', ''].map(iterationIn)).toEqual([
    3,
    12,
    2,
    null,
    null,
  ]);
});

it('means the loop that is named, else the one that needs somebody, that runs, that came last', () => {
  const done = loopView({ taskId: 'done', outcome: 'PROCEED' });
  const runs = loopView({ taskId: 'runs' });
  const waits = loopView({ taskId: 'waits', waiting: { for: 'decision', since: 0, message: '' } });
  const meant = (views: Parameters<typeof loopMeant>[0], prompt = '') => loopMeant(views, prompt)?.taskId;
  expect(meant([done, runs, waits])).toBe('waits');
  expect(meant([done, runs, waits], 'why did runs fail')).toBe('runs');
  expect(meant([done, runs])).toBe('runs');
  expect(meant([done])).toBe('done');
  expect(meant([])).toBeUndefined();
});
