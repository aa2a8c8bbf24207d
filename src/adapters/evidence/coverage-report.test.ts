import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearReports, readCoverage } from './coverage-report.ts';

let folder: string;
let root: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-coverage-'));
  root = join(folder, 'checkout');
  await mkdir(root);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}
const read = (prefix = '') => readCoverage({ root, prefix });
const LCOV = 'TN:\nSF:src/a.js\nDA:1,2\nDA:2,0\nLF:2\nLH:1\nend_of_record\n';

describe('coverage reports', () => {
  it('are read from lcov, below the folder that the command runs in', async () => {
    await write('web/coverage/lcov.info', LCOV);
    expect(await read('web')).toEqual({
      name: 'coverage/lcov.info',
      files: [
        {
          path: 'web/src/a.js',
          lines: [
            [1, 2],
            [2, 0],
          ],
        },
      ],
    });
    expect(await read()).toBeNull();
  });

  it('are read from Istanbul’s JSON', async () => {
    const statementMap = { 0: { start: { line: 1 } }, 1: { start: { line: 1 } }, 2: { start: { line: 4 } } };
    const path = join(root, 'src', 'a.ts');
    await write(
      'coverage/coverage-final.json',
      JSON.stringify({ [path]: { path, statementMap, s: { 0: 0, 1: 3, 2: 0 } } }),
    );
    expect((await read())?.files).toEqual([
      {
        path: 'src/a.ts',
        lines: [
          [1, 3],
          [4, 0],
        ],
      },
    ]);
  });

  it('are read from Cobertura', async () => {
    const lines = '<lines><line number="3" hits="1"/><line number="4" hits="0"/></lines>';
    const one = `<class name="a" filename="a.py">${lines}</class>`;
    await write(
      'coverage.xml',
      `<?xml version="1.0"?><coverage><sources><source>${root}/src</source></sources><packages><package name="p"><classes>${one}</classes></package></packages></coverage>`,
    );
    expect((await read())?.files).toEqual([
      {
        path: 'src/a.py',
        lines: [
          [3, 1],
          [4, 0],
        ],
      },
    ]);
  });

  it('tell nothing of files outside, and nothing where they cannot be read', async () => {
    await write(
      'lcov.info',
      LCOV.replace('src/a.js', '../../etc/passwd') + LCOV.replace('src/a.js', '/etc/hosts'),
    );
    expect((await read())?.files).toEqual([]);
    await write('lcov.info', '');
    await write('coverage/coverage-final.json', '{');
    await rm(join(root, 'lcov.info'));
    expect(await read()).toBeNull();
  });

  it('that lay there before are removed, and never through a link', async () => {
    await write('coverage/lcov.info', LCOV);
    await clearReports({ root, prefix: '' });
    expect(await read()).toBeNull();
    await rm(join(root, 'coverage'), { recursive: true });
    await mkdir(join(folder, 'users'));
    await writeFile(join(folder, 'users', 'lcov.info'), LCOV);
    await symlink(join(folder, 'users'), join(root, 'coverage'));
    await clearReports({ root, prefix: '' });
    expect(await read()).toBeNull();
    expect(await readFile(join(folder, 'users', 'lcov.info'), 'utf8')).toBe(LCOV);
  });
});
