import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choose, hunkAt, linesMeant, standingOf, type HunkChoice } from './choices.ts';
import { act, begin, redo, undo } from './history.ts';
import { fileHunk, hunkSize, lineHunks, readPlaces, textWithout, type FileHunks } from './hunks.ts';
import { minus, sizeOf, union, within, type LineRange } from './ranges.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** One line replaced, two lines that are new, one that went. */
const before = 'a\nb\nc\nd\ne\n';
const after = 'A\nb\nx\ny\nc\ne\n';
const patch = '@@ -1 +1 @@\n-a\n+A\n@@ -2,0 +3,2 @@ b\n+x\n+y\n@@ -4 +5,0 @@ c\n-d\n';
const hunks = lineHunks({ path: 'f', places: readPlaces(patch), before, after, hash });
const file: FileHunks = { path: 'f', from: null, status: 'modified', whole: null, hunks };
const [replaced, added, removed] = hunks as [(typeof hunks)[0], (typeof hunks)[0], (typeof hunks)[0]];

describe('choices of hunks', () => {
  it('reads where hunks stand on both sides', () => {
    expect(hunks.map((hunk) => [hunk.before, hunk.after, hunk.removed, hunk.added])).toEqual([
      [[0, 1], [0, 1], ['a\n'], ['A\n']],
      [[2, 2], [2, 4], [], ['x\n', 'y\n']],
      [[3, 4], [5, 5], ['d\n'], []],
    ]);
    expect(textWithout(before, hunks, new Map())).toBe(after);
    expect(textWithout(before, hunks, new Map(hunks.map((hunk) => [hunk.id, [[0, hunkSize(hunk)]]])))).toBe(
      before,
    );
  });

  it('tells a whole choice from that of a part, and forgets a choice that was taken back', () => {
    const part = choose([], { path: 'f', hunk: added, lines: [[1, 2]], choice: 'rejected', reason: 'why' });
    expect(standingOf(part, 'f', added)).toBe('part');
    expect(standingOf(part, 'f', replaced)).toBe('undecided');
    expect(standingOf(part, 'g', added)).toBe('undecided');
    const both = choose(part, { path: 'f', hunk: added, lines: [[0, 1]], choice: 'rejected' });
    expect(both).toEqual([{ path: 'f', hunk: added.id, accepted: [], rejected: [[0, 2]], reason: 'why' }]);
    expect(standingOf(both, 'f', added)).toBe('rejected');
    const accepted = choose(both, { path: 'f', hunk: added, lines: null, choice: 'accepted' });
    expect(standingOf(accepted, 'f', added)).toBe('accepted');
    expect(choose(accepted, { path: 'f', hunk: added, lines: null, choice: 'undecided' })).toEqual([]);
  });

  it('finds the hunk at a line, also one that has no lines on that side', () => {
    expect(hunkAt(file, 'after', 0)).toBe(replaced);
    expect(hunkAt(file, 'after', 1)).toBeNull();
    expect(hunkAt(file, 'after', 3)).toBe(added);
    expect(hunkAt(file, 'after', 4)).toBe(removed);
    expect(hunkAt(file, 'before', 1)).toBe(added);
    expect(hunkAt(file, 'before', 3)).toBe(removed);
    const head = fileHunk(['f', '100644', '100755'], hash);
    expect(hunkAt({ ...file, hunks: [head] }, 'after', 0)).toBeNull();
  });

  it('takes lines that were replaced one for one in pairs, and a full side as the whole hunk', () => {
    const pair = { ...replaced, before: [0, 2] as const, after: [0, 2] as const };
    const two = { ...pair, removed: ['a\n', 'b\n'], added: ['A\n', 'B\n'] };
    expect(linesMeant(two, 'after', [1, 2])).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(linesMeant(two, 'after', [0, 5])).toBeNull();
    expect(linesMeant(added, 'after', [3, 4])).toEqual([[1, 2]]);
    expect(linesMeant(removed, 'after', [5, 5])).toBeNull();
  });

  it('keeps chosen lines apart: none is accepted and rejected, whatever is chosen', () => {
    const move = fc.record({
      from: fc.nat({ max: 3 }),
      size: fc.integer({ min: 1, max: 4 }),
      choice: fc.constantFrom('accepted', 'rejected', 'undecided'),
    });
    fc.assert(
      fc.property(fc.array(move), (moves) => {
        let choices: readonly HunkChoice[] = [];
        const expected = ['undecided', 'undecided'];
        for (const { from, size, choice } of moves) {
          choices = choose(choices, { path: 'f', hunk: added, lines: [[from, from + size]], choice });
          for (let line = from; line < Math.min(2, from + size); line += 1) expected[line] = choice;
        }
        const [found] = choices;
        const actual = [0, 1].map((line) =>
          within(found?.accepted ?? [], line)
            ? 'accepted'
            : within(found?.rejected ?? [], line)
              ? 'rejected'
              : 'undecided',
        );
        expect(actual).toEqual(expected);
        expect(sizeOf(found?.accepted ?? []) + sizeOf(found?.rejected ?? [])).toBe(
          expected.filter((each) => each !== 'undecided').length,
        );
      }),
    );
  });
});

describe('ranges', () => {
  const ranges = fc.array(fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 }))).map((pairs) =>
    union(
      pairs.map(([a, b]): LineRange => [Math.min(a, b), Math.max(a, b)]),
      [],
    ),
  );

  it('unite and subtract as sets do', () => {
    fc.assert(
      fc.property(ranges, ranges, (one, other) => {
        for (let line = 0; line < 22; line += 1) {
          expect(within(union(one, other), line)).toBe(within(one, line) || within(other, line));
          expect(within(minus(one, other), line)).toBe(within(one, line) && !within(other, line));
        }
      }),
    );
  });
});

describe('history', () => {
  it('takes steps back and forth, and forgets what was undone once something else is done', () => {
    const done = act(act(begin('a'), 'b'), 'c');
    const back = undo(done);
    expect(back?.present).toBe('b');
    expect(back && redo(back)).toEqual(done);
    expect(back && redo(act(back, 'd'))).toBeNull();
    expect(undo(begin('a'))).toBeNull();
    expect(act(done, 'c')).toBe(done);
  });
});
