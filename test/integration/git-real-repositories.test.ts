/** The whole way of a result, from an agent's worktree to the person's checkout and back, in file trees of real projects. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { allOf } from '../../src/domain/review/hunks.ts';
import type { Repository } from '../../src/ports/worktrees.ts';
import { manyFiles } from '../support/many-files.ts';
import { git, makeWorld, never, read, value, write, type World } from './git-fixture.ts';
import { makeSource, moduleState, withFiles } from './git-modules-fixture.ts';
import { bring, brought, commitOn, picture } from './git-home-fixture.ts';

const MODULES = join(import.meta.dirname, '..', '..', 'node_modules');

/** As npm unpacks them: with source maps, type declarations, deep folders and long lines. */
const PROJECTS = [
  { name: 'preact', renamed: 'src/diff/index.js' },
  { name: 'commander', renamed: 'lib/command.js' },
];

const LFS = (oid: string, size: number) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${oid.repeat(64).slice(0, 64)}\nsize ${size}\n`;
const PICTURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255, 254, 10, 13, 10]);

let world: World;
afterEach(() => world.dispose());

/** The project with what makes repositories hard. */
async function openProject(name: string): Promise<Repository> {
  world = makeWorld();
  const { repo } = world;
  cpSync(join(MODULES, name), repo, { recursive: true, dereference: true });
  write(repo, '.gitattributes', '*.psd filter=lfs diff=lfs merge=lfs -text\n*.bat text eol=crlf\n');
  write(repo, 'odd/notes.txt', 'one\r\ntwo\r\nthree\r\n'.repeat(8));
  write(repo, 'odd/mixed.txt', 'one\r\ntwo\nthree');
  write(repo, 'odd/go.bat', '@echo off\r\nrem one\r\n');
  write(repo, 'odd/run.sh', '#!/bin/sh\necho one\n', 0o644);
  write(repo, 'odd/layers.psd', LFS('ab', 12_345));
  write(repo, 'odd/logo.png', PICTURE);
  write(repo, 'odd/gone.txt', 'gone soon\n');
  symlinkSync('notes.txt', join(repo, 'odd/link'));
  const part = makeSource(world, 'part', {});
  const other = PROJECTS.find((project) => project.name !== name)?.name ?? name;
  cpSync(join(MODULES, other), part, { recursive: true, dereference: true });
  git(part, 'add', '-A');
  git(part, 'commit', '-q', '-m', 'another real project');
  withFiles(repo, 'submodule', '--quiet', 'add', part, 'odd/part');
  git(repo, 'add', '-A');
  git(repo, 'commit', '-q', '-m', 'a real project');
  git(repo, 'reset', '-q', '--hard');
  return world.open();
}

/** What an agent does to it, in its worktree. */
function work(path: string, renamed: string): void {
  write(path, 'odd/notes.txt', read(path, 'odd/notes.txt').replace('two\r\n', 'TWO\r\n'));
  write(path, 'odd/mixed.txt', 'one\r\nTWO\nthree');
  write(path, 'odd/go.bat', '@echo off\r\nrem two\r\n');
  chmodSync(join(path, 'odd/run.sh'), 0o755);
  write(path, 'odd/layers.psd', LFS('cd', 54_321));
  write(path, 'odd/logo.png', Buffer.concat([PICTURE, PICTURE]));
  rmSync(join(path, 'odd/gone.txt'));
  rmSync(join(path, 'odd/link'));
  symlinkSync('mixed.txt', join(path, 'odd/link'));
  renameSync(join(path, renamed), join(path, 'odd/renamed.ts'));
  write(path, 'odd/renamed.ts', `// moved\n${read(path, 'odd/renamed.ts')}`);
  write(path, 'odd/new ünïcode.txt', 'new\r\nand without an end');
  // Another repository: read by the agent, and no part of what it makes.
  write(
    path,
    'odd/part/package.json',
    read(path, 'odd/part/package.json').replace('"name": "', '"name": "my-'),
  );
  write(path, 'package.json', read(path, 'package.json').replace('"version": "', '"version": "99.'));
}

async function attempt(repository: Repository, renamed: string): Promise<string> {
  const task = repository.task('fix');
  const start = repository.facts.head;
  const { path } = value(await task.worktree({ agentId: 'a', start }, never));
  expect(git(path, 'status', '--porcelain')).toBe('');
  work(path, renamed);
  const one = { agentId: 'a', iteration: 1, attempt: 1, start, message: 'work' };
  const { commit, leftOut } = value(await task.commitAttempt(one));
  expect(leftOut).toEqual(['odd/part']);
  return value(await task.integrate({ iteration: 1, start, commits: [{ agentId: 'a', commit }] })).commit;
}

const blob = (at: string, path: string) =>
  execFileSync('git', ['cat-file', 'blob', `${at}:${path}`], { cwd: world.repo, maxBuffer: 1 << 28 });
const modeOf = (at: string, path: string) => git(world.repo, 'ls-tree', at, '--', path).split(' ')[0];

