/** Submodules in agents' worktrees and in disposable checkouts, by real git. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Repository, TaskGit } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, read, value, write, type World } from './git-fixture.ts';
import { addModules, filesIn, makeSource, moduleState, withFiles } from './git-modules-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.dispose());

const ENGINE = {
  '.gitignore': 'built/\n',
  '.gitmodules': expect.stringContaining('[submodule "deep"]'),
  'deep/.gitignore': 'built/\n',
  'deep/deep.txt': 'deep\n',
  'main.txt': 'one\ntwo\n',
  'run.sh': '#!/bin/sh\n',
};

async function worktree(repository: Repository, start = repository.facts.head): Promise<string> {
  return value(await repository.task('fix').worktree({ agentId: 'a', start }, never)).path;
}

const attempt = async (repository: Repository, attemptNumber = 1) =>
  value(
    await repository.task('fix').commitAttempt({
      agentId: 'a',
      iteration: 1,
      attempt: attemptNumber,
      start: repository.facts.head,
      message: 'a',
    }),
  );

const links = (commit: string) =>
  git(world.repo, 'ls-tree', '-r', commit)
    .split('\n')
    .filter((line) => line.startsWith('160000'));

describe('in an agent’s worktree', () => {
  beforeEach(() => addModules(world));

  it('are plain files of the recorded commit, nested ones too, without a .git anywhere', async () => {
    const path = await worktree(await world.open());
    expect(filesIn(join(path, 'libs/engine'))).toEqual(ENGINE);
    expect(readdirSync(join(path, 'absent'))).toEqual([]);
    for (const folder of ['libs/engine', 'libs/engine/deep'])
      expect(existsSync(join(path, folder, '.git'))).toBe(false);
    expect(git(path, 'status', '--porcelain')).toBe('');
    git(path, 'add', '-A');
    expect(git(path, 'status', '--porcelain')).toBe('');
  });

  it('are those of the linked worktree that was opened, too', async () => {
    const linked = join(world.folder, 'linked');
    git(world.repo, 'worktree', 'add', '-q', '-b', 'side', linked);
    const path = await worktree(await world.open(linked));
    expect(filesIn(join(path, 'libs/engine'))).toEqual(ENGINE);
  });

  it('come from an old checkout with a repository in the submodule’s own folder', async () => {
    const old = makeSource(world, 'old', { 'old.txt': 'old\n' });
    git(world.repo, 'clone', '-q', old, 'old');
    withFiles(world.repo, 'submodule', '--quiet', 'add', old, 'old');
    git(world.repo, 'commit', '-q', '-m', 'old');
    expect(existsSync(join(world.repo, '.git/modules/old'))).toBe(false);
    const path = await worktree(await world.open());
    expect(filesIn(join(path, 'old'))).toEqual({ '.gitignore': 'built/\n', 'old.txt': 'old\n' });
  });

  it('follow the start, one that is not in it any more goes, and ignored files stay', async () => {
    const repository = await world.open();
    const path = await worktree(repository);
    write(path, 'libs/engine/built/out.o', 'o');
    const engine = join(world.repo, 'libs/engine');
    write(engine, 'more.txt', 'more\n');
    rmSync(join(engine, 'run.sh'));
    git(engine, 'add', '-A');
    git(engine, 'commit', '-q', '-m', 'more');
    git(world.repo, 'commit', '-qam', 'newer engine');
    await worktree(repository, git(world.repo, 'rev-parse', 'HEAD'));
    const { 'run.sh': _, ...others } = ENGINE;
    const newer = { ...others, 'built/out.o': 'o', 'more.txt': 'more\n' };
    expect(filesIn(join(path, 'libs/engine'))).toEqual(newer);
    git(world.repo, 'rm', '-q', 'libs/engine');
    write(world.repo, 'libs/engine', 'a file now\n');
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'no engine');
    await worktree(repository, git(world.repo, 'rev-parse', 'HEAD'));
    expect(read(path, 'libs/engine')).toBe('a file now\n');
    await worktree(repository);
    expect(filesIn(join(path, 'libs/engine'))).toEqual(ENGINE);
  });
});

describe('in a disposable checkout', () => {
  it('are there as in a worktree, and writing to them is no change of the checkout', async () => {
    addModules(world);
    const repository = await world.open();
    const task = repository.task('fix');
    const checkout = value(await task.checkout(repository.facts.head, 'look', never));
    expect(filesIn(join(checkout.path, 'libs/engine'))).toEqual(ENGINE);
    expect(git(checkout.path, 'status', '--porcelain')).toBe('');
    write(checkout.path, 'libs/engine/main.txt', 'judged');
    expect(value(await task.checkoutChanges(checkout))).toEqual([]);
    await task.discard(checkout);
    expect(existsSync(checkout.path)).toBe(false);
  });
});

describe('a .gitmodules that nobody should believe', () => {
  const declared = (text: string) => {
    addModules(world);
    write(world.repo, '.gitmodules', text);
    git(world.repo, 'commit', '-qam', 'declared otherwise');
  };
  const section = (name: string, path: string) => `[submodule "${name}"]\n\tpath = ${path}\n\turl = ../x\n`;

  it.each([
    ['a name that leaves the modules folder', section('../../modules/the engine', 'libs/engine')],
    ['an absolute name', section('/tmp/x', 'libs/engine')],
    ['two names for one path', section('the engine', 'libs/engine') + section('absent', 'libs/engine')],
    ['no section at all', section('the engine', '../../libs/engine')],
    ['no syntax', '[submodule "the engine'],
    ['an update command', `[submodule "x"]\n\tpath = libs/engine\n\tupdate = !touch /nowhere/x\n`],
  ])('with %s leaves an empty folder', async (_, text) => {
    declared(text);
    const path = await worktree(await world.open());
    expect(readdirSync(join(path, 'libs/engine'))).toEqual([]);
  });

  it('that names a folder outside, or one that is no submodule, writes nothing there', async () => {
    declared(
      section('the engine', 'libs/engine') + section('absent', '../outside') + section('src', 'src/a.txt'),
    );
    const path = await worktree(await world.open());
    expect(filesIn(join(path, 'libs/engine'))).toEqual(ENGINE);
    expect(existsSync(join(path, '../outside'))).toBe(false);
    expect(read(path, 'src/a.txt')).toBe('a\n');
  });

  it('whose folder of objects is a link to another repository gets none of its files', async () => {
    addModules(world);
    const modules = join(world.repo, '.git/modules');
    renameSync(join(modules, 'the engine'), join(world.folder, 'elsewhere'));
    symlinkSync(join(world.folder, 'elsewhere'), join(modules, 'the engine'));
    const path = await worktree(await world.open());
    expect(readdirSync(join(path, 'libs/engine'))).toEqual([]);
  });
});

/** What an agent may do to a submodule's folder. */
const DOINGS: readonly (readonly [string, (folder: string) => void, Record<string, string>])[] = [
  [
    'changes, creates and deletes files',
    (folder) => {
      write(folder, 'main.txt', 'ONE\ntwo\n');
      write(folder, 'new/file.txt', 'new\n');
      rmSync(join(folder, 'run.sh'));
    },
    { 'libs/engine/main.txt': 'ONE\ntwo\n', 'libs/engine/new/file.txt': 'new\n' },
  ],
  [
    'changes a file of the submodule inside it',
    (folder) => write(folder, 'deep/deep.txt', 'DEEP\n'),
    { 'libs/engine/deep/deep.txt': 'DEEP\n' },
  ],
  [
    'makes it a repository of its own and commits',
    (folder) => {
      git(folder, 'init', '-q');
      write(folder, 'main.txt', 'mine\n');
      git(folder, 'add', 'main.txt');
      git(folder, 'commit', '-q', '-m', 'mine');
    },
    { 'libs/engine/main.txt': 'mine\n' },
  ],
  [
    'makes a repository inside it',
    (folder) => {
      write(folder, 'gen/x.txt', 'x\n');
      git(join(folder, 'gen'), 'init', '-q');
      git(join(folder, 'gen'), 'add', '-A');
      git(join(folder, 'gen'), 'commit', '-q', '-m', 'x');
    },
    { 'libs/engine/gen/x.txt': 'x\n' },
  ],
  [
    'replaces it by a file',
    (folder) => {
      rmSync(folder, { recursive: true });
      write(join(folder, '..'), 'engine', 'just text\n');
    },
    { 'libs/engine': 'just text\n' },
  ],
  [
    'replaces it by a link',
    (folder) => {
      rmSync(folder, { recursive: true });
      symlinkSync('/etc', folder);
    },
    { 'libs/engine': '/etc' },
  ],
  [
    'replaces the folder above it by a link',
    (folder) => {
      rmSync(join(folder, '..'), { recursive: true });
      symlinkSync('src', join(folder, '..'));
    },
    { libs: 'src' },
  ],
  ['deletes it', (folder) => rmSync(folder, { recursive: true }), {}],
];

