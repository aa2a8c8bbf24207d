import { expect, it } from 'vitest';
import type { HunkChoice } from '../../domain/review/choices.ts';
import { createChoiceStore } from './choice-store.ts';

/** What outlives a window. */
function memory() {
  const kept = new Map<string, unknown>();
  return {
    keys: () => [...kept.keys()],
    get: <T>(key: string, fallback?: T) => (kept.has(key) ? kept.get(key) : fallback) as T,
    update: (key: string, value: unknown) => {
      kept.set(key, structuredClone(value));
      return Promise.resolve();
    },
  };
}

const place = { taskId: 'fix', base: 'b', commit: 'c' };
const choice: HunkChoice = {
  path: 'a.ts',
  hunk: 'h1',
  accepted: [[0, 2]],
  rejected: [[2, 3]],
  reason: 'no',
};

it('keeps choices over a reload, and tells all of a commit, whatever it was compared with', () => {
  const window = memory();
  const store = createChoiceStore(window);
  let changes = 0;
  store.onChange(() => (changes += 1));
  store.set(place, [choice]);
  store.set({ ...place, base: 'start' }, [{ ...choice, hunk: 'h2' }]);
  store.set({ ...place, commit: 'other' }, [choice]);
  expect(changes).toBe(3);
  const later = createChoiceStore(window);
  expect(later.of(place)).toEqual([choice]);
  expect(later.about('fix', 'c').map(({ base, choices }) => [base, choices[0]?.hunk])).toEqual([
    ['b', 'h1'],
    ['start', 'h2'],
  ]);
  expect(later.commits('fix')).toEqual(['c', 'other']);
  expect([later.count('fix'), later.count('else')]).toEqual([3, 0]);
  later.clear('fix', 'c');
  expect(createChoiceStore(window).about('fix', 'c')).toEqual([]);
  expect(createChoiceStore(window).about('fix', 'other')).toHaveLength(1);
});

it('takes back one step after the other, and says when there is none', () => {
  const store = createChoiceStore(memory());
  expect(store.undo(place)).toBe(false);
  store.set(place, [choice]);
  store.set(place, []);
  expect(store.undo(place)).toBe(true);
  expect(store.of(place)).toEqual([choice]);
  expect(store.redo(place)).toBe(true);
  expect(store.of(place)).toEqual([]);
  expect(store.redo(place)).toBe(false);
});

it('begins anew where the memory holds something else', () => {
  const window = memory();
  void window.update('review.hunkChoices', [{ taskId: 7 }]);
  expect(createChoiceStore(window).of(place)).toEqual([]);
});