// Windows keeps no executable bit, and links take a right there.
describe.skipIf(process.platform === 'win32').each(PROJECTS)('in the files of $name', ({ name, renamed }) => {
  it('a result is listed, shown, chosen from, brought home and taken back, byte for byte', async () => {
    const repository = await openProject(name);
    const base = repository.facts.head;
    const result = await attempt(repository, renamed);

    const compared = value(await repository.compare(base, result));
    const listed = compared.map(({ status, before, after }) => `${status} ${(after ?? before)?.path}`);
    expect(listed.sort()).toEqual([
      'added odd/new ünïcode.txt',
      'deleted odd/gone.txt',
      'modified odd/go.bat',
      'modified odd/layers.psd',
      'modified odd/link',
      'modified odd/logo.png',
      'modified odd/mixed.txt',
      'modified odd/notes.txt',
      'modified odd/run.sh',
      'modified package.json',
      'renamed odd/renamed.ts',
    ]);
    const different: string[] = [];
    for (const { before, after } of compared) {
      for (const [commit, side] of [[base, before] as const, [result, after] as const]) {
        if (side === null) continue;
        const shown = value(await repository.show(commit, side.path));
        if (!Buffer.from(shown ?? []).equals(blob(commit, side.path))) different.push(side.path);
      }
    }
    expect(different).toEqual([]);
    expect(modeOf(result, 'odd/run.sh')).toBe('100755');

    // What a person rejects of files with CRLF and with mixed line ends is as it was.
    const rejected = [];
    for (const path of ['odd/notes.txt', 'odd/mixed.txt']) {
      const hunks = value(await repository.hunks(base, result, path))?.hunks ?? [];
      for (const hunk of hunks) rejected.push({ base, path, hunk: hunk.id, lines: allOf(hunk) });
    }
    expect(rejected.length).toBeGreaterThan(1);
    const revision = { iteration: 1, commit: result, rejected, onto: null, taken: [], message: 'without' };
    const revised = value(await repository.task('fix').revise(revision));
    expect(blob(revised, 'odd/notes.txt').equals(blob(base, 'odd/notes.txt'))).toBe(true);
    expect(blob(revised, 'odd/mixed.txt').equals(blob(base, 'odd/mixed.txt'))).toBe(true);
    expect(git(world.repo, 'diff', '--name-only', revised, result)).toBe('odd/mixed.txt\nodd/notes.txt');

    const part = moduleState(join(world.repo, 'odd/part'));
    for (const way of ['apply', 'merge', 'squash', 'rebase'] as const) {
      const before = picture(world.repo);
      const { id } = await brought(repository, { commit: result, way });
      const files = ['odd/notes.txt', 'odd/mixed.txt', 'odd/logo.png', 'odd/layers.psd', 'odd/renamed.ts'];
      const wrong = files.filter((path) => !readFileSync(join(world.repo, path)).equals(blob(result, path)));
      expect({ way, wrong }).toEqual({ way, wrong: [] });
      expect(read(world.repo, 'odd/go.bat')).toBe('@echo off\r\nrem two\r\n');
      expect(lstatSync(join(world.repo, 'odd/run.sh')).mode & 0o100).toBe(0o100);
      expect(readlinkSync(join(world.repo, 'odd/link'))).toBe('mixed.txt');
      expect(existsSync(join(world.repo, 'odd/gone.txt'))).toBe(false);
      // What is applied is uncommitted: eight changed, two that are gone, two new ones. And nothing but that.
      const uncommitted = git(world.repo, 'status', '--porcelain').split('\n').filter(Boolean);
      expect({ way, uncommitted: uncommitted.length }).toEqual({
        way,
        uncommitted: way === 'apply' ? 12 : 0,
      });
      value(await repository.home.undo(id));
      expect({ way, picture: picture(world.repo) }).toEqual({ way, picture: before });
      expect(moduleState(join(world.repo, 'odd/part'))).toBe(part);
    }
  });

  it('a conflict is named by its files and leaves everything as it is', async () => {
    const repository = await openProject(name);
    const result = await attempt(repository, renamed);
    const theirs = commitOn(
      world,
      'HEAD',
      {
        'odd/notes.txt': read(world.repo, 'odd/notes.txt').replace('two\r\n', 'mine\r\n'),
        'odd/layers.psd': LFS('ef', 777),
        'odd/gone.txt': 'stays\n',
        [renamed]: `${read(world.repo, renamed)}\n// mine\n`,
      },
      'mine',
    );
    git(world.repo, 'reset', '-q', '--hard', theirs);
    const before = picture(world.repo);
    const outcome = await bring(await world.open(), { commit: result });
    expect(outcome).toMatchObject({
      kind: 'not-done',
      preview: {
        verdict: { kind: 'conflicts', files: ['odd/gone.txt', 'odd/layers.psd', 'odd/notes.txt'] },
      },
    });
    expect(picture(world.repo)).toBe(before);
  });
});

/** `CFN_TEST_FILES=50000` tries a large repository; writing its files alone takes minutes on a slow disk. */
const FILES = Number(process.env['CFN_TEST_FILES'] ?? 5000);

it('among thousands of files of which a tenth changed, work comes home and is taken back', async () => {
  world = makeWorld();
  const [before, after] = manyFiles(world.repo, { files: FILES, changed: FILES / 10 });
  git(world.repo, 'reset', '-q', '--hard', before);
  const repository = await world.open();
  expect(value(await repository.compare(before, after))).toHaveLength(FILES / 10);
  const undone = await brought(repository, { commit: after });
  expect(git(world.repo, 'diff', '--stat', after)).toBe('');
  expect(git(world.repo, 'status', '--porcelain')).toBe('');
  value(await repository.home.undo(undone.id));
  expect(git(world.repo, 'rev-parse', 'HEAD')).toBe(before);
  expect(git(world.repo, 'status', '--porcelain')).toBe('');
});
