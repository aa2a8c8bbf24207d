import { expect, it } from 'vitest';
import { createKeys } from './shortcuts.ts';

function setUp() {
  const done: string[] = [];
  const keys = createKeys({
    n: () => done.push('n'),
    'g i': () => done.push('g i'),
    i: () => done.push('i'),
  });
  return { done, keys };
}

it('acts on one key, whatever its case, and leaves others alone', () => {
  const { done, keys } = setUp();
  expect(keys.press('N', 0)).toBe(true);
  expect(keys.press('x', 1)).toBe(false);
  expect(done).toEqual(['n']);
});

it('takes two keys in a row for one, but not when the second comes late', () => {
  const { done, keys } = setUp();
  keys.press('g', 0);
  keys.press('i', 400);
  keys.press('g', 1000);
  keys.press('i', 9000);
  expect(done).toEqual(['g i', 'i']);
});
