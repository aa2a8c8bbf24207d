import type * as vscode from 'vscode';
import { expect, it } from 'vitest';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { FileHunks, Hunk } from '../../domain/review/hunks.ts';
import { answered, meantBy, nextUndecided, obstacleTo, queuedText, unsentText } from './choose.ts';
import { markedLines, placeText } from './marks.ts';

const lines = (id: string, at: number, added: readonly string[]): Hunk => ({
  id,
  kind: 'lines',
  before: [at, at],
  after: [at, at + added.length],
  removed: [],
  added,
});
const first = lines('h1', 2, ['a\n', 'b\n', 'c\n']);
const second = lines('h2', 9, ['d\n']);
const file: FileHunks = { path: 'f', from: null, status: 'modified', whole: null, hunks: [first, second] };
const place = { taskId: 't', base: 'b', commit: 'c' };
const shown = { file, place, choosable: new Set(['h1', 'h2']), iteration: 1 };
const about = { taskId: 't', from: 'b', to: 'c', path: 'f', side: 'after' } as const;

/** A selection from the start of a line to a place in another one; empty where they are the same. */
const selection = (from: number, to: number, character = 0): vscode.Selection =>
  ({
    isEmpty: from === to && character === 0,
    active: { line: to, character },
    start: { line: from, character: 0 },
    end: { line: to, character },
  }) as vscode.Selection;

it('means the hunk at the cursor, the selected lines, or several hunks', () => {
  expect(meantBy(shown, about, selection(3, 3))).toEqual([{ hunk: first, lines: null }]);
  expect(meantBy(shown, about, selection(7, 7))).toEqual([]);
  expect(meantBy(shown, about, selection(3, 4))).toEqual([{ hunk: first, lines: [[1, 2]] }]);
  expect(meantBy(shown, about, selection(3, 4, 1))).toEqual([{ hunk: first, lines: [[1, 3]] }]);
  expect(meantBy(shown, about, selection(0, 20))).toEqual([
    { hunk: first, lines: null },
    { hunk: second, lines: null },
  ]);
  const whole = { ...shown, file: { ...file, whole: 'binary' as const, hunks: [first] } };
  expect(meantBy(whole, about, selection(7, 7))).toEqual([{ hunk: first, lines: null }]);
});

it('says why nothing can be chosen', () => {
  const meant = [{ hunk: first, lines: null }];
  expect(obstacleTo(shown, meant)).toBeNull();
  expect(obstacleTo(null, meant)).toContain('Open the diff');
  expect(obstacleTo(shown, [])).toContain('There is no change at the cursor');
  expect(obstacleTo({ ...shown, place: null }, meant)).toContain('was not combined yet');
  expect(obstacleTo({ ...shown, choosable: new Set() }, meant)).toContain('not in the combined work');
});

it('marks lines, says where the cursor is, and goes to what is undecided', () => {
  const choices = answered(
    [],
    'f',
    [
      { hunk: first, lines: [[1, 2]] },
      { hunk: second, lines: null },
    ],
    {
      choice: 'rejected',
      reason: 'no',
    },
  );
  expect(markedLines(file, choices, 'after')).toEqual({ accepted: [], rejected: [3, 9] });
  expect(markedLines(file, choices, 'before')).toEqual({ accepted: [], rejected: [] });
  expect(placeText(file, choices, { side: 'after', line: 9 })).toBe('Hunk 2 of 2, rejected');
  expect(placeText(file, choices, { side: 'after', line: 2 })).toBe('Hunk 1 of 2, partly decided');
  expect(placeText(file, [], { side: 'after', line: 7 })).toBe('0 of 2 hunks decided');
  const from = (line: number, direction: 'next' | 'previous') =>
    nextUndecided(file, [], { line, side: 'after', direction });
  expect([from(0, 'next'), from(2, 'next'), from(9, 'next')]).toEqual([first, second, null]);
  expect([from(9, 'previous'), from(2, 'previous')]).toEqual([first, null]);
  expect(nextUndecided(file, choices, { line: 0, side: 'after', direction: 'next' })).toBeNull();
});

it('says who is told later, while implementers are at work', () => {
  const agents = (...states: readonly string[]) =>
    ({
      agents: states.map((state, at) => ({ id: `backend-${at + 1}`, role: 'implementer', state })),
    }) as unknown as LoopView;
  expect(queuedText(agents('working', 'done'))).toBe('Queued: backend-1 is told when its turn ends.');
  expect(queuedText(agents('working', 'reporting'))).toBe(
    'Queued: backend-1, backend-2 are told when their turns end.',
  );
  expect(unsentText(agents('working'))).toBe(
    'Not sent yet: after Send Review, backend-1 is told when its turn ends.',
  );
  expect(unsentText(agents('working', 'working'))).toMatch(/backend-1, backend-2 are told/);
  expect(unsentText(agents('done'))).toBeNull();
  expect(queuedText(agents('done'))).toBeNull();
  expect(queuedText(null)).toBeNull();
});
