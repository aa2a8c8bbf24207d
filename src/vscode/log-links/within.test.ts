import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileWithin } from './within.ts';

let base: string;
let worktree: string;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'cfn-links-')));
  worktree = join(base, 'worktree');
  await mkdir(join(worktree, 'src'), { recursive: true });
  await mkdir(join(base, 'worktree-2'));
  await writeFile(join(worktree, 'src', 'a.ts'), '');
  await writeFile(join(base, 'secret.txt'), '');
  await writeFile(join(base, 'worktree-2', 'b.ts'), '');
});
afterAll(() => rm(base, { recursive: true, force: true }));

it('opens files of the worktree, named from it or in full', async () => {
  expect(await fileWithin(worktree, 'src/a.ts')).toBe(join(worktree, 'src', 'a.ts'));
  expect(await fileWithin(worktree, join(worktree, 'src', 'a.ts'))).toBe(join(worktree, 'src', 'a.ts'));
  expect(await fileWithin(worktree, './src/../src/a.ts')).toBe(join(worktree, 'src', 'a.ts'));
});

it('opens nothing else: no folder, nothing above or beside it', async () => {
  const others = [
    'src',
    'gone.ts',
    '../secret.txt',
    '../worktree-2/b.ts',
    join(base, 'secret.txt'),
    '/etc/hosts',
  ];
  for (const path of others) expect([path, await fileWithin(worktree, path)]).toEqual([path, null]);
});

it.skipIf(process.platform === 'win32')(
  'follows no link that an agent laid out of its worktree',
  async () => {
    await symlink(join(base, 'secret.txt'), join(worktree, 'src', 'harmless.ts'));
    await symlink(base, join(worktree, 'up'));
    expect(await fileWithin(worktree, 'src/harmless.ts')).toBeNull();
    expect(await fileWithin(worktree, 'up/secret.txt')).toBeNull();
  },
);
