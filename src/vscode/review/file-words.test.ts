import { describe, expect, it } from 'vitest';
import type { ComparedFile, FileSide } from '../../ports/worktrees.ts';
import { countsText, letterOf, oddText } from './file-words.ts';

const side = (path: string, mode = '100644'): FileSide => ({ path, mode, oid: '1'.repeat(40) });
const file = (
  status: ComparedFile['status'],
  before: FileSide | null,
  after: FileSide | null,
): ComparedFile => ({ status, before, after });

describe('words for a changed file', () => {
  it('count what is there to be counted, and say binary where nothing is', () => {
    const changed = file('modified', side('a'), side('a'));
    expect(countsText(changed, { added: 24, removed: 6 })).toBe('+24 −6');
    expect(countsText(changed, { added: null, removed: null })).toBe('binary');
    expect(countsText(changed, undefined)).toBeNull();
    expect(countsText(changed, { added: 0, removed: 0 })).toBeNull();
    expect(countsText(file('added', null, side('a')), { added: 61, removed: 0 })).toBe('+61');
    expect(countsText(file('deleted', side('a'), null), { added: 0, removed: 3 })).toBe('−3');
  });

  it('tell renames, modes, links and submodules, and nothing of an ordinary change', () => {
    expect(oddText(file('modified', side('a'), side('a')))).toBeNull();
    expect(oddText(file('renamed', side('old.ts'), side('new.ts')))).toBe('was old.ts');
    expect(oddText(file('modified', side('run'), side('run', '100755')))).toBe('now executable');
    expect(oddText(file('modified', side('run', '100755'), side('run')))).toBe('no longer executable');
    expect(oddText(file('type-changed', side('a'), side('a', '120000')))).toBe('file became link');
    expect(oddText(file('modified', side('a', '120000'), side('a', '120000')))).toBe('link');
    expect(oddText(file('added', null, side('lib', '160000')))).toBe('submodule');
    expect(oddText(file('deleted', side('a'), null))).toBe('deleted');
    expect(letterOf(file('type-changed', side('a'), side('a', '120000')))).toBe('T');
  });

  it('show what is hidden in a name', () => {
    expect(oddText(file('renamed', side('a\u202Etxt.exe'), side('b')))).not.toContain('\u202E');
  });
});
