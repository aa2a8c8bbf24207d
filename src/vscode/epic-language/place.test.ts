import { describe, expect, it } from 'vitest';
import { keyAt, placeIn, sectionsOf } from './place.ts';

const EPIC = [
  '---',
  'mode: standard',
  'agents:',
  '  - claude',
  'gate: 0.8',
  '',
  '---',
  'Add a login.',
  '## Requirements',
  '- JWT',
  '```',
  '## not a heading',
  '```',
  '## Notes',
];

describe('where the cursor stands in an epic', () => {
  it('tells keys, values and headings apart', () => {
    expect(placeIn(EPIC, 5, 0)).toEqual({ kind: 'key' });
    expect(placeIn([...EPIC.slice(0, 5), 'bud', '---'], 5, 3)).toEqual({ kind: 'key' });
    expect(placeIn(EPIC, 1, 6)).toEqual({ kind: 'value', name: 'mode' });
    expect(placeIn(EPIC, 3, 4)).toEqual({ kind: 'value', name: 'agents' });
    expect(placeIn(EPIC, 8, 3)).toEqual({ kind: 'heading' });
    expect(placeIn(EPIC, 7, 5)).toEqual({ kind: 'elsewhere' });
    expect(placeIn(EPIC, 0, 3)).toEqual({ kind: 'elsewhere' });
    expect(placeIn(['Add a login.'], 0, 3)).toEqual({ kind: 'elsewhere' });
  });

  it('knows the front matter before it is closed', () => {
    expect(placeIn(['---', 'mo'], 1, 2)).toEqual({ kind: 'key' });
  });

  it('finds the key under the cursor', () => {
    expect(keyAt(EPIC, 1, 2)).toBe('mode');
    expect(keyAt(EPIC, 1, 8)).toBeNull();
    expect(keyAt(EPIC, 7, 1)).toBeNull();
  });
});

it('lists the parts of an epic, and which of them reach no agent', () => {
  expect(sectionsOf(EPIC)).toEqual([
    { title: 'Settings', kind: 'settings', from: 0, to: 6 },
    { title: 'Description', kind: 'description', from: 7, to: 7 },
    { title: 'Requirements', kind: 'list', from: 8, to: 12 },
    { title: 'Notes', kind: 'unread', from: 13, to: 13 },
  ]);
});
