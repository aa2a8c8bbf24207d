import { describe, expect, it } from 'vitest';
import { isPlainPath, pathsToNames } from './gitlinks.ts';

const path = (name: string, value: string | null) => ({ key: `submodule.${name}.path`, value });

describe('names of submodules', () => {
  it('belong to the paths of their sections, with everything else left unread', () => {
    const entries = [
      path('engine', 'libs/engine'),
      { key: 'submodule.engine.url', value: '../engine' },
      { key: 'submodule.engine.update', value: '!touch x' },
      path('dots.and spaces', 'b/'),
      { key: 'core.path', value: 'c' },
      path('no value', null),
    ];
    expect([...pathsToNames(entries)]).toEqual([
      ['libs/engine', 'engine'],
      ['b', 'dots.and spaces'],
    ]);
  });

  it('count by their last path, and not where two claim one', () => {
    expect([...pathsToNames([path('a', 'old'), path('a', 'new')])]).toEqual([['new', 'a']]);
    expect([...pathsToNames([path('a', 'x'), path('b', 'x'), path('c', 'y')])]).toEqual([['y', 'c']]);
    expect([...pathsToNames([path('a', 'x'), path('b', 'x'), path('c', 'x')])]).toEqual([]);
  });

  it.each([
    '../x',
    '/etc',
    'a/../../x',
    '..',
    '.',
    'a//b',
    'a/',
    'C:\\x',
    'a\\..\\x',
    'c:x',
    'x/.GIT',
    'a\0b',
    '',
  ])('that could lead elsewhere are none: %j', (name) => {
    expect(isPlainPath(name)).toBe(false);
    expect(pathsToNames([path(name, 'lib')]).size).toBe(0);
  });

  it.each(['engine', 'libs/engine', '..a/b..', 'ünï códé', '-rf', '.gitmodules'])(
    'may be odd: %j',
    (name) => {
      expect(isPlainPath(name)).toBe(true);
    },
  );
});
