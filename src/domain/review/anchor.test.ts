import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { follow, linesOf, mapLines, moved } from './anchor.ts';

const OLD = [
  'import a',
  '',
  'function b() {',
  '  one();',
  '  two();',
  '}',
  '',
  'function c() {',
  '  three();',
  '}',
];

describe('a place in a text that changes', () => {
  it('moves with what is put in before it, and stays over what is put in after it', () => {
    expect(follow({ line: 4, endLine: 5 }, OLD, ['import z', ...OLD, 'end'])).toEqual({
      line: 5,
      endLine: 6,
    });
  });

  it('grows with what is put in between, and shrinks to what is left', () => {
    const after = [...OLD.slice(0, 4), '  more();', ...OLD.slice(4)];
    expect(follow({ line: 4, endLine: 5 }, OLD, after)).toEqual({ line: 4, endLine: 6 });
    expect(follow({ line: 4, endLine: 5 }, OLD, OLD.toSpliced(3, 1))).toEqual({ line: 4, endLine: 4 });
  });

  it('is found where its lines were moved to, if that is one place', () => {
    const after = [...OLD.slice(0, 3), '}', ...OLD.slice(6), '  one();', '  two();'];
    expect(follow({ line: 4, endLine: 5 }, OLD, after)).toEqual({ line: 9, endLine: 10 });
    expect(moved(['}'], OLD)).toBeNull();
    expect(moved([''], OLD)).toBeNull();
  });

  it('is outdated once its lines are gone', () => {
    expect(follow({ line: 9, endLine: 9 }, OLD, OLD.toSpliced(8, 1, '  else();'))).toBeNull();
    expect(follow({ line: 40, endLine: 41 }, OLD, OLD)).toBeNull();
    expect(follow({ line: 1, endLine: 1 }, OLD, [])).toBeNull();
  });

  it('reads both kinds of line ends', () => {
    expect(linesOf('a\r\nb\n')).toEqual(['a', 'b', '']);
  });

  it('is found in texts of which nearly everything else is another', () => {
    const many = (prefix: string) => Array.from({ length: 3000 }, (_, at) => `${prefix}${at}`);
    const before = [...many('a'), 'the line', ...many('b')];
    const after = [...many('c'), 'the line', ...many('d')];
    expect(follow({ line: 3001, endLine: 3001 }, before, after)).toEqual({ line: 3001, endLine: 3001 });
  });
});

const line = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 400 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('}', '') },
);
const text = fc.array(line, { maxLength: 40 });

describe('the mapping between any two texts', () => {
  it('maps lines to equal lines, in order, each to its own', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(text, text, (before, after) => {
        const kept = mapLines(before, after).flatMap((to, from) => (to === null ? [] : [{ from, to }]));
        for (const { from, to } of kept) expect(after[to - 1]).toBe(before[from]);
        const places = kept.map(({ to }) => to);
        expect(places).toEqual([...new Set(places)].toSorted((one, other) => one - other));
      }),
    );
  });

  it('keeps as many lines as two texts have in common', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(text, text, (before, after) => {
        const kept = mapLines(before, after).filter((to) => to !== null).length;
        expect(kept).toBe(longestCommon(before, after));
      }),
    );
  });
});

/** By the table that everybody knows. */
function longestCommon(before: readonly string[], after: readonly string[]): number {
  let row = Array.from<number>({ length: after.length + 1 }).fill(0);
  for (const one of before) {
    const next = [0];
    for (const [at, other] of after.entries()) {
      next.push(one === other ? row[at]! + 1 : Math.max(row[at + 1]!, next[at]!));
    }
    row = next;
  }
  return row.at(-1)!;
}
