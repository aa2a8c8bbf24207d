import { expect, it } from 'vitest';
import { leftText } from './left.ts';

it('tells what is left in the unit that changes next', () => {
  const minute = 60_000;
  expect([0, 24_000, 9 * minute + 12_000, 58 * minute, 61 * minute, 47 * 60 * minute].map(leftText)).toEqual([
    '0:00',
    '0:24',
    '9:12',
    '58 m',
    '1 h',
    '47 h',
  ]);
  expect(leftText(72 * 60 * minute)).toBe('3 d');
  expect(leftText(-5)).toBe('0:00');
});
