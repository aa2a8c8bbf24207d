import { expect, it } from 'vitest';
import { ok } from '../../base/result.ts';
import { createKeyScan, EVERYTHING, KEYS_AT_A_TIME, matchesFilter, patternOf } from './key-scan.ts';

it('finds a part of a name and takes a pattern for one', () => {
  expect(patternOf({ ...EVERYTHING, text: 'dec' })).toBe('*dec*');
  expect(patternOf({ ...EVERYTHING, text: 'coord:*:decision' })).toBe('coord:*:decision');
  expect(patternOf({ ...EVERYTHING, text: String.raw`a^b\c` })).toBe(String.raw`*a\^b\\c*`);
  expect(patternOf({ ...EVERYTHING, text: 'ö' })).toBe('*\u00c3\u00b6*');
  expect(patternOf({ ...EVERYTHING, taskId: 't1' })).toBe('*:t1*');
});

it('tells the keys of a task from those of one whose name begins alike', () => {
  const filter = { ...EVERYTHING, taskId: 't1' };
  expect(
    ['coord:t1:x', 'events:t1', 'coord:t10:x', 't1:coord'].filter((name) => matchesFilter(filter, name)),
  ).toEqual(['coord:t1:x', 'events:t1']);
});

it('stops after so many keys, goes on from there when asked, and says when it has all', async () => {
  const names = new Set<string>();
  const scan = createKeyScan({
    ask: (words) => {
      const at = Number(words[1]);
      const found = Array.from({ length: 500 }, (_, index) => `k${at + index}`);
      return Promise.resolve(ok([at + 500 >= 12_000 ? '0' : String(at + 500), found]));
    },
    filter: EVERYTHING,
    held: () => names.size,
    onPage: (page) => {
      for (const name of page) names.add(name);
    },
  });
  await scan.more();
  expect([names.size, scan.facts.complete]).toEqual([KEYS_AT_A_TIME, false]);
  await scan.more();
  expect([names.size, scan.facts.complete]).toEqual([12_000, true]);
  await scan.more();
  expect(names.size).toBe(12_000);
});
