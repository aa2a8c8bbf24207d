import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { git, makeWorld, never, read, refusal, value, write, type World } from './git-fixture.ts';
import { brought, commitOn, picture } from './git-home-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.dispose());

/** What `git checkout` of the user's makes of a commit, in a worktree of its own. */
function checkedOut(commit: string): string {
  const folder = join(world.folder, `as-git-${commit.slice(0, 8)}`);
  git(world.repo, 'worktree', 'add', '-q', '--detach', folder, commit);
  return folder;
}

const fastImport = (input: string) =>
  execFileSync('git', ['fast-import', '--quiet'], { cwd: world.repo, input });

const WAYS = ['merge', 'apply'] as const;

it.each(WAYS)('%s brings modes, renames, links and odd names, and undo takes them back', async (way) => {
  const made = join(world.folder, 'made');
  git(world.repo, 'worktree', 'add', '-q', '--detach', made);
  write(made, 'run.sh', '#!/bin/sh\n', 0o755);
  git(made, 'mv', 'readme.md', 'docs.md');
  git(made, 'rm', '-q', 'src/a.txt');
  writeFileSync(join(made, 'src'), 'a file where a folder was\n');
  symlinkSync('docs.md', join(made, 'link'));
  write(made, ' leading "quote" ü\n.txt', 'odd\n');
  chmodSync(join(made, 'package-lock.json'), 0o755);
  git(made, 'add', '-A');
  git(made, 'commit', '-qm', 'all kinds');
  const before = picture(world.repo);
  const repository = await world.open();
  const done = await brought(repository, { commit: git(made, 'rev-parse', 'HEAD'), way });
  expect(statSync(join(world.repo, 'run.sh')).mode & 0o100).toBe(0o100);
  expect(statSync(join(world.repo, 'package-lock.json')).mode & 0o100).toBe(0o100);
  expect(existsSync(join(world.repo, 'readme.md'))).toBe(false);
  expect(lstatSync(join(world.repo, 'src')).isFile()).toBe(true);
  expect(readlinkSync(join(world.repo, 'link'))).toBe('docs.md');
  expect(read(world.repo, ' leading "quote" ü\n.txt')).toBe('odd\n');
  value(await repository.home.undo(done.id));
  expect(picture(world.repo)).toBe(before);
});

it.each(WAYS)('%s writes line ends as the attributes and core.autocrlf want them', async (way) => {
  write(world.repo, '.gitattributes', '*.bat text eol=crlf\n*.txt text\n');
  git(world.repo, 'add', '-A');
  git(world.repo, 'commit', '-qm', 'attributes');
  git(world.repo, 'config', 'core.autocrlf', 'true');
  git(world.repo, 'rm', '-q', '--cached', '-r', '.');
  git(world.repo, 'reset', '-q', '--hard');
  const before = picture(world.repo);
  const result = commitOn(world, 'HEAD', { 'go.bat': 'one\r\ntwo\r\n', 'src/a.txt': 'A\r\nB\r\n' });
  const repository = await world.open();
  const done = await brought(repository, { commit: result, way });
  const folder = checkedOut(result);
  for (const file of ['go.bat', 'src/a.txt']) expect(read(world.repo, file)).toBe(read(folder, file));
  expect(read(world.repo, 'src/a.txt')).toBe('A\r\nB\r\n');
  value(await repository.home.undo(done.id));
  expect(picture(world.repo)).toBe(before);
});

it.each(WAYS)("%s runs the filter of the user's configuration and none of its hooks", async (way) => {
  const told = join(world.folder, 'told');
  git(world.repo, 'config', 'filter.rot.clean', 'tr a-z n-za-m');
  git(world.repo, 'config', 'filter.rot.smudge', 'tr a-z n-za-m');
  write(world.repo, '.gitattributes', '*.secret filter=rot\n');
  git(world.repo, 'add', '-A');
  git(world.repo, 'commit', '-qm', 'filter');
  const result = commitOn(world, 'HEAD', { 'a.secret': 'plain\n' });
  expect(git(world.repo, 'show', `${result}:a.secret`)).toBe('cynva');
  for (const hook of ['post-merge', 'post-checkout', 'reference-transaction', 'post-index-change']) {
    write(world.repo, `.git/hooks/${hook}`, `#!/bin/sh\necho ${hook} >> ${told}\n`, 0o755);
  }
  const repository = await world.open();
  const done = await brought(repository, { commit: result, way });
  expect(read(world.repo, 'a.secret')).toBe('plain\n');
  value(await repository.home.undo(done.id));
  expect(existsSync(told)).toBe(false);
  expect(existsSync(join(world.repo, 'a.secret'))).toBe(false);
});

