import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, read, refusal, value, write, type World } from './git-fixture.ts';
import { bring, brought, commitOn, picture, requestOf } from './git-home-fixture.ts';

let world: World;
let repository: Repository;
let result: string;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
  result = commitOn(world, 'HEAD', { 'src/a.txt': 'A\n', 'new/b.txt': 'b\n', 'package-lock.json': null });
});
afterEach(() => world.dispose());

const head = () => git(world.repo, 'rev-parse', 'HEAD');
const status = () => git(world.repo, 'status', '--porcelain');

describe('bringing a result home', () => {
  it('merges into the checked out branch, and its files follow', async () => {
    const before = head();
    const { ref } = await brought(repository, { commit: result });
    expect(ref).toMatchObject({ name: 'refs/heads/main', from: before, to: head() });
    expect(git(world.repo, 'log', '-1', '--format=%P|%an|%s')).toBe(
      `${before} ${result}|Ada|Merge loop fix: work`,
    );
    expect(status()).toBe('');
    expect(read(world.repo, 'src/a.txt')).toBe('A\n');
    expect(existsSync(join(world.repo, 'package-lock.json'))).toBe(false);
    expect(git(world.repo, 'reflog', '-1', '--format=%gs')).toBe('cfn: merge fix');
  });

  it('squashes to one commit and puts each commit on top, when the branch went on', async () => {
    const second = commitOn(world, result, { 'c.txt': 'c\n' }, 'second');
    git(world.repo, 'commit', '-q', '--allow-empty', '-m', 'meanwhile');
    const meanwhile = head();
    const squash = await brought(repository, { commit: second, way: 'squash', newBranch: 'one' });
    expect(git(world.repo, 'log', '--format=%s', `${meanwhile}..one`)).toBe('Merge loop fix: work');
    expect(squash.checkout).toBeNull();
    expect(head()).toBe(meanwhile);
    await brought(repository, { commit: second, way: 'rebase' });
    expect(git(world.repo, 'log', '--format=%s', `${meanwhile}..main`)).toBe('second\nwork');
    expect(git(world.repo, 'diff', 'one', 'main')).toBe('');
    expect(status()).toBe('');
  });

  it('applies to the working tree and leaves index and branch alone', async () => {
    const before = head();
    await brought(repository, { commit: result, way: 'apply' });
    expect(head()).toBe(before);
    expect(status().split('\n')).toEqual(['D package-lock.json', ' M src/a.txt', '?? new/']);
    expect(git(world.repo, 'diff', '--cached')).toBe('');
  });

  it('moves a branch that is checked out nowhere without touching a file', async () => {
    git(world.repo, 'branch', 'release');
    write(world.repo, 'src/a.txt', 'mine\n');
    const before = picture(world.repo).replace(/refs\/heads\/release .*/, '');
    await brought(repository, { commit: result, into: 'release' });
    expect(picture(world.repo).replace(/refs\/heads\/release .*/, '')).toBe(before);
    expect(git(world.repo, 'show', 'release:src/a.txt')).toBe('A');
  });

  it('says that there is nothing to do: merged before, or the same files', async () => {
    await brought(repository, { commit: result, way: 'squash' });
    const before = picture(world.repo);
    const again = await bring(repository, { commit: result });
    expect(again).toMatchObject({ kind: 'not-done', preview: { verdict: { kind: 'nothing' } } });
    git(world.repo, 'merge', '-q', '-s', 'ours', '-m', 'known', result);
    const known = await bring(repository, { commit: result });
    expect(known).toMatchObject({ kind: 'not-done', preview: { verdict: { kind: 'contained' } } });
    git(world.repo, 'reset', '-q', '--hard', 'HEAD^');
    expect(picture(world.repo)).toBe(before);
  });

  it('previews files and lines, and names conflicts with the commits of the other side', async () => {
    const request = requestOf(repository, { commit: result });
    const clean = value(await repository.home.preview(request, never));
    expect(clean).toMatchObject({ branch: 'main', checkout: 'moves', obstacle: null });
    expect(clean.verdict).toMatchObject({
      kind: 'clean',
      files: [
        { path: 'new/b.txt', status: 'added', added: 1, removed: 0 },
        { path: 'package-lock.json', status: 'deleted' },
        { path: 'src/a.txt', status: 'modified', added: 1, removed: 1 },
      ],
    });
    write(world.repo, 'src/a.txt', 'other\n');
    git(world.repo, 'commit', '-qam', 'Reword a');
    const before = picture(world.repo);
    for (const way of ['merge', 'squash', 'rebase', 'apply'] as const) {
      const outcome = await bring(repository, { commit: result, way });
      expect(outcome).toMatchObject({
        kind: 'not-done',
        preview: {
          verdict: {
            kind: 'conflicts',
            files: ['src/a.txt'],
            theirs: [{ commit: head(), subject: 'Reword a' }],
          },
        },
      });
    }
    expect(picture(world.repo)).toBe(before);
  });

  it('makes a commit with the conflicts marked, which leads to both sides', async () => {
    write(world.repo, 'src/a.txt', 'other\n');
    git(world.repo, 'commit', '-qam', 'Reword a');
    const marked = value(await repository.home.conflicted(requestOf(repository, { commit: result })));
    expect(git(world.repo, 'show', `${marked}:src/a.txt`)).toContain('<<<<<<<');
    const solved = commitOn(world, marked, { 'src/a.txt': 'both\n' });
    await brought(repository, { commit: solved });
    expect(read(world.repo, 'src/a.txt')).toBe('both\n');
    expect(git(world.repo, 'merge-base', '--is-ancestor', result, 'main')).toBe('');
  });
});