describe('an agent', () => {
  let repository: Repository;
  let task: TaskGit;
  beforeEach(async () => {
    addModules(world);
    repository = await world.open();
    task = repository.task('fix');
  });

  const rescues = () =>
    git(world.repo, 'for-each-ref', '--format=%(refname)', 'refs/cfn/rescue/').split('\n').filter(Boolean);

  it.each(DOINGS)('that %s leaves the link as it was, and loses nothing', async (_, doing, kept) => {
    const before = links(repository.facts.head);
    const users = moduleState(join(world.repo, 'libs/engine'));
    const path = await worktree(repository);
    doing(join(path, 'libs/engine'));
    write(path, 'src/a.txt', 'changed\n');
    const working = value(await task.workingChanges({ agentId: 'a', start: repository.facts.head }));
    expect(working.map((file) => file.path)).toEqual(['src/a.txt']);
    const done = await attempt(repository);
    expect(links(done.commit)).toEqual(before);
    expect(done.files.map((file) => file.path)).toEqual(['src/a.txt']);
    expect(done.leftOut.length).toBeGreaterThan(0);
    expect(done.leftOut.every((module) => module.startsWith('libs/engine'))).toBe(true);
    await worktree(repository);
    expect(filesIn(join(path, 'libs/engine'))).toEqual(ENGINE);
    const refs = rescues();
    expect(refs).toHaveLength(Object.keys(kept).length === 0 ? 0 : 1);
    for (const [file, content] of Object.entries(kept))
      expect(`${git(world.repo, 'show', `${refs[0]}:${file}`)}\n`.trim()).toBe(content.trim());
    git(world.repo, 'fsck', '--connectivity-only');
    expect(moduleState(join(world.repo, 'libs/engine'))).toBe(users);
  });

  it('that touches no submodule is told of none, and nothing is rescued', async () => {
    const path = await worktree(repository);
    write(path, 'src/a.txt', 'changed\n');
    write(path, 'libs/engine/built/out.o', 'ignored');
    expect((await attempt(repository)).leftOut).toEqual([]);
    await worktree(repository);
    const retired = value(await task.retire('a'));
    expect(retired.ignored).toEqual(['libs/engine/built/']);
    expect(rescues()).toEqual([]);
  });

  it('that fills the empty folder of one that is not there loses nothing either', async () => {
    const path = await worktree(repository);
    write(path, 'absent/mine.txt', 'mine\n');
    expect((await attempt(repository)).leftOut).toEqual(['absent']);
    const retired = value(await task.retire('a'));
    expect(git(world.repo, 'show', `${retired.rescued}:absent/mine.txt`)).toBe('mine');
    expect(existsSync(path)).toBe(false);
  });

  it('keeps in the rescue of a removed worktree what it did in a submodule after its attempt', async () => {
    const path = await worktree(repository);
    await attempt(repository);
    write(path, 'libs/engine/main.txt', 'late\n');
    const retired = value(await task.retire('a'));
    expect(git(world.repo, 'show', `${retired.rescued}:libs/engine/main.txt`)).toBe('late');
    expect(git(world.repo, 'diff', '--name-only', repository.facts.head, retired.rescued ?? '')).toBe(
      'libs/engine\nlibs/engine/main.txt',
    );
    const kept = value(await task.owned()).find(({ kind }) => kind === 'rescue');
    expect(kept?.kept).toBe('not merged into a branch of yours');
  });

  it('that lost its worktree half way has it rescued with its submodules when it is made anew', async () => {
    const path = await worktree(repository);
    write(path, 'libs/engine/main.txt', 'left\n');
    rmSync(join(world.repo, '.git/worktrees'), { recursive: true });
    rmSync(join(path, '.git'));
    await worktree(await world.restarted().open(world.repo, never).then(value));
    expect(git(world.repo, 'show', `${rescues()[0]}:libs/engine/main.txt`)).toBe('left');
    expect(filesIn(join(path, 'libs/engine'))).toEqual(ENGINE);
  });
});

it('an agent’s link without a section in .gitmodules stays as it was as well', async () => {
  const oid = '1'.repeat(40);
  git(world.repo, 'update-index', '--add', '--cacheinfo', `160000,${oid},bare`);
  git(world.repo, 'commit', '-q', '-m', 'a bare link');
  const repository = await world.open();
  const path = await worktree(repository);
  mkdirSync(join(path, 'bare'), { recursive: true });
  git(join(path, 'bare'), 'init', '-q');
  git(join(path, 'bare'), 'commit', '-q', '--allow-empty', '-m', 'nowhere else');
  const done = await attempt(repository);
  expect(links(done.commit)).toEqual([`160000 commit ${oid}\tbare`]);
});
