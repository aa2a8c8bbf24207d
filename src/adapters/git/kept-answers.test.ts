import { expect, it } from 'vitest';
import { err, ok, type Result } from '../../base/result.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { keptAnswers } from './kept-answers.ts';

const asking = (answer: (object: string) => Result<string, GitError> = ok) => {
  const asked: string[] = [];
  const ask = keptAnswers(2, (_by: object, object: string) => {
    asked.push(object);
    return Promise.resolve(answer(object));
  });
  return { asked, ask };
};

it('asks about an object once, also when two ask at the same time', async () => {
  const { asked, ask } = asking();
  const harness = {};
  await Promise.all([ask(harness, 'a'), ask(harness, 'a')]);
  expect(await ask(harness, 'a')).toEqual(ok('a'));
  expect(asked).toEqual(['a']);
});

it('asks each repository, and forgets what was asked longest ago', async () => {
  const { asked, ask } = asking();
  const [one, other] = [{}, {}];
  await ask(one, 'a');
  await ask(other, 'a');
  await ask(one, 'b');
  await ask(one, 'a');
  await ask(one, 'c');
  await ask(one, 'a');
  expect(asked).toEqual(['a', 'a', 'b', 'c']);
  await ask(one, 'b');
  expect(asked).toEqual(['a', 'a', 'b', 'c', 'b']);
});

it('keeps no error', async () => {
  const { asked, ask } = asking(() => err({ kind: 'failed', message: 'no', stderr: '' } as never));
  const harness = {};
  await ask(harness, 'a');
  await ask(harness, 'a');
  expect(asked).toEqual(['a', 'a']);
});
