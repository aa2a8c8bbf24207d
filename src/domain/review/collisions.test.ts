import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedLines, collisions, type AgentWork, type LineRange } from './collisions.ts';
import { readPlaces } from './hunks.ts';

const work = (agentId: string, files: Readonly<Record<string, readonly LineRange[] | null>>): AgentWork => ({
  agentId,
  files: Object.entries(files).map(([path, ranges]) => ({ path, ranges })),
});
const lines = (first: number, last: number): LineRange => ({ first, last });

describe('agents in each other’s way', () => {
  it('are those that change one file, with the lines that two of them change', () => {
    expect(
      collisions([
        work('backend-2', { 'src/auth.ts': [lines(10, 30)], 'own.ts': [lines(1, 2)] }),
        work('backend-1', { 'src/auth.ts': [lines(1, 4), lines(20, 24)], 'b.ts': [lines(1, 1)] }),
        work('docs-1', { 'b.ts': [lines(9, 9)], 'a.ts': null }),
        work('docs-2', { 'a.ts': null }),
      ]),
    ).toEqual([
      {
        path: 'src/auth.ts',
        agents: ['backend-1', 'backend-2'],
        kind: 'overlapping',
        lines: [lines(20, 24)],
      },
      { path: 'a.ts', agents: ['docs-1', 'docs-2'], kind: 'unknown', lines: [] },
      { path: 'b.ts', agents: ['backend-1', 'docs-1'], kind: 'apart', lines: [] },
    ]);
  });

  it('are none while each has files of its own, and an agent is not in its own way', () => {
    expect(
      collisions([work('a', { 'x.ts': [lines(1, 5), lines(3, 9)] }), work('b', { 'y.ts': null })]),
    ).toEqual([]);
  });

  it('[property] are told by exactly the lines that two or more change, whatever their order', () => {
    const range = fc
      .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 8 }))
      .map(([first, more]) => lines(first, first + more));
    const agents = fc.array(fc.array(range, { maxLength: 5 }), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(agents, (all) => {
        const given = all.map((ranges, at) => work(`agent-${at}`, { 'f.ts': ranges }));
        const has = (ranges: readonly LineRange[], line: number) =>
          ranges.some(({ first, last }) => first <= line && line <= last);
        const expected = Array.from({ length: 60 }, (_, at) => at + 1).filter(
          (line) => all.filter((ranges) => has(ranges, line)).length > 1,
        );
        const [found] = collisions(given);
        const told = (found?.lines ?? []).flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, at) => first + at),
        );
        expect(told).toEqual(expected);
        expect(found?.kind).toBe(expected.length > 0 ? 'overlapping' : 'apart');
        expect(collisions(given.toReversed())).toEqual(collisions(given));
        // Parts of the answer stand apart from each other.
        const gaps = (found?.lines ?? [])
          .slice(1)
          .map((each, at) => each.first - (found?.lines[at]?.last ?? 0));
        expect(gaps.every((gap) => gap > 1)).toBe(true);
      }),
    );
  });
});

it('reads the changed lines of the start from hunks, added lines as a change of the line that they follow', () => {
  const patch = '@@ -3,2 +3 @@ f\n-a\n-b\n+c\r@@ -90 +90 @@\n@@ -9,0 +9,2 @@\n+x\n+y\n@@ -0,0 +1 @@\n+z\n';
  expect(changedLines(readPlaces(patch))).toEqual([
    { first: 3, last: 4 },
    { first: 9, last: 9 },
    { first: 1, last: 1 },
  ]);
});
