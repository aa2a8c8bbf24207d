import { expect, it } from 'vitest';
import { todoOf, todosOf } from './todo.ts';

it.each([
  ['  // TODO: sort by name', 'TODO', 'sort by name'],
  ['x = 1 # FIXME(ada): wrong for 0', 'FIXME', 'wrong for 0'],
  [' * @todo', null, ''],
  [' * TODO - later */', 'TODO', 'later'],
  ['<!-- TODO say more -->', 'TODO', 'say more'],
  ['-- TODO', 'TODO', ''],
  ['const TODO = 1;', null, ''],
  ['// TODOS: none', null, ''],
  ['"todo"', null, ''],
])('of %j is %s %j', (line, word, text) => {
  expect(todoOf(line, 3)).toEqual(word === null ? null : { line: 3, word, text });
});

it('are found line by line', () => {
  expect(todosOf(['a', '// TODO: b', '', '# FIXME: c']).map(({ line }) => line)).toEqual([1, 3]);
});
