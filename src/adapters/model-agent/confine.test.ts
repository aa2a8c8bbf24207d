import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBelow, placeWithin } from './confine.ts';

let base: string;
let root: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'cfn-confine-')));
  root = join(base, 'tree');
  mkdirSync(join(root, 'src', 'deep'), { recursive: true });
  mkdirSync(join(root, '.git'));
  mkdirSync(join(base, 'tree-beside'));
  writeFileSync(join(root, '.git', 'config'), '');
  writeFileSync(join(root, 'src', 'a.ts'), '');
  writeFileSync(join(base, 'secret'), '');
  writeFileSync(join(base, 'tree-beside', 'secret'), '');
  symlinkSync(base, join(root, 'out'));
  symlinkSync(join(root, 'src'), join(root, 'in'));
  symlinkSync(join(base, 'secret'), join(root, 'src', 'link'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const segment = fc.constantFrom(
  '..',
  '.',
  '',
  'src',
  'deep',
  'a.ts',
  'out',
  'in',
  'link',
  'secret',
  'tree',
  'tree-beside',
  '.git',
  '.GIT',
  'config',
  'nothing',
);

describe('what a model may read', () => {
  it('is below the roots alone, whatever path it names and whatever links lie there', async () => {
    const paths = fc
      .tuple(fc.array(segment, { maxLength: 7 }), fc.constantFrom('', '/', 'BASE/', 'ROOT/'))
      .map(([parts, start]) => start + parts.join('/'));
    await fc.assert(
      fc.asyncProperty(paths, async (path) => {
        const asked = path.replace('BASE', base).replace('ROOT', root);
        const found = await placeWithin([root], asked);
        if (!found.ok) return;
        expect(realpathSync(found.value.path)).toBe(found.value.path);
        expect(`${found.value.path}/`.startsWith(`${root}/`)).toBe(true);
        expect(found.value.path.split('/')).not.toContain('.git');
      }),
      { numRuns: 500 },
    );
  });

  it.each(['src/a.ts', './src/../src/a.ts', 'in/a.ts', 'src', '.', ''])('finds %j', async (path) => {
    expect(await placeWithin([root], path)).toMatchObject({ ok: true });
  });

  it.each(['..', '../secret', '../nothing', '/etc/passwd', '/etc/nothing', '../tree-beside/secret', 'a\0b'])(
    'says of %j that it lies outside, whether it is there or not',
    async (path) => {
      expect(await placeWithin([root], path)).toEqual({
        ok: false,
        error: expect.stringContaining('lies outside') as string,
      });
    },
  );

  it.each(['out/secret', 'src/link', '.git/config', '.GIT/config', '.git'])(
    'does not follow %j',
    async (path) => {
      expect(await placeWithin([root], path)).toMatchObject({ ok: false });
    },
  );

  it('says of a file that is not there that it is not there', async () => {
    expect(await placeWithin([root], 'src/b.ts')).toEqual({ ok: false, error: '"src/b.ts" does not exist.' });
  });
});

describe('below', () => {
  it('goes by segments and not by letters, on every platform', () => {
    const names = fc.array(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(names, names, (one, other) => {
        for (const [rules, start] of [
          [posix, '/'],
          [win32, 'C:\\'],
        ] as const) {
          const [left, right] = [start + one.join(rules.sep), start + other.join(rules.sep)];
          expect(isBelow(left, right, rules)).toBe(one.every((name, at) => other[at] === name));
        }
      }),
    );
    expect(isBelow('C:\\a', 'D:\\a', win32)).toBe(false);
    expect(isBelow('C:\\a', '\\\\host\\share\\a', win32)).toBe(false);
  });
});
