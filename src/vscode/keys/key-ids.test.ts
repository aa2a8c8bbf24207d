import { expect, it } from 'vitest';
import { createKeyIds } from './key-ids.ts';

it('gives each name one number, and names it again', () => {
  const ids = createKeyIds();
  const one = ids.of('one');
  expect(ids.of('two')).not.toBe(one);
  expect(ids.of('one')).toBe(one);
  expect([ids.nameOf(one), ids.nameOf(99)]).toEqual(['one', null]);
});

it('forgets what was used longest ago, and never gives its number to another name', () => {
  const ids = createKeyIds(2);
  const one = ids.of('one');
  const two = ids.of('two');
  ids.of('one');
  const three = ids.of('three');
  expect([one, two, three].map((id) => ids.nameOf(id))).toEqual(['one', null, 'three']);
  expect(ids.of('two')).toBeGreaterThan(three);
});
