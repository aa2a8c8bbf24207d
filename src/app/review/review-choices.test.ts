import { expect, it } from 'vitest';
import type { FileHunks, Hunk } from '../../domain/review/hunks.ts';
import { chosenItems, rejectedLines } from './review-choices.ts';

const hunk: Hunk = {
  id: 'h1',
  kind: 'lines',
  before: [4, 5],
  after: [4, 7],
  removed: ['old\r\n'],
  added: ['caf\xc3\xa9\r\n', 'two\r\n', `${'x'.repeat(300)}\r\n`],
};
const head: Hunk = { id: 'h0', kind: 'file', before: [0, 0], after: [0, 0], removed: [], added: [] };
const file: FileHunks = {
  path: 'src/b.ts',
  from: 'src/a.ts',
  status: 'renamed',
  whole: null,
  hunks: [head, hunk],
};
const choice = { path: file.path, hunk: 'h1', reason: 'Not in this task' };

it('tells each chosen part with its lines and the reason, and what is gone not at all', () => {
  const chosen = {
    base: 'base',
    commit: 'c'.repeat(40),
    choices: [
      { ...choice, accepted: [[0, 2]], rejected: [[2, 4]] } as const,
      { ...choice, hunk: 'h0', accepted: [], rejected: [[0, 1]] } as const,
      { ...choice, hunk: 'gone', accepted: [[0, 1]], rejected: [] } as const,
    ],
  };
  const items = chosenItems(chosen, new Map([[file.path, file]]));
  expect(items).toEqual([
    {
      id: 'accepted:cccccccccccccccc:h1',
      kind: 'accepted',
      file: 'src/b.ts',
      hunk: 'h1',
      line: 5,
      endLine: 5,
      quote: '-old\n+café',
      text: '',
    },
    {
      id: 'rejected:cccccccccccccccc:h1',
      kind: 'rejected',
      file: 'src/b.ts',
      hunk: 'h1',
      line: 6,
      endLine: 7,
      quote: `+two\n+${'x'.repeat(199)}…`,
      text: 'Not in this task',
    },
    {
      id: 'rejected:cccccccccccccccc:h0',
      kind: 'rejected',
      file: 'src/b.ts',
      hunk: 'h0',
      line: null,
      endLine: null,
      quote: 'src/a.ts was renamed to src/b.ts.',
      text: 'Not in this task',
    },
  ]);
  expect(rejectedLines(chosen)).toEqual([
    { base: 'base', path: 'src/b.ts', hunk: 'h1', lines: [[2, 4]] },
    { base: 'base', path: 'src/b.ts', hunk: 'h0', lines: [[0, 1]] },
  ]);
});

it('cuts a long quote and says by how much', () => {
  const long: Hunk = { ...hunk, removed: [], added: Array.from({ length: 50 }, (_, n) => `${n}\n`) };
  const chosen = {
    base: 'b',
    commit: 'c',
    choices: [{ ...choice, accepted: [], rejected: [[0, 50]] } as const],
  };
  const [item] = chosenItems(chosen, new Map([[file.path, { ...file, hunks: [long] }]]));
  expect(item?.quote.split('\n')).toHaveLength(41);
  expect(item?.quote).toContain('… and 10 more lines');
});

it('tells of many hunks of one file as one, when all were chosen alike', () => {
  const hunks = Array.from({ length: 12 }, (_, n): Hunk => ({ ...hunk, id: `h${n}` }));
  const all = hunks.map(({ id }) => ({ ...choice, hunk: id, accepted: [], rejected: [[0, 4]] }) as const);
  const files = new Map([[file.path, { ...file, hunks }]]);
  const items = (choices: typeof all) => chosenItems({ base: 'b', commit: 'c', choices }, files);
  expect(items(all)).toMatchObject([
    { kind: 'rejected', line: null, quote: 'All 12 changes of src/b.ts.', text: 'Not in this task' },
  ]);
  expect(items(all.slice(1))).toHaveLength(11);
});
