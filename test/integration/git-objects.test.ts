import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createObjectReader } from '../../src/adapters/git/object-reader.ts';
import type { Repository } from '../../src/ports/worktrees.ts';
import { git, makeWorld, value, write, type World } from './git-fixture.ts';
import { manyChanged } from '../support/many-changed.ts';

let world: World;
let repository: Repository;

beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
});
afterEach(() => {
  repository.close();
  world.dispose();
});

const commit = (message: string): string => {
  git(world.repo, 'add', '-A');
  git(world.repo, 'commit', '-q', '-m', message);
  return git(world.repo, 'rev-parse', 'HEAD');
};
const bytes = async (at: string, path: string) => {
  const shown = value(await repository.show(at, path));
  return shown === null ? null : Buffer.from(shown);
};

/** A reader on a git of the test's own; counts how often it was started. */
function reading(command: readonly string[], deadlineMs = 10_000) {
  const started = { count: 0 };
  const [program = '', ...args] = command;
  const reader = createObjectReader({
    start: () => {
      started.count += 1;
      return spawn(program, args, { cwd: world.repo });
    },
    deadlineMs,
  });
  return { reader, started };
}
const BATCH = ['git', 'cat-file', '--batch-command', '-z'];

describe('files of commits, through one git that stays', () => {
  it('gives every byte of text, binary and empty files, of links and of names with line ends', async () => {
    const binary = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256));
    write(world.repo, 'photo.png', binary);
    write(world.repo, 'empty', '');
    write(world.repo, 'crlf.txt', 'a\r\nb\r\n');
    write(world.repo, 'new\nline missing\n.txt', 'here');
    const { symlinkSync } = await import('node:fs');
    symlinkSync('readme.md', `${world.repo}/link`);
    git(world.repo, 'config', 'core.autocrlf', 'false');
    const at = commit('all kinds');
    expect((await bytes(at, 'photo.png'))?.equals(binary)).toBe(true);
    expect((await bytes(at, 'empty'))?.length).toBe(0);
    expect((await bytes(at, 'crlf.txt'))?.toString()).toBe('a\r\nb\r\n');
    expect((await bytes(at, 'new\nline missing\n.txt'))?.toString()).toBe('here');
    expect((await bytes(at, 'link'))?.toString()).toBe('readme.md');
    expect(await bytes(at, 'new\nline missing\n')).toBeNull();
    expect(await bytes(at, 'src')).toBeNull();
    expect(await bytes(at, '')).toBeNull();
    expect(value(await repository.look(at, 'photo.png'))).toMatchObject({ kind: 'file', size: 300_000 });
  });

  it('tells a submodule by the commit that it stands for, which is in no object of ours', async () => {
    const module = 'c0ffee'.padEnd(40, '0');
    git(world.repo, 'update-index', '--add', '--cacheinfo', `160000,${module},vendor/lib`);
    git(world.repo, 'commit', '-q', '-m', 'a module');
    const at = git(world.repo, 'rev-parse', 'HEAD');
    expect(value(await repository.look(at, 'vendor/lib'))).toEqual({
      kind: 'submodule',
      oid: module,
      size: 0,
    });
    expect(await bytes(at, 'vendor/lib')).toBeNull();
    const before = git(world.repo, 'rev-parse', 'HEAD~');
    expect(value(await repository.compare(before, at))).toMatchObject([
      { status: 'added', before: null, after: { path: 'vendor/lib', mode: '160000', oid: module } },
    ]);
  });

  it('refuses what is no full name of a commit, so that nothing reaches git as an option or a range', async () => {
    for (const at of ['main', '--all', 'HEAD', '']) {
      expect(await repository.show(at, 'readme.md')).toMatchObject({ ok: false, error: { kind: 'refused' } });
    }
  });

  it('answers hundreds of questions at once with one process, each with its own file', async () => {
    for (let at = 0; at < 300; at += 1) write(world.repo, `many/${at}.txt`, `file ${at}\n`.repeat(at + 1));
    const at = commit('many');
    const { reader, started } = reading(BATCH);
    const all = await Promise.all(
      Array.from({ length: 300 }, (_, index) => reader.contents(`${at}:many/${index}.txt`)),
    );
    all.forEach((each, index) => {
      expect(value(each)?.toString()).toBe(`file ${index}\n`.repeat(index + 1));
    });
    expect(started.count).toBe(1);
    reader.close();
  });

  it('starts another git when one was killed, and answers again', async () => {
    const at = git(world.repo, 'rev-parse', 'HEAD');
    const { reader, started } = reading(BATCH);
    expect(value(await reader.contents(`${at}:readme.md`))?.toString()).toBe('one\ntwo\nthree\n');
    reader.close();
    expect(value(await reader.contents(`${at}:readme.md`))?.toString()).toBe('one\ntwo\nthree\n');
    expect(started.count).toBe(2);
    reader.close();
  });

  it('fails the one question that git ended on, in git’s words, and asks the others again', async () => {
    const once = `${world.folder}/once`;
    const script = `if [ -e '${once}' ]; then exec git cat-file --batch-command -z; fi; touch '${once}'; echo 'fatal: loose object is corrupt' >&2; exit 128`;
    const { reader, started } = reading(['sh', '-c', script]);
    const at = git(world.repo, 'rev-parse', 'HEAD');
    const [first, second] = await Promise.all([
      reader.contents(`${at}:readme.md`),
      reader.contents(`${at}:src/a.txt`),
    ]);
    expect(first).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('loose object is corrupt') },
    });
    expect(value(second)?.toString()).toBe('a\n');
    expect(started.count).toBe(2);
    reader.close();
  });

  it('ends a git that says nothing until the deadline, or that says what no git says', async () => {
    const silent = reading(['sleep', '60'], 100);
    expect(await silent.reader.info('x')).toMatchObject({
      ok: false,
      error: { message: 'git cat-file gave no answer in 0.1 s and was killed' },
    });
    const babbling = reading(['yes', 'no']);
    expect(await babbling.reader.info('x')).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('gave an answer that is not known') },
    });
  });
});

describe('comparing two commits', () => {
  it('names both paths of a rename, and modes where they alone changed', async () => {
    write(world.repo, 'old name.txt', 'line\n'.repeat(40));
    const before = commit('before');
    git(world.repo, 'mv', 'old name.txt', 'new name.txt');
    write(world.repo, 'readme.md', 'one\ntwo\nthree\n', 0o755);
    git(world.repo, 'rm', '-q', 'src/a.txt');
    const after = commit('after');
    expect(value(await repository.compare(before, after))).toMatchObject([
      { status: 'renamed', before: { path: 'old name.txt' }, after: { path: 'new name.txt' } },
      { status: 'modified', before: { mode: '100644' }, after: { mode: '100755' } },
      { status: 'deleted', before: { path: 'src/a.txt' }, after: null },
    ]);
  });

  it('lists 5,000 changed files, and gives both sides of any of them', async () => {
    const [before, after] = manyChanged(world.repo, 5000);
    const files = value(await repository.compare(before, after));
    expect(files).toHaveLength(5000);
    for (const file of [files[0], files[4999]]) {
      const path = file?.after?.path ?? '';
      const [old, now] = [await bytes(before, path), await bytes(after, path)];
      expect(old?.length).toBeGreaterThan(0);
      expect(now?.equals(old ?? Buffer.alloc(0))).toBe(false);
    }
  });
});
