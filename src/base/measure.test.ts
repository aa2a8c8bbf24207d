import { expect, it } from 'vitest';
import { alternate, figure, median, percentile, rounded, spread } from './measure.ts';

it('a median and its spread do not move because of one hiccup', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([1, 2, 3, 4])).toBe(2);
  expect(percentile([1, 2, 3, 4], 1)).toBe(4);
  expect(median([])).toBeNaN();
  expect(spread([10, 11, 12, 13, 9000])).toBe(1);
});

it('figures have as many digits as tell something', () => {
  expect([0.00512, 0.204, 12.345, 123.4, 240_375.2, 0].map(rounded)).toEqual([
    '0.0051',
    '0.20',
    '12.3',
    '123',
    '240,375',
    '0.00',
  ]);
  expect(figure([1, 2, 3, 4, 5], 'ms')).toBe('3.00 ± 1.00 ms');
  expect(figure([7], 'kB')).toBe('7.00 kB');
});

it('what is compared takes turns, and the first turn does not count', async () => {
  const turns: string[] = [];
  const note = (who: string) => (round: number) => {
    turns.push(`${who}${round}`);
    return Promise.resolve(round);
  };
  expect(await alternate(2, note('a'), note('b'))).toEqual({ ours: [1, 2], theirs: [1, 2] });
  expect(turns).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
});
