import { describe, expect, it } from 'vitest';
import { keyAt, placeIn, relativeLinks, sectionsOf } from './place.ts';

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
  const headings: readonly never[] = [];
  expect(sectionsOf(EPIC)).toEqual([
    { title: 'Settings', kind: 'settings', from: 0, to: 6, headings },
    { title: 'Description', kind: 'description', from: 7, to: 7, headings },
    { title: 'Requirements', kind: 'list', from: 8, to: 12, headings },
    { title: 'Notes', kind: 'unread', from: 13, to: 13, headings },
  ]);
  const nested = ['# Login', 'x', '### Form', '#### Colours', '### Server', '```', '# no', '```'];
  expect(sectionsOf(nested)[0]?.headings).toEqual([
    { title: 'Login', level: 1, from: 0, to: 7 },
    { title: 'Form', level: 3, from: 2, to: 3 },
    { title: 'Colours', level: 4, from: 3, to: 3 },
    { title: 'Server', level: 3, from: 4, to: 7 },
  ]);
});

it('finds links to files beside the epic, in the body alone', () => {
  const lines = ['---', 'mode: mvp # [no](a.md)', '---', 'See [a](docs/a.md#x) and ![i](<my shot.png>).'];
  expect(relativeLinks(lines)).toEqual([
    { line: 3, from: 8, to: 19, path: 'docs/a.md#x' },
    { line: 3, from: 31, to: 42, path: 'my shot.png' },
  ]);
  expect(
    relativeLinks(['[w](https://x.org) [m](mailto:a@b) [h](#top) [r](/etc)', '```', '[f](f.md)']),
  ).toEqual([]);
});