describe('a checkout that is not clean', () => {
  it('keeps what the integration does not touch, staged and not, and refuses what it does', async () => {
    write(world.repo, 'readme.md', 'mine\n');
    write(world.repo, 'staged.txt', 'staged\n');
    git(world.repo, 'add', 'staged.txt');
    write(world.repo, 'loose.txt', 'loose\n');
    await brought(repository, { commit: result });
    expect(status().split('\n')).toEqual(['M readme.md', 'A  staged.txt', '?? loose.txt']);
    expect(read(world.repo, 'readme.md')).toBe('mine\n');
  });

  it.each(['merge', 'squash', 'rebase', 'apply'] as const)(
    'is not written to by %s when a touched file is changed, staged, untracked or ignored',
    async (way) => {
      const touched = async (kind: string, paths: readonly string[]) => {
        const before = picture(world.repo);
        const outcome = await bring(repository, { commit: result, way });
        expect(outcome).toMatchObject({ kind: 'not-done', preview: { obstacle: { kind, paths } } });
        expect(picture(world.repo)).toBe(before);
      };
      write(world.repo, 'src/a.txt', 'mine\n');
      await touched('dirty', ['src/a.txt']);
      git(world.repo, 'add', 'src/a.txt');
      await touched('dirty', ['src/a.txt']);
      write(world.repo, 'src/a.txt', 'a\n');
      await touched('dirty', ['src/a.txt']);
      git(world.repo, 'reset', '-q', '--hard');
      write(world.repo, 'new/b.txt', 'mine\n');
      await touched('dirty', ['new/b.txt']);
      write(world.repo, '.git/info/exclude', 'new/\n');
      await touched('ignored', ['new/b.txt']);
      rmSync(join(world.repo, 'new'), { recursive: true });
      mkdirSync(join(world.repo, 'new/b.txt/deep'), { recursive: true });
      write(world.repo, 'new/b.txt/deep/mine', 'mine\n');
      await touched('ignored', ['new/b.txt']);
    },
  );

  it.each([
    ['merge', 'M readme.md'],
    ['apply', 'D package-lock.json\n M readme.md\n M src/a.txt\n?? new/'],
  ] as const)(
    '%s keeps uncommitted work under a rescue ref first when asked to; undo gives it back',
    async (way, after) => {
      write(world.repo, 'src/a.txt', 'mine\n');
      write(world.repo, 'new/b.txt', 'mine too\n');
      write(world.repo, 'readme.md', 'untouched\n');
      const before = picture(world.repo);
      const done = await brought(repository, { commit: result, way, rescueFirst: true });
      expect(status()).toBe(after);
      expect(done.rescued?.paths).toEqual(['new/b.txt', 'src/a.txt']);
      expect(done.rescued?.ref).toMatch(/^refs\/cfn\/rescue\/fix\/checkout\//);
      expect(git(world.repo, 'show', `${done.rescued?.ref}:new/b.txt`)).toBe('mine too');
      value(await repository.home.undo(done.id));
      expect(picture(world.repo)).toBe(before);
    },
  );

  it('rescues nothing that is staged otherwise than it lies on disk', async () => {
    write(world.repo, 'src/a.txt', 'staged\n');
    git(world.repo, 'add', '-A');
    write(world.repo, 'src/a.txt', 'on disk\n');
    const before = picture(world.repo);
    const outcome = await bring(repository, { commit: result, rescueFirst: true });
    expect(outcome).toMatchObject({ preview: { obstacle: { kind: 'dirty', paths: ['src/a.txt'] } } });
    expect(picture(world.repo)).toBe(before);
  });

  it('applies over uncommitted files that the loop began with', async () => {
    write(world.repo, 'src/a.txt', 'begun\n');
    const base = value(await repository.snapshotDirty(never));
    const made = commitOn(world, base, { 'src/a.txt': 'begun and ended\n' });
    const done = await brought(repository, { commit: made, base, way: 'apply' });
    expect(read(world.repo, 'src/a.txt')).toBe('begun and ended\n');
    value(await repository.home.undo(done.id));
    expect(read(world.repo, 'src/a.txt')).toBe('begun\n');
    expect(status()).toBe('M src/a.txt');
  });

  it('does not apply over a file that was put back to what the loop began with', async () => {
    const base = repository.facts.head;
    write(world.repo, 'readme.md', 'one\ntwo\nTHREE\n');
    git(world.repo, 'commit', '-qam', 'meanwhile');
    write(world.repo, 'readme.md', 'one\ntwo\nthree\n');
    const made = commitOn(world, base, { 'readme.md': 'ONE\ntwo\nthree\n' });
    const outcome = await bring(repository, { commit: made, base, way: 'apply' });
    expect(outcome).toMatchObject({ preview: { obstacle: { kind: 'dirty', paths: ['readme.md'] } } });
    expect(read(world.repo, 'readme.md')).toBe('one\ntwo\nthree\n');
  });

  it('is refused while a merge is under way, and without a branch', async () => {
    const side = commitOn(world, 'HEAD', { 'src/a.txt': 'side\n' });
    write(world.repo, 'src/a.txt', 'mine\n');
    git(world.repo, 'commit', '-qam', 'mine');
    expect(() => git(world.repo, 'merge', side)).toThrow('');
    const outcome = await bring(repository, { commit: commitOn(world, 'HEAD', { x: 'x' }) });
    expect(outcome).toMatchObject({ preview: { obstacle: { kind: 'operation', operation: 'merge' } } });
    git(world.repo, 'merge', '--abort');
    git(world.repo, 'checkout', '-q', '--detach');
    expect(refusal(await repository.home.bring(requestOf(repository, { commit: result }), never))).toContain(
      'is on no branch',
    );
    await brought(repository, { commit: commitOn(world, 'HEAD', { y: 'y' }), newBranch: 'from-here' });
    expect(git(world.repo, 'show', 'from-here:y')).toBe('y');
  });

  it('is refused while a file has a conflict that no merge is under way for', async () => {
    write(world.repo, 'readme.md', 'stashed\n');
    git(world.repo, 'stash', '-q');
    write(world.repo, 'readme.md', 'meanwhile\n');
    git(world.repo, 'commit', '-qam', 'meanwhile');
    expect(() => git(world.repo, 'stash', 'pop')).toThrow('');
    const before = picture(world.repo);
    for (const rescueFirst of [false, true]) {
      const outcome = await bring(repository, { commit: result, rescueFirst });
      expect(outcome).toMatchObject({ preview: { obstacle: { kind: 'dirty', paths: ['readme.md'] } } });
    }
    expect(picture(world.repo)).toBe(before);
  });

  it('leaves a branch that another worktree has checked out', async () => {
    const other = join(world.folder, 'other');
    git(world.repo, 'worktree', 'add', '-q', '-b', 'feature', other);
    const before = picture(other);
    const outcome = await bring(repository, { commit: result, into: 'feature' });
    expect(outcome).toMatchObject({ preview: { obstacle: { kind: 'elsewhere', path: other } } });
    const there = await world.open(other);
    const done = await brought(there, { commit: result, into: 'feature' });
    expect(read(other, 'src/a.txt')).toBe('A\n');
    expect(read(world.repo, 'src/a.txt')).toBe('a\n');
    value(await there.home.undo(done.id));
    expect(picture(other)).toBe(before);
  });
});

describe('undo', () => {
  it.each(['merge', 'squash', 'rebase', 'apply'] as const)('takes %s back to the byte', async (way) => {
    write(world.repo, 'readme.md', 'mine\n');
    write(world.repo, 'staged.txt', 'staged\n');
    git(world.repo, 'add', 'staged.txt');
    const before = picture(world.repo);
    const done = await brought(repository, { commit: result, way });
    expect(picture(world.repo)).not.toBe(before);
    expect(
      value(
        await world
          .restarted()
          .open(world.repo, never)
          .then(async (opened) => value(opened).home.undo(done.id)),
      ),
    ).toMatchObject({ state: 'undone' });
    expect(picture(world.repo)).toBe(before);
    expect(refusal(await repository.home.undo(done.id))).toBe('This was taken back already.');
  });

  it('removes the new branch that was made, unless something was built on it', async () => {
    const first = await brought(repository, { commit: result, newBranch: 'try' });
    value(await repository.home.undo(first.id));
    expect(() => git(world.repo, 'rev-parse', '--verify', 'try')).toThrow('');
    const second = await brought(repository, { commit: result, newBranch: 'try' });
    git(world.repo, 'branch', '-f', 'try', 'HEAD');
    expect(refusal(await repository.home.undo(second.id))).toContain('try moved since');
  });

  it('is refused in one sentence once the branch moved or a touched file changed', async () => {
    const done = await brought(repository, { commit: result });
    write(world.repo, 'src/a.txt', 'more\n');
    const before = picture(world.repo);
    expect(refusal(await repository.home.undo(done.id))).toBe(
      'src/a.txt changed since, so nothing was done.',
    );
    expect(picture(world.repo)).toBe(before);
    git(world.repo, 'commit', '-qam', 'more');
    expect(refusal(await repository.home.undo(done.id))).toBe(
      'main moved since, so it stays where it is; revert the commit instead.',
    );
  });

  it('leaves applied files that were edited, staged or committed since', async () => {
    const done = await brought(repository, { commit: result, way: 'apply' });
    write(world.repo, 'src/a.txt', 'more\n');
    expect(refusal(await repository.home.undo(done.id))).toContain('src/a.txt changed since');
    write(world.repo, 'src/a.txt', 'A\n');
    git(world.repo, 'add', '-A');
    expect(refusal(await repository.home.undo(done.id))).toContain('changed since');
    git(world.repo, 'commit', '-qm', 'taken');
    expect(refusal(await repository.home.undo(done.id))).toContain('changed since');
    expect(read(world.repo, 'src/a.txt')).toBe('A\n');
  });

  it('brings a discarded result branch back, whose commit was kept all along', async () => {
    git(world.repo, 'branch', 'cfn/fix/result', result);
    const done = value(await repository.home.discard({ taskId: 'fix', commit: result }));
    expect(git(world.repo, 'branch', '--list', 'cfn/*')).toBe('');
    expect(git(world.repo, 'for-each-ref', '--contains', result, 'refs/cfn/fix')).not.toBe('');
    value(await repository.home.undo(done.id));
    expect(git(world.repo, 'rev-parse', 'cfn/fix/result')).toBe(result);
  });
});

it('is told apart, for loops that run meanwhile, from what somebody else does to the branch', async () => {
  const changes = async (act: () => unknown) => {
    const before = value(await repository.lookOutside());
    await act();
    return value(await repository.compareOutside(before)).map(({ kind, own }) => ({ kind, own }));
  };
  const own = [{ kind: 'ref', own: true }];
  let id = '';
  expect(await changes(async () => ({ id } = await brought(repository, { commit: result })))).toEqual(own);
  expect(await changes(async () => value(await repository.home.undo(id)))).toEqual(own);
  expect(await changes(() => git(world.repo, 'commit', '-q', '--allow-empty', '-m', 'else'))).toEqual([
    { kind: 'ref', own: false },
  ]);
});
