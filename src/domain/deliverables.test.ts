import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliverablePath, missingDeliverables } from './deliverables.ts';

const segment = fc.stringMatching(/^[a-z][a-z0-9_-]{0,7}$/);
const file = fc
  .tuple(fc.array(segment, { maxLength: 3 }), segment, fc.constantFrom('ts', 'md', 'py'))
  .map(([folders, name, ending]) => [...folders, `${name}.${ending}`].join('/'));

describe('deliverables', () => {
  it.each([
    ['src/auth.ts', 'src/auth.ts'],
    ['./Makefile', 'Makefile'],
    ['docs/', 'docs/'],
    ['README.md', 'README.md'],
    ['.gitignore', '.gitignore'],
    ['test/**/*.test.ts', 'test/**/*.test.ts'],
    ['`Makefile`', 'Makefile'],
    ['`docs/my page.md`: the page', 'docs/my page.md'],
    ['src/auth.ts: login and logout', 'src/auth.ts'],
    ['src/auth.ts - login and logout', 'src/auth.ts'],
  ])('takes %s for the path %s', (line, path) => {
    expect(deliverablePath(line)).toBe(path);
  });

  it.each([
    'rate limiting',
    'CI/CD',
    'and/or',
    'docs/api',
    'v1.2',
    '100.5',
    'tests for src/auth.ts',
    'https://example.org/a.html',
    '../outside.ts',
    '/etc/passwd',
    'C:\\a.ts',
    '`../a`',
    '...',
    '',
  ])('takes %j for prose', (line) => {
    expect(deliverablePath(line)).toBeNull();
  });

  it('looks below the opened folder, and takes a path from the root too', () => {
    const at = (prefix: string, ...files: string[]) => ({ prefix, files });
    expect(missingDeliverables(['a.ts', 'words'], at('', 'b/a.ts'))).toEqual(['a.ts']);
    expect(missingDeliverables(['a.ts'], at('b', 'b/a.ts'))).toEqual([]);
    expect(missingDeliverables(['a.ts'], at('b', 'a.ts'))).toEqual(['a.ts']);
    expect(missingDeliverables(['b/a.ts'], at('b', 'b/a.ts'))).toEqual([]);
    expect(missingDeliverables(['b/'], at('', 'b/a.ts'))).toEqual([]);
    expect(missingDeliverables(['b/'], at('', 'b.ts'))).toEqual(['b/']);
    expect(missingDeliverables(['src/*.ts', 'src/**/*.ts'], at('', 'src/x/y/a.ts'))).toEqual(['src/*.ts']);
  });

  it('never misses a file that is there, and always one that is not', () => {
    fc.assert(
      fc.property(fc.uniqueArray(file, { minLength: 1, maxLength: 8 }), file, (files, other) => {
        expect(missingDeliverables(files, { prefix: '', files })).toEqual([]);
        fc.pre(!files.includes(other));
        expect(missingDeliverables([other], { prefix: '', files })).toEqual([other]);
      }),
    );
  });

  it('misses no more with more files', () => {
    fc.assert(
      fc.property(fc.array(file), fc.array(file), fc.array(file), (wanted, some, more) => {
        const before = missingDeliverables(wanted, { prefix: '', files: some });
        const after = missingDeliverables(wanted, { prefix: '', files: [...some, ...more] });
        expect(before).toEqual(expect.arrayContaining([...after]));
      }),
    );
  });
});
