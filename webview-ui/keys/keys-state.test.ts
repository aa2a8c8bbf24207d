import { expect, it } from 'vitest';
import type { ToKeys } from '../../src/protocol/webview-keys.ts';
import { NOTHING, placeOf, received, rowAt } from './keys-state.ts';

const scan = { read: 3, running: false, complete: true, full: false, problem: '' };
const rows: ToKeys = {
  type: 'rows',
  offset: 40,
  total: 90,
  rows: [7, 8].map((id) => ({ kind: 'key', id, label: `key ${id}`, depth: 0, facts: null })),
  scan,
};

it('finds rows by place and places by row, within what was told', () => {
  const state = received(NOTHING, rows);
  expect([39, 40, 41, 42].map((index) => rowAt(state, index)?.id)).toEqual([undefined, 7, 8, undefined]);
  expect([placeOf(state, 8), placeOf(state, 9), placeOf(state, null), placeOf(NOTHING, 8)]).toEqual([
    41, -1, -1, -1,
  ]);
});

it('ends a draft only by its own number', () => {
  const begun = received(NOTHING, { type: 'draft', number: 2, title: 'a', text: 'b' });
  expect(received(begun, { type: 'draftEnded', number: 1 }).draft?.number).toBe(2);
  expect(received(begun, { type: 'draftEnded', number: 2 }).draft).toBeNull();
});

it('forgets what was told of one key when another is chosen', () => {
  const told = received(NOTHING, { type: 'told', failed: true, message: 'The key was changed meanwhile.' });
  expect(received(told, { type: 'value', selected: null }).told).not.toBeNull();
  const selected = {
    id: 4,
    name: 'a',
    state: 'reading' as const,
    problem: '',
    facts: [],
    endsAt: null,
    body: null,
    fixed: '',
    isList: false,
    whole: '',
    note: '',
    point: null,
  };
  expect(received(told, { type: 'value', selected }).told).toBeNull();
});
