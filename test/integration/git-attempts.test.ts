import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../src/ports/worktrees.ts';
import { git, ledgerIds, makeWorld, never, read, refusal, value, write, type World } from './git-fixture.ts';

let world: World;
let repository: Repository;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
});
afterEach(() => world.dispose());

const start = () => repository.facts.head;
const worktree = async (agentId = 'backend-1', at = start(), repo = repository) =>
  value(await repo.task('fix').worktree({ agentId, start: at }, never));
const commit = async (iteration = 1, at = start(), repo = repository) =>
  value(
    await repo
      .task('fix')
      .commitAttempt({ agentId: 'backend-1', iteration, attempt: 1, start: at, message: 'Attempt' }),
  );

/** Time itself is what is waited for. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1005 - (Date.now() % 1000)));

describe('worktrees', () => {
  it('[SI-090] makes a linked worktree on its own branch beside the repository', async () => {
    const made = await worktree();
    expect(made).toEqual({
      path: join(world.folder, 'project.cfn', 'fix', 'backend-1'),
      branch: 'cfn/fix/backend-1',
      needsSetup: true,
    });
    expect(git(made.path, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('cfn/fix/backend-1');
    expect(git(made.path, 'rev-parse', 'HEAD')).toBe(start());
    expect(git(made.path, 'status', '--porcelain')).toBe('');
    expect(read(made.path, 'readme.md')).toBe('one\ntwo\nthree\n');
    expect(git(world.repo, 'status', '--porcelain')).toBe('');
    expect(await ledgerIds(world)).toContain('worktree:fix/backend-1');
  });

  it('tells what an agent has changed so far and keeps nothing of it', async () => {
    const { path } = await worktree();
    const task = repository.task('fix');
    const changes = async () => value(await task.workingChanges({ agentId: 'backend-1', start: start() }));
    expect(await changes()).toEqual([]);
    write(path, 'readme.md', 'one\nzwei\nthree\n');
    write(path, 'new.txt', 'secret of the draft\n');
    write(path, 'ignored/cache', 'not shown');
    expect(await changes()).toEqual([
      { path: 'new.txt', status: 'added', added: 1, removed: 0 },
      { path: 'readme.md', status: 'modified', added: 1, removed: 1 },
    ]);
    const draft = git(path, 'hash-object', 'new.txt');
    expect(() => git(world.repo, 'cat-file', '-e', draft)).toThrow('cat-file');
    expect((await commit()).files).toHaveLength(2);
    expect(refusal(await task.workingChanges({ agentId: 'nobody', start: start() }))).toContain(
      'no worktree',
    );
  });

  it('tells which lines of the start were changed, of the files that were asked for', async () => {
    const { path } = await worktree();
    const task = repository.task('fix');
    write(path, 'readme.md', 'ONE\ntwo\nthree\nfour\n');
    write(path, 'a-new ä.txt', 'a\r@@ -9 +9 @@\ndiff --git a/x b/x\n');
    write(path, 'raw.bin', 'a\0b');
    write(path, 'large.txt', 'x\n'.repeat(20_001));
    write(path, 'unasked.txt', 'x\n');
    const linesOf = new Set(['readme.md', 'a-new ä.txt', 'raw.bin', 'large.txt', 'not changed']);
    const changes = value(await task.workingChanges({ agentId: 'backend-1', start: start(), linesOf }));
    expect(Object.fromEntries(changes.map((file) => [file.path, file.ranges]))).toEqual({
      'a-new ä.txt': [{ first: 1, last: 1 }],
      'large.txt': null,
      'raw.bin': null,
      'readme.md': [
        { first: 1, last: 1 },
        { first: 3, last: 3 },
      ],
      'unasked.txt': undefined,
    });
  });

  it('moves a kept worktree: untracked files go to a rescue ref, ignored ones stay', async () => {
    const { path } = await worktree();
    write(path, 'ignored/cache', 'kept');
    write(path, 'note.txt', 'precious');
    write(path, 'readme.md', 'changed\n');
    write(world.repo, 'second.txt', 'second');
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'second');
    const next = git(world.repo, 'rev-parse', 'HEAD');
    const moved = await worktree('backend-1', next);
    expect(moved.path).toBe(path);
    expect(existsSync(join(path, 'note.txt'))).toBe(false);
    expect(read(path, 'ignored/cache')).toBe('kept');
    expect(read(path, 'second.txt')).toBe('second');
    expect(git(path, 'status', '--porcelain')).toBe('');
    const rescued = git(world.repo, 'for-each-ref', '--format=%(refname)', 'refs/cfn/rescue/');
    expect(rescued.split('\n')).toHaveLength(1);
    expect(git(world.repo, 'show', `${rescued}:note.txt`)).toBe('precious');
    expect(git(world.repo, 'show', `${rescued}:readme.md`)).toBe('changed');
  });

  it('needs set-up for a new worktree and after a lockfile changed, not otherwise', async () => {
    const first = await worktree();
    expect(first.needsSetup).toBe(true);
    expect((await worktree()).needsSetup).toBe(true);
    write(first.path, 'src/a.txt', 'b\n');
    const one = await commit();
    expect((await worktree('backend-1', one.commit)).needsSetup).toBe(false);
    write(first.path, 'package-lock.json', '{"changed": true}\n');
    const two = await commit(2, one.commit);
    expect((await worktree('backend-1', two.commit)).needsSetup).toBe(true);
    await commit(3, two.commit);
    expect((await worktree('backend-1', one.commit)).needsSetup).toBe(true);
  });

  it('needs set-up again when an agent changed the lockfile and its work was not taken', async () => {
    const { path } = await worktree();
    write(path, 'package-lock.json', '{"left-pad": 1}\n');
    await commit();
    expect((await worktree()).needsSetup).toBe(true);
  });

  it('gets past an operation that the agent left half done and a branch it moved', async () => {
    const { path } = await worktree();
    write(path, 'readme.md', 'mine\n');
    git(path, 'commit', '-q', '-am', 'mine');
    git(path, 'checkout', '-q', '-b', 'elsewhere', start());
    write(path, 'readme.md', 'other\n');
    git(path, 'commit', '-q', '-am', 'other');
    expect(() => git(path, 'merge', 'cfn/fix/backend-1')).toThrow('');
    await worktree();
    expect(git(path, 'status')).toContain('nothing to commit, working tree clean');
    expect(git(path, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('cfn/fix/backend-1');
  });

  it('works again when the agent replaced .git by a repository of its own', async () => {
    const { path } = await worktree();
    rmSync(join(path, '.git'));
    git(path, 'init', '-q');
    write(path, 'own.txt', 'own');
    git(path, 'add', '-A');
    git(path, 'commit', '-q', '-m', 'own');
    const done = await commit();
    expect(done.files.map((file) => file.path)).toEqual(['own.txt']);
    const again = await worktree('backend-1', done.commit);
    expect(git(again.path, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('cfn/fix/backend-1');
    expect(git(again.path, 'status', '--porcelain')).toBe('');
  });

  it.skipIf(process.platform === 'win32')(
    'never follows a link that an agent put in place of its worktree',
    async () => {
      const { path } = await worktree();
      write(world.folder, 'precious/keep.txt', 'keep');
      rmSync(path, { recursive: true });
      symlinkSync(join(world.folder, 'precious'), path);
      const request = { agentId: 'backend-1', iteration: 1, attempt: 1, start: start(), message: 'x' };
      const committed = await repository.task('fix').commitAttempt(request);
      expect(committed).toMatchObject({ ok: false, error: { kind: 'refused' } });
      await worktree();
      expect(read(path, 'readme.md')).toContain('one');
      const task = join(world.folder, 'project.cfn/fix');
      renameSync(task, `${task}-moved`);
      symlinkSync(join(world.folder, 'precious'), task);
      const linked = await repository.task('fix').worktree({ agentId: 'backend-1', start: start() }, never);
      expect(refusal(linked)).toContain('is reached through a link');
      expect(readdirSync(join(world.folder, 'precious'))).toEqual(['keep.txt']);
    },
  );

  it('refuses a folder and a branch that are not in the ledger', async () => {
    write(join(world.folder, 'project.cfn'), 'fix/a/mine.txt', 'mine');
    const folder = await repository.task('fix').worktree({ agentId: 'a', start: start() }, never);
    expect(refusal(folder)).toContain('already exists and was not made by this loop');
    expect(read(join(world.folder, 'project.cfn'), 'fix/a/mine.txt')).toBe('mine');
    git(world.repo, 'branch', 'cfn/fix/b');
    const branch = await repository.task('fix').worktree({ agentId: 'b', start: start() }, never);
    expect(refusal(branch)).toContain('The branch cfn/fix/b already exists');
    git(world.repo, 'branch', 'cfn/other');
    const blocked = await repository.task('other').worktree({ agentId: 'b', start: start() }, never);
    expect(refusal(blocked)).toContain('refs/heads/cfn/other stands in the way');
  });

  it('makes several worktrees at once', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const made = await Promise.all(names.map((name) => worktree(name)));
    expect(made.map(({ branch }) => branch)).toEqual(names.map((name) => `cfn/fix/${name}`));
  });
});

describe('worktrees that a killed process left half made', () => {
  const path = () => join(world.folder, 'project.cfn', 'fix', 'backend-1');
  const own = async () => {
    await world.ledger.record({
      kind: 'worktree',
      id: 'worktree:fix/backend-1',
      taskId: 'fix',
      path: path(),
    });
    const ref = 'refs/heads/cfn/fix/backend-1';
    await world.ledger.record({ kind: 'ref', id: `ref:${ref}`, taskId: 'fix', ref });
  };
  const GOOD = { status: '', branch: 'cfn/fix/backend-1', worktrees: 2 };
  const repair = async () => {
    await worktree();
    return {
      status: git(path(), 'status', '--porcelain'),
      branch: git(path(), 'rev-parse', '--abbrev-ref', 'HEAD'),
      worktrees: git(world.repo, 'worktree', 'list').split('\n').length,
    };
  };

  it('finishes one that was only written into the ledger, or has its branch alone', async () => {
    await own();
    git(world.repo, 'branch', 'cfn/fix/backend-1');
    expect(await repair()).toEqual(GOOD);
  });

  it('replaces one that is still locked as initializing', async () => {
    await own();
    git(world.repo, 'worktree', 'add', '-q', '--no-checkout', '-b', 'cfn/fix/backend-1', path());
    git(world.repo, 'worktree', 'lock', '--reason', 'initializing', path());
    expect(await repair()).toEqual(GOOD);
  });

  it('replaces one without a folder, and one without a registration', async () => {
    await worktree();
    rmSync(path(), { recursive: true });
    expect(await repair()).toEqual(GOOD);
    write(path(), 'ignored/x', 'x');
    write(path(), 'new.txt', 'new');
    rmSync(join(world.repo, '.git', 'worktrees'), { recursive: true });
    expect(await repair()).toEqual(GOOD);
    const rescued = git(world.repo, 'for-each-ref', '--format=%(refname)', 'refs/cfn/rescue/');
    expect(git(world.repo, 'show', `${rescued}:new.txt`)).toBe('new');
  });

  it('gets past the lock that a killed git left on a ref of ours', async () => {
    await own();
    const lock = 'refs/heads/cfn/fix/backend-1.lock';
    write(join(world.repo, '.git'), lock, '');
    const old = new Date(Date.now() - 10_000);
    utimesSync(join(world.repo, '.git', lock), old, old);
    expect(await repair()).toEqual(GOOD);
  });

  it('respects a lock that somebody set on purpose', async () => {
    await worktree();
    rmSync(path(), { recursive: true });
    git(world.repo, 'worktree', 'lock', '--reason', 'on a stick', path());
    const result = await repository.task('fix').worktree({ agentId: 'backend-1', start: start() }, never);
    expect(result.ok).toBe(false);
  });
});

describe('attempts', () => {
  it('[L-18] commits tracked and untracked files, not ignored ones, on top of the start', async () => {
    const { path } = await worktree();
    write(path, 'new.txt', 'new\n');
    write(path, 'src/a.txt', 'a\nb\n');
    rmSync(join(path, 'readme.md'));
    write(path, 'ignored/x', 'x');
    write(path, 'trace.log', 'x');
    const done = await commit();
    expect(done.ref).toBe('refs/cfn/fix/1/backend-1/1');
    expect(done.files).toEqual([
      { path: 'new.txt', status: 'added', added: 1, removed: 0 },
      { path: 'readme.md', status: 'deleted', added: 0, removed: 3 },
      { path: 'src/a.txt', status: 'modified', added: 1, removed: 0 },
    ]);
    expect(git(world.repo, 'rev-parse', `${done.ref}^1`)).toBe(start());
    expect(git(world.repo, 'rev-parse', done.ref)).toBe(done.commit);
    expect(git(world.repo, 'log', '-1', '--format=%an <%ae>', done.commit)).toBe('Ada <ada@example.org>');
    expect(git(path, 'status', '--porcelain')).toBe('');
  });

  it('[L-01] reports no files when an agent says much and changes nothing', async () => {
    await worktree();
    expect((await commit()).files).toEqual([]);
  });

  it('answers the same when called again, also after a restart, whatever happened to the worktree since', async () => {
    const { path } = await worktree();
    write(path, 'new.txt', 'new\n');
    const first = await commit();
    write(path, 'later.txt', 'later\n');
    expect(await commit()).toEqual(first);
    const again = value(await world.restarted().open(world.repo, never));
    expect(await commit(1, start(), again)).toEqual(first);
    git(world.repo, 'update-ref', '-d', first.ref);
    expect(await commit(1, start(), again)).toEqual(first);
    expect(git(world.repo, 'rev-parse', first.ref)).toBe(first.commit);
  });

  it('does not take a ref that an agent wrote for the attempt of another', async () => {
    const forged = git(world.repo, 'commit-tree', `${start()}^{tree}`, '-m', 'forged');
    git(world.repo, 'update-ref', 'refs/cfn/fix/1/backend-1/1', forged);
    const { path } = await worktree();
    write(path, 'real.txt', 'real\n');
    const done = await commit();
    expect(done.commit).not.toBe(forged);
    expect(git(world.repo, 'rev-parse', 'refs/cfn/fix/1/backend-1/1')).toBe(done.commit);
  });

  it("never writes through a symbolic ref that an agent planted over the user's branch", async () => {
    git(world.repo, 'symbolic-ref', 'refs/cfn/fix/1/backend-1/1', 'refs/heads/main');
    const { path } = await worktree();
    write(path, 'real.txt', 'real\n');
    const done = await commit();
    expect(git(world.repo, 'rev-parse', 'refs/heads/main')).toBe(start());
    expect(git(world.repo, 'rev-parse', 'refs/cfn/fix/1/backend-1/1')).toBe(done.commit);
  });

  it("keeps the agent's own commits under the attempt's ref", async () => {
    const { path } = await worktree();
    write(path, 'own.txt', 'own\n');
    git(path, 'add', '-A');
    git(path, 'commit', '-q', '-m', 'own');
    const own = git(path, 'rev-parse', 'HEAD');
    git(path, 'rm', '-q', 'own.txt');
    git(path, 'reset', '-q', '--hard', own);
    const done = await commit();
    expect(done.files.map((file) => file.path)).toEqual(['own.txt']);
    expect(git(world.repo, 'rev-parse', `${done.commit}^1`)).toBe(start());
    expect(value(await repository.isAncestor(own, done.commit))).toBe(true);
  });

  it('is not misled by what the agent did to its index', async () => {
    const { path } = await worktree();
    write(path, 'src/a.txt', 'changed\n');
    git(path, 'update-index', '--assume-unchanged', 'src/a.txt');
    git(path, 'update-index', '--skip-worktree', 'readme.md');
    write(path, 'readme.md', 'changed\n');
    git(path, 'rm', '-q', '--cached', 'package-lock.json');
    const done = await commit();
    expect(done.files.map((file) => file.path)).toEqual(['readme.md', 'src/a.txt']);
  });

  it('sees a change of equal length whose time was set back', async () => {
    const { path } = await worktree();
    const before = new Date(Date.now() - 60_000);
    write(path, 'src/a.txt', 'z\n');
    utimesSync(join(path, 'src/a.txt'), before, before);
    expect((await commit()).files.map((file) => file.path)).toEqual(['src/a.txt']);
  });

  it('sees a change of equal length that was made within the same second as an attempt', async () => {
    const { path } = await worktree();
    const file = join(path, 'same.txt');
    let second: number;
    do {
      // git compares whole seconds here, so first and second content have to lie in one.
      await nextSecond();
      second = Math.floor(Date.now() / 1000);
      write(path, 'same.txt', 'first!');
      await commit(second);
      write(path, 'same.txt', 'second');
    } while (Math.floor(statSync(file).mtimeMs / 1000) !== second);
    await nextSecond();
    const done = await commit(second + 1);
    expect(git(world.repo, 'show', `${done.commit}:same.txt`)).toBe('second');
  });

  it('takes the files of a repository that the agent made inside its worktree, by its own ignore rules', async () => {
    const { path } = await worktree();
    mkdirSync(join(path, 'app/deep'), { recursive: true });
    git(join(path, 'app'), 'init', '-q');
    write(path, 'app/main.txt', 'main');
    write(path, 'app/x.log', 'ignored');
    git(join(path, 'app/deep'), 'init', '-q');
    write(path, 'app/deep/inner.txt', 'inner');
    const done = await commit();
    expect(done.files.map((file) => file.path)).toEqual(['app/deep/inner.txt', 'app/main.txt']);
    const next = await worktree('backend-1', done.commit);
    expect(read(next.path, 'app/deep/inner.txt')).toBe('inner');
    write(next.path, 'app/more.txt', 'more');
    const second = await commit(2, done.commit);
    expect(second.files.map((file) => file.path)).toEqual(['app/more.txt']);
  });

  it.skipIf(process.platform === 'win32')('keeps odd names, links and modes', async () => {
    const { path } = await worktree();
    const names = [
      'with space.txt',
      'ümläut.txt',
      'quote"s\'.txt',
      'tab\there.txt',
      'new\nline.txt',
      '-rf',
      ':(glob)x',
    ];
    for (const name of names) write(path, name, name);
    write(path, 'run.sh', '#!/bin/sh\n', 0o755);
    symlinkSync('readme.md', join(path, 'link'));
    const done = await commit();
    expect(new Set(done.files.map((file) => file.path))).toEqual(new Set([...names, 'run.sh', 'link']));
    const next = await worktree('backend-1', done.commit);
    for (const name of names) expect(readFileSync(join(next.path, name), 'utf8')).toBe(name);
    expect(Buffer.from(value(await repository.show(done.commit, 'new\nline.txt')) ?? []).toString()).toBe(
      'new\nline.txt',
    );
  });
});

describe('retiring a worktree', () => {
  it('removes what the ledger names, after a rescue, and lists what was ignored', async () => {
    const { path } = await worktree();
    write(path, 'left.txt', 'left');
    write(path, 'ignored/cache', 'x');
    git(path, 'commit', '-q', '--allow-empty', '-m', 'own');
    const own = git(path, 'rev-parse', 'HEAD');
    const retired = value(await repository.task('fix').retire('backend-1'));
    expect(retired).toMatchObject({ path, ignored: ['ignored/'] });
    expect(existsSync(path)).toBe(false);
    expect(git(world.repo, 'show', `${retired.rescued}:left.txt`)).toBe('left');
    expect(value(await repository.isAncestor(own, retired.rescued ?? ''))).toBe(true);
    expect(git(world.repo, 'for-each-ref', '--contains', own, 'refs/cfn/rescue')).not.toBe('');
    expect(git(world.repo, 'worktree', 'list').split('\n')).toHaveLength(1);
    expect(await ledgerIds(world)).not.toContain('worktree:fix/backend-1');
    const made = await worktree();
    expect(made).toEqual({ path, branch: 'cfn/fix/backend-1', needsSetup: true });
  });

  it('removes nothing that the ledger does not name, and nothing that is locked', async () => {
    const mine = join(world.folder, 'project.cfn/fix/mine');
    git(world.repo, 'worktree', 'add', '-q', '-b', 'mine', mine);
    expect(refusal(await repository.task('fix').retire('mine'))).toContain(
      'The ledger names no worktree of mine',
    );
    const { path } = await worktree();
    git(world.repo, 'worktree', 'lock', path);
    expect(refusal(await repository.task('fix').retire('backend-1'))).toContain('is locked');
    expect([existsSync(mine), existsSync(path)]).toEqual([true, true]);
  });

  it("keeps the agent's commits when somebody deleted the folder", async () => {
    const { path } = await worktree();
    write(path, 'own.txt', 'own');
    git(path, 'add', '-A');
    git(path, 'commit', '-q', '-m', 'own');
    const own = git(path, 'rev-parse', 'HEAD');
    rmSync(path, { recursive: true });
    await worktree();
    expect(git(world.repo, 'for-each-ref', '--contains', own, 'refs/cfn/rescue')).not.toBe('');
  });
});
