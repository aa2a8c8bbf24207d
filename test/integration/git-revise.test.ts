import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allOf, type FileHunks } from '../../src/domain/review/hunks.ts';
import type { RejectedLines, Repository } from '../../src/ports/worktrees.ts';
import { commitAside, git, ledgerIds, makeWorld, refusal, value, write, type World } from './git-fixture.ts';

let world: World;
let repository: Repository;
let base: string;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
  base = repository.facts.head;
});
afterEach(() => world.dispose());

const task = () => repository.task('fix');

const commit = (): string => commitAside(world, base);

async function hunksOf(to: string, path: string): Promise<FileHunks> {
  const file = value(await repository.hunks(base, to, path));
  if (!file) throw new Error(`${path} does not differ`);
  return file;
}

/** All lines of these hunks, by their place in the file. */
async function rejected(to: string, path: string, ...numbers: number[]): Promise<RejectedLines[]> {
  const { hunks } = await hunksOf(to, path);
  const chosen = numbers.length === 0 ? hunks : numbers.map((number) => hunks[number]!);
  return chosen.map((hunk) => ({ base, path, hunk: hunk.id, lines: allOf(hunk) }));
}

const revise = async (to: string, lines: readonly RejectedLines[]) =>
  value(
    await task().revise({
      iteration: 1,
      commit: to,
      onto: null,
      rejected: lines,
      taken: [],
      message: 'Without',
    }),
  );

/** `100644 readme.md` and so on, of all files. */
const listed = (at: string, ...paths: string[]) =>
  git(world.repo, 'ls-tree', '-r', '--format=%(objectmode) %(path)', at, '--', ...paths);
const bytes = (at: string, path: string) =>
  execFileSync('git', ['cat-file', 'blob', `${at}:${path}`], { cwd: world.repo });

