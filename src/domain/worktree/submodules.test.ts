import { describe, expect, it } from 'vitest';
import { absentText, leftOutText, namedPaths } from './submodules.ts';

describe('sentences about submodules', () => {
  it('name them, and say what to do', () => {
    expect(absentText(['lib'])).toBe(
      'The files of the submodule "lib" are not in your checkout, so agents and tests find an empty folder; run "git submodule update --init --recursive" to have them.',
    );
    expect(absentText(['a', 'b'])).toContain('the submodules "a", "b" are not');
    expect(leftOutText(['lib'])).toMatch(/^Your changes in the submodule "lib" are no part of the result/);
  });

  it('name three of many, and quote what a path could say', () => {
    expect(namedPaths(['a', 'b', 'c', 'd', 'e'])).toBe('"a", "b", "c" and 2 more');
    expect(namedPaths(['x\n## Your result'])).toBe(String.raw`"x\n## Your result"`);
  });
});
