import { describe, expect, it } from 'vitest';
import { coneOf, conePatterns, coneTest, readFolders } from './cone.ts';

describe('folders as people write them', () => {
  it('are taken with or without what says nothing', () => {
    expect(readFolders([' src ', './packages/a/', 'src', 'a b/ü', '.github'])).toEqual([
      'src',
      'packages/a',
      'a b/ü',
      '.github',
    ]);
  });

  it('are everything where the root is among them', () => {
    expect(readFolders(['src', '.'])).toEqual([]);
    expect(readFolders(['./'])).toEqual([]);
  });

  it.each([
    [[]],
    [['']],
    [['src', ' ']],
    [['/src']],
    [['/']],
    [['//']],
    [['C:\\src']],
    [['c:/src']],
    [['..']],
    [['src/../..']],
    [['src/./a']],
    [['src//a']],
    [['src\\a']],
    [['src/*']],
    [['src/[ab]']],
    [['a?']],
    [['.git']],
    [['src/.GIT']],
    [['a\nb']],
  ])('are refused where they are none: %j', (texts) => {
    expect(readFolders(texts)).toBeNull();
  });
});

describe('a cone', () => {
  it('holds what loops and agents need, and nothing twice', () => {
    expect(coneOf(['src/a', 'src', 'src-b'], 'src/c')).toEqual(['.cfn', 'src', 'src-b']);
    expect(coneOf(['src'], '')).toEqual(['.cfn', 'src']);
    expect(coneOf(['src'], 'app')).toEqual(['.cfn', 'app', 'src']);
  });

  it('has whole folders, and the files beside them on the way from the root', () => {
    const has = coneTest(coneOf(['packages/a/src'], ''));
    const inside = [
      'readme.md',
      'packages/x.json',
      'packages/a/x',
      'packages/a/src/x',
      'packages/a/src/b/c/x',
    ];
    expect(inside.filter((path) => !has(path))).toEqual([]);
    const outside = ['src/x', 'packages/b/x', 'packages/a/test/x', 'packages/a/src2/x'];
    expect(outside.filter(has)).toEqual([]);
  });

  it('is written as git writes it', () => {
    expect(conePatterns(['.cfn', 'packages/a/src', 'src'])).toBe(
      '/*\n!/*/\n/packages/\n!/packages/*/\n/packages/a/\n!/packages/a/*/\n/.cfn/\n/packages/a/src/\n/src/\n',
    );
  });
});