describe('a commit without rejected changes', () => {
  it('leaves out the rejected hunk alone, on top of the reviewed commit, and touches no checkout', async () => {
    write(world.repo, 'readme.md', 'ONE\ntwo\nTHREE\nfour\n');
    const reviewed = commit();
    write(world.repo, 'readme.md', 'the person works here\n');
    const file = await hunksOf(reviewed, 'readme.md');
    expect(file.hunks.map(({ before, after }) => [before, after])).toEqual([
      [
        [0, 1],
        [0, 1],
      ],
      [
        [2, 3],
        [2, 4],
      ],
    ]);
    const lines = await rejected(reviewed, 'readme.md', 0);
    const revised = await revise(reviewed, lines);
    expect(bytes(revised, 'readme.md').toString()).toBe('one\ntwo\nTHREE\nfour\n');
    expect(git(world.repo, 'log', '-1', '--format=%P %s', revised)).toBe(`${reviewed} Without`);
    expect(git(world.repo, 'status', '--short')).toBe('M readme.md');
    expect(await revise(reviewed, lines)).toBe(revised);
    const ref = `refs/cfn/fix/1/integrated/r-${revised.slice(0, 16)}`;
    expect(git(world.repo, 'rev-parse', ref)).toBe(revised);
    expect(await ledgerIds(world)).toContain(`ref:${ref}`);
    expect(await revise(reviewed, [])).toBe(reviewed);
  });

  it('keeps Windows line ends, bytes of other encodings and a missing end of the last line', async () => {
    const old = Buffer.from('caf\xe9\r\nsame\r\nlast', 'latin1');
    write(world.repo, 'latin.txt', old);
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'latin');
    base = git(world.repo, 'rev-parse', 'HEAD');
    write(world.repo, 'latin.txt', Buffer.from('th\xe9\r\nsame\r\nlast\r\nnew', 'latin1'));
    const reviewed = commit();
    const first = await revise(reviewed, await rejected(reviewed, 'latin.txt', 0));
    expect(bytes(first, 'latin.txt').toString('latin1')).toBe('caf\xe9\r\nsame\r\nlast\r\nnew');
    const second = await revise(reviewed, await rejected(reviewed, 'latin.txt', 1));
    expect(bytes(second, 'latin.txt').toString('latin1')).toBe('th\xe9\r\nsame\r\nlast');
  });

  it('takes a rename, a new mode and the lines of a file apart', async () => {
    write(world.repo, 'tool.sh', 'a\nb\nc\nd\ne\nf\ng\nh\n');
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'tool');
    base = git(world.repo, 'rev-parse', 'HEAD');
    git(world.repo, 'mv', 'tool.sh', 'bin.sh');
    write(world.repo, 'bin.sh', 'a\nB\nc\nd\ne\nf\ng\nh\n');
    chmodSync(join(world.repo, 'bin.sh'), 0o755);
    const reviewed = commit();
    const file = await hunksOf(reviewed, 'bin.sh');
    expect(file).toMatchObject({ from: 'tool.sh', status: 'renamed', whole: null });
    expect(file.hunks.map(({ kind }) => kind)).toEqual(['file', 'lines']);
    const noRename = await revise(reviewed, await rejected(reviewed, 'bin.sh', 0));
    expect(listed(noRename, 'bin.sh', 'tool.sh')).toBe('100644 tool.sh');
    expect(bytes(noRename, 'tool.sh').toString()).toContain('B\n');
    const noLines = await revise(reviewed, await rejected(reviewed, 'bin.sh', 1));
    expect(listed(noLines, 'bin.sh', 'tool.sh')).toBe('100755 bin.sh');
    expect(bytes(noLines, 'bin.sh').toString()).toContain('b\n');
    const nothing = await revise(reviewed, await rejected(reviewed, 'bin.sh'));
    expect(git(world.repo, 'rev-parse', `${nothing}^{tree}`)).toBe(
      git(world.repo, 'rev-parse', `${base}^{tree}`),
    );
  });

  it('takes binary files, links, LFS pointers, submodules, deleted and empty files as a whole', async () => {
    const pointer = (name: string) =>
      `version https://git-lfs.github.com/spec/v1\noid sha256:${name.repeat(64)}\nsize 1\n`;
    const sub = join(world.folder, 'sub');
    git(world.folder, 'init', '-q', sub);
    git(sub, 'commit', '-q', '--allow-empty', '-m', 'one');
    const first = git(sub, 'rev-parse', 'HEAD');
    git(sub, 'commit', '-q', '--allow-empty', '-m', 'two');
    const second = git(sub, 'rev-parse', 'HEAD');
    write(world.repo, 'image.bin', Buffer.from([1, 0, 2]));
    write(world.repo, 'big.dat', pointer('a'));
    write(world.repo, 'gone.txt', 'gone\n');
    symlinkSync('readme.md', join(world.repo, 'link'));
    git(world.repo, 'update-index', '--add', '--cacheinfo', `160000,${first},module`);
    git(world.repo, 'add', '-A', '--', 'image.bin', 'big.dat', 'gone.txt', 'link');
    git(world.repo, 'commit', '-q', '-m', 'all kinds');
    base = git(world.repo, 'rev-parse', 'HEAD');
    write(world.repo, 'image.bin', Buffer.from([1, 0, 3]));
    write(world.repo, 'big.dat', pointer('b'));
    write(world.repo, 'empty.txt', '');
    rmSync(join(world.repo, 'gone.txt'));
    rmSync(join(world.repo, 'link'));
    symlinkSync('src', join(world.repo, 'link'));
    git(world.repo, 'update-index', '--cacheinfo', `160000,${second},module`);
    git(world.repo, 'add', '-A', '--', 'image.bin', 'big.dat', 'empty.txt', 'gone.txt', 'link');
    git(world.repo, 'commit', '-q', '-m', 'change');
    const reviewed = git(world.repo, 'rev-parse', 'HEAD');
    const kinds = {
      'image.bin': 'binary',
      'big.dat': 'lfs',
      'empty.txt': 'empty',
      'gone.txt': 'deleted',
      link: 'link',
      module: 'submodule',
    };
    for (const [path, whole] of Object.entries(kinds)) {
      const file = await hunksOf(reviewed, path);
      expect(file).toMatchObject({ whole, hunks: [{ kind: 'file' }] });
      const revised = await revise(reviewed, await rejected(reviewed, path));
      const changes = git(world.repo, 'diff-tree', '-r', '--name-only', base, revised).split('\n');
      expect(changes.sort()).toEqual(
        Object.keys(kinds)
          .filter((each) => each !== path)
          .sort(),
      );
    }
  });

  it('drops an added file when all of its lines are rejected, and keeps what is left of it else', async () => {
    write(world.repo, 'new.txt', 'one\ntwo\n');
    const reviewed = commit();
    const [all] = await rejected(reviewed, 'new.txt');
    expect(listed(await revise(reviewed, [all!]), 'new.txt')).toBe('');
    const half = await revise(reviewed, [{ ...all!, lines: [[0, 1]] }]);
    expect(bytes(half, 'new.txt').toString()).toBe('two\n');
  });

  it('refuses what is not in the commit, two comparisons of one file, and a file in the place of a folder', async () => {
    write(world.repo, 'readme.md', 'ONE\ntwo\nthree\n');
    rmSync(join(world.repo, 'src/a.txt'));
    write(world.repo, 'src/a.txt/deep.txt', 'new\n');
    const reviewed = commit();
    const [lines] = await rejected(reviewed, 'readme.md');
    const ask = async (asked: readonly RejectedLines[]) =>
      refusal(
        await task().revise({
          iteration: 1,
          commit: reviewed,
          onto: null,
          rejected: asked,
          taken: [],
          message: 'x',
        }),
      );
    expect(await ask([{ ...lines!, hunk: 'gone' }])).toContain('is not in the reviewed commit any more');
    const blocked = await ask(await rejected(reviewed, 'src/a.txt'));
    expect(blocked).toBe(
      'src/a.txt has no place while src/a.txt/deep.txt is there; reject or take that, too.',
    );
    const both = await revise(reviewed, [
      ...(await rejected(reviewed, 'src/a.txt')),
      ...(await rejected(reviewed, 'src/a.txt/deep.txt')),
    ]);
    expect(listed(both, 'src')).toBe('100644 src/a.txt');
    const older = git(world.repo, 'commit-tree', `${base}^{tree}`, '-m', 'same tree');
    const twice = await ask([lines!, { ...lines!, base: older }]);
    expect(twice).toContain('were rejected in two different comparisons');
  });

  it('writes only what changed, so that 50,000 files cost little', async () => {
    const blob = git(world.repo, 'hash-object', '-w', 'readme.md');
    const many = Array.from({ length: 50_000 }, (_, n) => `100644 ${blob}\tdir${n % 200}/file${n}.txt\0`);
    execFileSync('git', ['update-index', '-z', '--index-info'], { cwd: world.repo, input: many.join('') });
    git(world.repo, 'commit', '-q', '-m', 'many');
    base = git(world.repo, 'rev-parse', 'HEAD');
    const changed = git(world.repo, 'hash-object', '-w', '.gitignore');
    git(world.repo, 'update-index', '--cacheinfo', `100644,${changed},dir7/file7.txt`);
    git(world.repo, 'commit', '-q', '-m', 'one of them');
    const reviewed = git(world.repo, 'rev-parse', 'HEAD');
    const lines = await rejected(reviewed, 'dir7/file7.txt');
    const before = performance.now();
    const revised = await revise(reviewed, lines);
    const took = performance.now() - before;
    expect(git(world.repo, 'diff-tree', '-r', '--name-only', base, revised)).toBe('');
    // A checkout of as many files takes many times as long, also on a slow machine.
    expect(took).toBeLessThan(3000);
  });
});
