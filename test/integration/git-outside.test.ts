import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutsideChange, Repository } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, read, refusal, value, write, type World } from './git-fixture.ts';

let world: World;
let repository: Repository;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
});
afterEach(() => world.dispose());

async function changesAfter(
  act: (dotGit: string) => void | Promise<void>,
): Promise<readonly OutsideChange[]> {
  const before = value(await repository.lookOutside());
  await act(join(world.repo, '.git'));
  const reopened = value(await world.restarted().open(world.repo, never));
  return value(await reopened.compareOutside(before));
}

describe('what is guarded', () => {
  it('is restored and named: config, hooks and info', async () => {
    write(join(world.repo, '.git/hooks'), 'pre-push', '#!/bin/sh\nexit 0\n', 0o755);
    const config = read(world.repo, '.git/config');
    const changes = await changesAfter((dotGit) => {
      git(world.repo, 'config', 'core.fsmonitor', '/tmp/evil');
      write(dotGit, 'hooks/post-checkout', 'evil', 0o755);
      write(dotGit, 'hooks/pre-push', 'evil', 0o644);
      write(dotGit, 'info/attributes', '* filter=evil');
      write(dotGit, 'info/exclude', 'src/');
    });
    expect(changes.every(({ guarded }) => guarded)).toBe(true);
    expect(changes.map(({ kind }) => kind).sort()).toEqual(['config', 'hooks', 'hooks', 'info', 'info']);
    expect(changes.find(({ kind }) => kind === 'config')?.what).toBe(
      'config was changed (core.fsmonitor) and is restored',
    );
    expect(read(world.repo, '.git/config')).toBe(config);
    expect(existsSync(join(world.repo, '.git/hooks/post-checkout'))).toBe(false);
    expect(existsSync(join(world.repo, '.git/info/attributes'))).toBe(false);
    expect(read(world.repo, '.git/hooks/pre-push')).toBe('#!/bin/sh\nexit 0\n');
    expect(statSync(join(world.repo, '.git/hooks/pre-push')).mode & 0o777).toBe(0o755);
    expect(await changesAfter(() => undefined)).toEqual([]);
  });

  it('lets branch settings be, and keeps them when it restores the rest', async () => {
    git(world.repo, 'config', 'branch.main.merge', 'refs/heads/main');
    const quiet = await changesAfter(() => {
      git(world.repo, 'config', 'branch.main.remote', 'origin');
    });
    expect(quiet).toEqual([]);
    const loud = await changesAfter(() => {
      git(world.repo, 'config', 'branch.main.rebase', 'true');
      git(world.repo, 'config', '--unset', 'branch.main.merge');
      git(world.repo, 'config', 'alias.st', '!evil');
    });
    expect(loud.map(({ what }) => what)).toEqual(['config was changed (alias.st) and is restored']);
    expect(git(world.repo, 'config', 'branch.main.rebase')).toBe('true');
    expect(git(world.repo, 'config', 'branch.main.remote')).toBe('origin');
    expect(() => git(world.repo, 'config', 'branch.main.merge')).toThrow('');
    expect(() => git(world.repo, 'config', 'alias.st')).toThrow('');
  });

  it('is restored when it became unreadable or went away', async () => {
    const config = read(world.repo, '.git/config');
    const before = value(await repository.lookOutside());
    write(world.repo, '.git/config', '[broken');
    expect(value(await repository.compareOutside(before))).toHaveLength(1);
    expect(read(world.repo, '.git/config')).toBe(config);
  });

  it('includes per-worktree config and files that the config includes', async () => {
    const { path } = value(
      await repository.task('t').worktree({ agentId: 'a', start: repository.facts.head }, never),
    );
    write(world.repo, '.git/more.inc', '[alias]\n\tx = status\n');
    git(world.repo, 'config', 'include.path', 'more.inc');
    git(world.repo, 'config', 'extensions.worktreeConfig', 'true');
    const changes = await changesAfter((dotGit) => {
      git(path, 'config', '--worktree', 'core.fsmonitor', 'evil');
      write(dotGit, 'more.inc', '[alias]\n\tx = !evil\n');
    });
    expect(changes.map(({ kind, guarded }) => [kind, guarded])).toEqual([
      ['config', true],
      ['config', true],
    ]);
    expect(read(world.repo, '.git/more.inc')).toContain('x = status');
    expect(() => git(path, 'config', 'core.fsmonitor')).toThrow('');
  });

  it.skipIf(process.platform === 'win32')(
    'is restored without following a link planted in its place',
    async () => {
      write(world.repo, '.git/hooks/mine', 'mine', 0o755);
      write(world.folder, 'precious/keep.txt', 'keep');
      const changes = await changesAfter((dotGit) => {
        renameSync(join(dotGit, 'hooks'), join(dotGit, 'hooks-moved'));
        symlinkSync(join(world.folder, 'precious'), join(dotGit, 'hooks'));
      });
      expect(changes.some(({ kind }) => kind === 'hooks')).toBe(true);
      expect(readdirSync(join(world.folder, 'precious'))).toEqual(['keep.txt']);
      expect(read(world.repo, '.git/hooks/mine')).toBe('mine');
    },
  );

  it.skipIf(process.platform === 'win32')(
    'is restored when a pipe stands in its place, which no git can read',
    async () => {
      const before = value(await repository.lookOutside());
      const config = read(world.repo, '.git/config');
      rmSync(join(world.repo, '.git/config'));
      execFileSync('mkfifo', [join(world.repo, '.git/config'), join(world.repo, '.git/info/attributes')]);
      const changes = value(await repository.compareOutside(before));
      expect(changes.map(({ kind }) => kind).sort()).toEqual(['config', 'info']);
      expect(read(world.repo, '.git/config')).toBe(config);
      expect(existsSync(join(world.repo, '.git/info/attributes'))).toBe(false);
    },
  );

  it('includes the id by which the state is found', async () => {
    const { id } = repository.facts;
    const before = value(await repository.lookOutside());
    rmSync(join(world.repo, '.git/cfn-id'));
    expect(value(await repository.compareOutside(before))).toMatchObject([{ kind: 'info', guarded: true }]);
    expect((await world.open()).facts.id).toBe(id);
  });

  it('covers a hooks folder elsewhere', async () => {
    const hooks = join(world.folder, 'shared-hooks');
    write(hooks, 'pre-commit', 'fine', 0o755);
    git(world.repo, 'config', 'core.hooksPath', hooks);
    const changes = await changesAfter(() => write(hooks, 'pre-commit', 'evil', 0o755));
    expect(changes).toMatchObject([{ kind: 'hooks', guarded: true }]);
    expect(read(hooks, 'pre-commit')).toBe('fine');
  });
});