it('takes an LFS pointer for the text that it is when no filter is configured', async () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
  write(world.repo, '.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
  git(world.repo, 'add', '-A');
  git(world.repo, 'commit', '-qm', 'lfs');
  const result = commitOn(world, 'HEAD', { 'model.bin': pointer });
  const repository = await world.open();
  await brought(repository, { commit: result });
  expect(read(world.repo, 'model.bin')).toBe(pointer);
  expect(git(world.repo, 'status', '--porcelain')).toBe('');
});

it('moves the pointer of a submodule and leaves its folder alone', async () => {
  const pointer = (oid: string) =>
    git(world.repo, 'update-index', '--add', '--cacheinfo', `160000,${oid},vendored`);
  pointer('1'.repeat(40));
  git(world.repo, 'commit', '-qm', 'link');
  const base = git(world.repo, 'rev-parse', 'HEAD');
  pointer('2'.repeat(40));
  git(world.repo, 'commit', '-qm', 'moved link');
  const result = git(world.repo, 'rev-parse', 'HEAD');
  git(world.repo, 'reset', '-q', '--hard', base);
  const before = picture(world.repo);
  const repository = await world.open();
  const done = await brought(repository, { commit: result });
  expect(git(world.repo, 'ls-files', '-s', 'vendored')).toContain('2'.repeat(40));
  value(await repository.home.undo(done.id));
  expect(picture(world.repo)).toBe(before);
});

it('merges 3,000 files in a repository of 20,000, and undoes it', async () => {
  const many = Array.from({ length: 20_000 }, (_, at) => `d${at % 100}/f${at}.txt`);
  const lines = many.map((file) => `M 644 inline ${file}\ndata 2\na\n`).join('\n');
  const head = git(world.repo, 'rev-parse', 'HEAD');
  const importing = (ref: string, from: string, files: string) =>
    `commit ${ref}\ncommitter A <a@b> 1 +0000\ndata 1\nx\nfrom ${from}\n${files}\n`;
  const touched = many.slice(0, 3000).map((file) => `M 644 inline ${file}\ndata 2\nb\n`);
  fastImport(
    `${importing('refs/heads/main', head, lines)}${importing('refs/heads/made', 'refs/heads/main', touched.join('\n'))}`,
  );
  git(world.repo, 'reset', '-q', '--hard', 'main');
  const repository = await world.open();
  const done = await brought(repository, { commit: git(world.repo, 'rev-parse', 'made'), way: 'squash' });
  expect(read(world.repo, many[2999] ?? '')).toBe('b\n');
  expect(git(world.repo, 'status', '--porcelain')).toBe('');
  value(await repository.home.undo(done.id));
  expect(read(world.repo, many[0] ?? '')).toBe('a\n');
  expect(git(world.repo, 'status', '--porcelain')).toBe('');
});

it('pushes with the remote of the repository and its pre-push hook, and never over another branch', async () => {
  const remote = join(world.folder, 'remote.git');
  git(world.folder, 'init', '-q', '--bare', remote);
  const repository = await world.open();
  const result = commitOn(world, 'HEAD', { 'new.txt': 'new\n' });
  const ask = { taskId: 'fix', commit: result, remote: null, branch: 'cfn/fix/result' };
  expect(refusal(await repository.home.push(ask, never))).toContain('has no remote');
  git(world.repo, 'remote', 'add', 'origin', remote);
  const told = join(world.folder, 'told');
  write(world.repo, '.git/hooks/pre-push', `#!/bin/sh\necho $1 >> ${told}\n`, 0o755);
  const pushed = value(await repository.home.push(ask, never));
  expect(pushed).toMatchObject({ url: remote, integration: { pushed: { remote: 'origin' } } });
  expect(git(remote, 'rev-parse', 'cfn/fix/result')).toBe(result);
  expect(read(world.folder, 'told')).toBe('origin\n');
  const other = commitOn(world, 'HEAD', { 'other.txt': 'other\n' });
  expect(refusal(await repository.home.push({ ...ask, commit: other }, never))).toContain(
    'never overwritten',
  );
  expect(git(remote, 'rev-parse', 'cfn/fix/result')).toBe(result);
  expect(refusal(await repository.home.undo(pushed.integration.id))).toContain('What was pushed stays');
  expect(refusal(await repository.home.push({ ...ask, remote: 'elsewhere' }, never))).toBe(
    'The remote is "elsewhere"; it takes one of origin.',
  );
});
