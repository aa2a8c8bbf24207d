import { expect, it } from 'vitest';
import type { ComparedFile } from '../../ports/worktrees.ts';
import { pathOf } from './file-words.ts';
import { entriesOf } from './file-folders.ts';

const file = (path: string): ComparedFile => ({
  status: 'modified',
  before: null,
  after: { path, mode: '100644', oid: '1'.repeat(40) },
});
const shown = (files: readonly ComparedFile[], above: string) =>
  entriesOf(files, above).map((entry) =>
    entry.kind === 'folder' ? `${entry.name}/ ${entry.files.length}` : pathOf(entry.file),
  );

it('shows folders first, one row for folders that hold nothing but a folder, and each file once', () => {
  const files = ['z.ts', 'src/app/deep/one.ts', 'src/app/deep/two.ts', 'a.ts', 'lib/x.ts', 'lib/y/z.ts'].map(
    file,
  );
  expect(shown(files, '')).toEqual(['lib/ 2', 'src/app/deep/ 2', 'a.ts', 'z.ts']);
  const [lib, src] = entriesOf(files, '');
  if (lib?.kind !== 'folder' || src?.kind !== 'folder') throw new Error('no folders');
  expect(shown(lib.files, lib.path)).toEqual(['y/ 1', 'lib/x.ts']);
  expect(shown(src.files, src.path)).toEqual(['src/app/deep/one.ts', 'src/app/deep/two.ts']);
});

it('keeps folders apart whose names begin alike', () => {
  expect(shown([file('ab/x.ts'), file('a/x.ts'), file('abc.ts')], '')).toEqual(['a/ 1', 'ab/ 1', 'abc.ts']);
});