describe("what is the user's own", () => {
  it('is named and never undone: refs, stash, HEAD and files of the checkout', async () => {
    write(world.repo, 'draft.txt', 'draft');
    const changes = await changesAfter(() => {
      git(world.repo, 'branch', 'mine');
      git(world.repo, 'tag', 'v1');
      git(world.repo, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
      git(world.repo, 'update-ref', 'refs/cfn/fix/1/a/1', 'HEAD');
      git(world.repo, 'branch', 'cfn/fix/a');
      write(world.repo, 'readme.md', 'stashed');
      git(world.repo, 'stash', '-q');
      git(world.repo, 'checkout', '-q', 'mine');
      write(world.repo, 'src/a.txt', 'changed');
      write(world.repo, 'draft.txt', 'drift');
      write(world.repo, 'new.txt', 'new');
    });
    expect(changes.every(({ guarded }) => !guarded)).toBe(true);
    expect(changes.map(({ kind, what }) => `${kind}: ${what.replaceAll(world.repo, 'REPO')}`)).toEqual([
      expect.stringMatching(/^ref: refs\/heads\/mine was created at/),
      expect.stringMatching(/^ref: refs\/tags\/v1 was created at/),
      'stash: the stash was changed',
      'checkout: HEAD of REPO was refs/heads/main and is refs/heads/mine',
      'checkout: draft.txt was changed in REPO',
      'checkout: new.txt was changed in REPO',
      'checkout: src/a.txt was changed in REPO',
    ]);
    expect(read(world.repo, 'src/a.txt')).toBe('changed');
  });

  it('is not reported when nothing but times changed, or when it was only committed', async () => {
    write(world.repo, 'draft.txt', 'draft');
    const touched = await changesAfter(() => write(world.repo, 'draft.txt', 'draft'));
    expect(touched).toEqual([]);
    const committed = await changesAfter(() => {
      git(world.repo, 'add', '-A');
      git(world.repo, 'commit', '-q', '-m', 'draft');
    });
    expect(committed.map(({ kind }) => kind)).toEqual(['ref']);
  });

  it('is told apart where the editor reported it: files, deleted folders, and through links', async () => {
    write(world.repo, 'old/one.txt', '1');
    symlinkSync(world.repo, join(world.folder, 'link'));
    const before = value(await repository.lookOutside());
    write(world.repo, 'src/a.txt', 'saved');
    write(world.repo, 'readme.md', 'by an agent');
    rmSync(join(world.repo, 'old'), { recursive: true });
    write(join(world.repo, '.git/info'), 'attributes', '* filter=evil');
    const own = [
      await repository.ownPath(join(world.folder, 'link/src/a.txt')),
      await repository.ownPath(join(world.folder, 'link/old')),
      await repository.ownPath(join(world.repo, '.git/info/attributes')),
    ];
    expect(own).toEqual(['src/a.txt', 'old', '.git/info/attributes'].map((path) => join(world.repo, path)));
    expect(await repository.ownPath(join(world.folder, 'elsewhere.txt'))).toBeNull();
    const changes = value(
      await repository.compareOutside(
        before,
        own.filter((path) => path !== null),
      ),
    );
    const told = (mine: boolean) =>
      changes.filter((one) => one.own === mine).map((one) => one.what.split(' ')[0]);
    expect(told(true)).toEqual(['old/one.txt', 'src/a.txt']);
    expect(told(false)).toEqual(['info/attributes', 'readme.md']);
  });

  it("includes the user's own git configuration outside of the repository, by its keys alone", async () => {
    const home = join(world.folder, 'home');
    const changes = await changesAfter(() => {
      git(world.repo, 'config', '--global', 'core.pager', 'evil');
      git(world.repo, 'config', '--global', 'url.https://me:token@host/.insteadOf', 'gh:');
      write(home, '.config/git/config', '[alias]\n\tx = !evil\n');
    });
    expect(changes.map(({ kind, guarded, what }) => [kind, guarded, what.replaceAll(home, '~')])).toEqual([
      ['config', false, 'your own git configuration ~/.config/git/config was changed (alias.x)'],
      ['config', false, 'your own git configuration ~/.gitconfig was changed (core.pager, url.….insteadof)'],
    ]);
    expect(git(world.repo, 'config', 'core.pager')).toBe('evil');
    const moved = await changesAfter(() => {
      write(home, '.gitconfig', `# a comment\n${read(home, '.gitconfig')}`);
    });
    expect(moved).toEqual([]);
  });

  it('is reported when an untracked or dirty file disappears', async () => {
    write(world.repo, 'draft.txt', 'draft');
    write(world.repo, 'readme.md', 'dirty');
    const changes = await changesAfter(() => {
      rmSync(join(world.repo, 'draft.txt'));
      git(world.repo, 'checkout', '-q', 'readme.md');
    });
    expect(changes.map(({ what }) => what.split(' ')[0])).toEqual(['draft.txt', 'readme.md']);
  });

  it("does not report what agents do in their worktrees, nor git's own housekeeping", async () => {
    const { path } = value(
      await repository.task('t').worktree({ agentId: 'a', start: repository.facts.head }, never),
    );
    const changes = await changesAfter(() => {
      write(path, 'new.txt', 'new');
      git(path, 'add', '-A');
      git(path, 'commit', '-q', '-m', 'mine');
      git(world.repo, 'gc', '-q');
    });
    expect(changes).toEqual([]);
  });
});

describe('the snapshot of a dirty checkout', () => {
  const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

  it('holds tracked and untracked files and leaves checkout and index as they are, byte for byte', async () => {
    write(world.repo, 'staged.txt', 'staged');
    git(world.repo, 'add', 'staged.txt');
    write(world.repo, 'staged.txt', 'staged and changed');
    write(world.repo, 'untracked.txt', 'untracked');
    write(world.repo, 'ignored/x', 'x');
    rmSync(join(world.repo, 'readme.md'));
    const index = join(world.repo, '.git/index');
    const status = git(world.repo, 'status', '--porcelain');
    const before = [digest(index), statSync(index).mtimeMs];
    const commit = value(await repository.snapshotDirty(never));
    expect([digest(index), statSync(index).mtimeMs]).toEqual(before);
    expect(git(world.repo, 'status', '--porcelain')).toBe(status);
    expect(git(world.repo, 'ls-tree', '-r', '--name-only', commit).split('\n')).toEqual([
      '.gitignore',
      'package-lock.json',
      'src/a.txt',
      'staged.txt',
      'untracked.txt',
    ]);
    expect(git(world.repo, 'show', `${commit}:staged.txt`)).toBe('staged and changed');
    expect(git(world.repo, 'rev-parse', `${commit}^`)).toBe(repository.facts.head);
    expect(git(world.repo, 'for-each-ref', '--contains', commit, 'refs/cfn/')).not.toBe('');
  });

  it('is HEAD itself when nothing is changed', async () => {
    expect(value(await repository.snapshotDirty(never))).toBe(repository.facts.head);
  });

  it('is refused in the middle of a conflict', async () => {
    git(world.repo, 'checkout', '-q', '-b', 'other');
    write(world.repo, 'readme.md', 'other\n');
    git(world.repo, 'commit', '-qam', 'other');
    git(world.repo, 'checkout', '-q', 'main');
    write(world.repo, 'readme.md', 'main\n');
    git(world.repo, 'commit', '-qam', 'main');
    expect(() => git(world.repo, 'merge', 'other')).toThrow('');
    const again = await world.open();
    expect(refusal(await again.snapshotDirty(never))).toContain('unresolved conflicts (readme.md)');
  });

  it('keeps what a sparse checkout leaves out, and reads a split index', async () => {
    mkdirSync(join(world.repo, 'docs'));
    write(world.repo, 'docs/guide.md', 'guide');
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'docs');
    git(world.repo, 'sparse-checkout', 'set', 'src');
    git(world.repo, 'update-index', '--split-index');
    const again = await world.open();
    expect(again.facts.dirty).toBe(false);
    write(world.repo, 'src/b.txt', 'b');
    const commit = value(await again.snapshotDirty(never));
    expect(value(await again.changes(again.facts.head, commit)).map(({ path }) => path)).toEqual([
      'src/b.txt',
    ]);
    const { path } = value(await again.task('t').worktree({ agentId: 'a', start: commit }, never));
    expect(read(path, 'docs/guide.md')).toBe('guide');
    expect(git(path, 'status', '--porcelain')).toBe('');
  });
});

describe('folders inside the checkout that are not part of it', () => {
  it("leaves a user's own clone out of a snapshot", async () => {
    mkdirSync(join(world.repo, 'vendor/clone [x]'), { recursive: true });
    git(join(world.repo, 'vendor/clone [x]'), 'init', '-q');
    write(world.repo, 'vendor/clone [x]/big.txt', 'big');
    write(world.repo, 'vendor/mine.txt', 'mine');
    write(world.folder, 'home/.config/git/ignore', '*.swp\n');
    write(world.repo, 'x.swp', 'x');
    const again = await world.open();
    const commit = value(await again.snapshotDirty(never));
    expect(value(await again.changes(again.facts.head, commit)).map(({ path }) => path)).toEqual([
      'vendor/mine.txt',
    ]);
  });

  it('does not take agents for changes of the checkout when their worktrees lie inside it', async () => {
    world.dispose();
    world = makeWorld({ worktreeRoot: 'agents' });
    repository = await world.open();
    const before = value(await repository.lookOutside());
    const { path } = value(
      await repository.task('t').worktree({ agentId: 'a', start: repository.facts.head }, never),
    );
    expect(path).toBe(join(world.repo, 'agents/project.cfn/t/a'));
    write(path, 'new.txt', 'new');
    expect(value(await repository.compareOutside(before))).toEqual([]);
    const again = await world.open();
    expect(again.facts.dirty).toBe(false);
    expect(value(await again.snapshotDirty(never))).toBe(again.facts.head);
  });

  it('guards the configuration of worktrees that were made after the look', async () => {
    git(world.repo, 'config', 'extensions.worktreeConfig', 'true');
    const before = value(await repository.lookOutside());
    const { path } = value(
      await repository.task('t').worktree({ agentId: 'a', start: repository.facts.head }, never),
    );
    expect(value(await repository.compareOutside(before))).toEqual([]);
    git(path, 'config', '--worktree', 'core.fsmonitor', 'evil');
    expect(value(await repository.compareOutside(before))).toMatchObject([{ kind: 'config', guarded: true }]);
    expect(() => git(path, 'config', 'core.fsmonitor')).toThrow('');
  });
});
