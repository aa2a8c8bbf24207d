import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Repository, Sparse } from '../../src/ports/worktrees.ts';
import { addModules } from './git-modules-fixture.ts';
import { git, makeWorld, never, read, refusal, value, write, type World } from './git-fixture.ts';

let world: World;
let repository: Repository;
let sparse: Sparse;
beforeEach(async () => {
  world = makeWorld();
  write(world.repo, '.cfn/setup.sh', 'true\n');
  write(world.repo, 'src/deep/b.txt', 'b\n');
  write(world.repo, 'docs/guide.md', 'guide\n');
  write(world.repo, 'docs/more/old.md', 'old\n');
  write(world.repo, 'packages/readme.md', 'packages\n');
  write(world.repo, 'packages/a/a.ts', 'a\n');
  write(world.repo, 'packages/b/b.ts', 'b\n');
  git(world.repo, 'add', '-A');
  git(world.repo, 'commit', '-q', '-m', 'more');
  repository = await world.open();
  sparse = { folders: ['src', 'packages/a'], base: repository.facts.head };
});
afterEach(() => world.dispose());

const CONE = [
  '.cfn/setup.sh',
  '.gitignore',
  'package-lock.json',
  'packages/a/a.ts',
  'packages/readme.md',
  'readme.md',
  'src/a.txt',
  'src/deep/b.txt',
];
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => path !== '.git' && !path.startsWith('.git/'))
    .toSorted();

const worktree = async (agentId = 'a', start = repository.facts.head, of = repository) =>
  value(await of.task('fix').worktree({ agentId, start, sparse }, never));
const commit = async (iteration = 1, start = repository.facts.head) =>
  value(
    await repository
      .task('fix')
      .commitAttempt({ agentId: 'a', iteration, attempt: 1, start, message: 'Attempt' }),
  );
/** What differs from a commit, as `M path`. */
const changes = (from: string, to: string) =>
  git(world.repo, 'diff', '--name-status', '--no-renames', from, to).replaceAll('\t', ' ').split('\n');

describe('a sparse worktree', () => {
  it('contains its folders and what lies beside them, and git finds nothing missing', async () => {
    const config = read(world.repo, '.git/config');
    const { path } = await worktree();
    expect(filesIn(path)).toEqual(CONE);
    expect(git(path, 'status', '--porcelain')).toBe('');
    expect(git(path, 'stash', 'list')).toBe('');
    expect(read(world.repo, '.git/config')).toBe(config);
    expect(existsSync(join(world.repo, '.git', 'worktrees', 'a', 'config.worktree'))).toBe(false);
    expect((await commit()).files).toEqual([]);
  });

  it('keeps what an agent edits, deletes and creates inside and outside of it, and all it never saw', async () => {
    const { path } = await worktree();
    write(path, 'src/a.txt', 'edited\n');
    rmSync(join(path, 'src/deep/b.txt'));
    write(path, 'src/new.txt', 'new\n');
    write(path, 'docs/fresh.md', 'fresh\n');
    write(path, 'elsewhere/x.txt', 'x\n');
    // It exists already, and this agent did not see it.
    write(path, 'packages/b/b.ts', 'over\n');
    const expected = [
      'A docs/fresh.md',
      'A elsewhere/x.txt',
      'M packages/b/b.ts',
      'M src/a.txt',
      'D src/deep/b.txt',
      'A src/new.txt',
    ];
    const task = repository.task('fix');
    const working = value(await task.workingChanges({ agentId: 'a', start: repository.facts.head }));
    expect(working).toHaveLength(expected.length);
    const made = await commit();
    expect(changes(repository.facts.head, made.commit)).toEqual(expected);
    expect(git(world.repo, 'show', `${made.commit}:docs/more/old.md`)).toBe('old');
    const merged = value(
      await task.integrate({
        iteration: 1,
        start: repository.facts.head,
        commits: [{ agentId: 'a', commit: made.commit }],
      }),
    );
    expect(changes(repository.facts.head, merged.commit)).toEqual(expected);
  });

  it('refuses a file where a folder is that the agent does not see, and keeps it all the same', async () => {
    const { path } = await worktree();
    write(path, 'docs', 'a file\n');
    const start = repository.facts.head;
    const task = repository.task('fix');
    const request = { agentId: 'a', iteration: 1, attempt: 1, start, message: 'Attempt' };
    expect(refusal(await task.commitAttempt(request))).toBe(
      'a made a file docs, where the repository has a folder that its sparse worktree does not contain.',
    );
    await worktree();
    expect(filesIn(path)).toEqual(CONE);
    const rescued = git(world.repo, 'for-each-ref', '--format=%(objectname)', 'refs/cfn/rescue/fix/a/');
    expect(git(world.repo, 'show', `${rescued}:docs`)).toBe('a file');
    expect((await commit()).files).toEqual([]);
  });

  it('goes on with what the loop changed, wherever that lies', async () => {
    const { path } = await worktree();
    write(path, 'docs/fresh.md', 'fresh\n');
    write(path, 'packages/b/b.ts', 'over\n');
    write(path, 'ignored/cache', 'kept');
    const first = await commit();
    const again = await worktree('a', first.commit);
    expect(again.path).toBe(path);
    expect(filesIn(path)).toEqual(['docs/fresh.md', 'ignored/cache', 'packages/b/b.ts', ...CONE].toSorted());
    expect(git(path, 'status', '--porcelain')).toBe('');
    const other = await worktree('b', first.commit);
    expect(read(other.path, 'packages/b/b.ts')).toBe('over\n');
    // What it sees it can delete.
    rmSync(join(path, 'docs/fresh.md'));
    const second = await commit(2, first.commit);
    expect(changes(first.commit, second.commit)).toEqual(['D docs/fresh.md']);
    await worktree('a', repository.facts.head);
    expect(filesIn(path)).toEqual([...CONE, 'ignored/cache'].toSorted());
  });

  it("takes the agent's own commits, stashes and branches as they are", async () => {
    git(world.repo, 'switch', '-q', '-c', 'other');
    write(world.repo, 'docs/guide.md', 'other guide\n');
    write(world.repo, 'docs/added.md', 'added\n');
    write(world.repo, 'src/a.txt', 'other\n');
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'other');
    git(world.repo, 'switch', '-q', 'main');
    const { path } = await worktree();
    write(path, 'src/new.txt', 'new\n');
    git(path, 'add', '-A');
    git(path, 'commit', '-q', '-m', 'own');
    expect(changes('HEAD', git(path, 'rev-parse', 'HEAD'))).toEqual(['A src/new.txt']);
    write(path, 'src/a.txt', 'draft\n');
    git(path, 'stash');
    git(path, 'stash', 'pop');
    git(path, 'commit', '-q', '-a', '-m', 'draft');
    expect(changes('HEAD', git(path, 'rev-parse', 'HEAD'))).toEqual(['M src/a.txt', 'A src/new.txt']);
    git(path, 'reset', '-q', '--hard', repository.facts.head);
    expect(filesIn(path)).toEqual(CONE);
    git(path, 'checkout', '-q', '-b', 'mine', 'other');
    expect(git(path, 'status', '--porcelain')).toBe('');
    const made = await commit();
    expect(changes('other', made.commit)).toEqual(['']);
    expect(git(world.repo, 'merge-base', '--is-ancestor', 'other', made.commit)).toBe('');
  });

  it('is rescued without a deletion, also when our notes of it are gone', async () => {
    const { path } = await worktree();
    write(path, 'docs/draft.md', 'draft\n');
    write(path, 'src/a.txt', 'draft\n');
    const task = repository.task('fix');
    const kept = value(await task.rescue('a'));
    expect(changes(repository.facts.head, kept?.commit ?? '')).toEqual(['A docs/draft.md', 'M src/a.txt']);
    const notes = join(world.state, repository.facts.id, 'git', 'tasks', 'fix', 'agents');
    expect(readdirSync(notes).toSorted()).toEqual(['a.index', 'a.json']);
    rmSync(join(notes, 'a.index'));
    write(path, 'docs/draft.md', 'second draft\n');
    const without = value(await task.rescue('a'));
    expect(changes(kept?.commit ?? '', without?.commit ?? '')).toEqual(['M docs/draft.md']);
    rmSync(join(notes, 'a.json'));
    write(path, 'src/a.txt', 'third draft\n');
    const start = repository.facts.head;
    const later = value(await world.restarted().open(world.repo, never));
    expect(value(await later.task('fix').recoverWorktree({ agentId: 'a', start, sparse }))).toBe('half-made');
    const newest = git(world.repo, 'for-each-ref', '--sort=-creatordate', 'refs/cfn/rescue/fix/a/')
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
      .find((oid) => oid !== kept?.commit && oid !== without?.commit);
    expect(changes(start, newest ?? '')).toEqual(['A docs/draft.md', 'M src/a.txt']);
    expect(filesIn((await worktree('a', start, later)).path)).toEqual(CONE);
  });

  it('contains submodules of its folders with all in them, and leaves the links of others as they are', async () => {
    addModules(world);
    const opened = await world.open();
    const start = opened.facts.head;
    const task = opened.task('modules');
    const made = async (agentId: string, folders: readonly string[]) => {
      const request = { agentId, start, sparse: { folders, base: start } };
      const { path } = value(await task.worktree(request, never));
      expect(git(path, 'status', '--porcelain')).toBe('');
      write(path, 'src/a.txt', `${agentId}\n`);
      const attempt = value(
        await task.commitAttempt({ agentId, iteration: 1, attempt: 1, start, message: 'Attempt' }),
      );
      expect(changes(start, attempt.commit)).toEqual(['M src/a.txt']);
      expect(attempt.leftOut).toEqual([]);
      value(await task.worktree(request, never));
      expect(git(path, 'status', '--porcelain')).toBe('');
      return path;
    };
    const without = await made('without', ['src']);
    expect(existsSync(join(without, 'libs'))).toBe(false);
    const files = ['.gitignore', '.gitmodules', 'deep/.gitignore', 'deep/deep.txt', 'main.txt', 'run.sh'];
    for (const [agentId, folder] of [
      ['above', 'libs'],
      ['itself', 'libs/engine'],
    ] as const)
      expect(filesIn(join(await made(agentId, ['src', folder]), 'libs/engine'))).toEqual(files);
    const checkout = value(
      await task.checkout(start, 'v', never, { sparse: { folders: ['src'], base: start } }),
    );
    expect(existsSync(join(checkout.path, 'libs'))).toBe(false);
    expect(value(await task.checkoutChanges(checkout))).toEqual([]);
    expect(value(await opened.missingFolders(start, ['libs', 'libs/engine', 'libs/engine/deep']))).toEqual([
      'libs/engine/deep',
    ]);
  });

  it('is removed by a clean-up, its work kept', async () => {
    const { path } = await worktree();
    write(path, 'src/a.txt', 'draft\n');
    const retired = value(await repository.task('fix').retire('a'));
    expect(existsSync(path)).toBe(false);
    expect(changes(repository.facts.head, retired.rescued ?? '')).toEqual(['M src/a.txt']);
  });

  it('keeps the opened folder, and bytes of names that are no UTF-8', async () => {
    write(world.repo, 'app/main.ts', 'main\n');
    git(world.repo, 'add', '-A');
    const blob = git(world.repo, 'rev-parse', ':app/main.ts');
    git(world.repo, 'commit', '-q', '-m', 'app');
    const opened = await world.open(join(world.repo, 'app'));
    const base = opened.facts.head;
    sparse = { ...sparse, base };
    const { path } = await worktree('a', base, opened);
    expect(filesIn(path)).toEqual([...CONE, 'app/main.ts'].toSorted());
    const odd = Buffer.from([...Buffer.from('docs/'), 0xff, 0x2e, 0x74]);
    const listing = Buffer.concat([Buffer.from(`100644 ${blob}\t`), odd, Buffer.from([0])]);
    const start = commitWith(base, listing);
    const again = await worktree('a', start, opened);
    expect(readdirSync(join(again.path, 'docs'), { encoding: 'buffer' })).toEqual([
      Buffer.from([0xff, 0x2e, 0x74]),
    ]);
    expect(git(again.path, 'status', '--porcelain')).toBe('');
  });
});

/** A commit on `base` with one more entry, of any name. */
function commitWith(base: string, listing: Buffer): string {
  const index = join(world.folder, 'odd-index');
  const plumb = (args: readonly string[], input?: Buffer) =>
    execFileSync('git', args, {
      cwd: world.repo,
      env: { ...process.env, GIT_INDEX_FILE: index },
      ...(input ? { input } : {}),
    })
      .toString()
      .trim();
  plumb(['read-tree', base]);
  plumb(['update-index', '-z', '--index-info'], listing);
  return git(world.repo, 'commit-tree', '-p', base, '-m', 'odd', plumb(['write-tree']));
}

describe('a sparse checkout of a judge', () => {
  it('contains the same, and tells of what was written there alone', async () => {
    const { path } = await worktree();
    write(path, 'docs/fresh.md', 'fresh\n');
    const made = await commit();
    const task = repository.task('fix');
    const checkout = value(await task.checkout(made.commit, 'validator', never, { sparse }));
    expect(filesIn(checkout.path)).toEqual([...CONE, 'docs/fresh.md'].toSorted());
    expect(git(checkout.path, 'status', '--porcelain')).toBe('');
    expect(git(checkout.path, 'show', 'HEAD:docs/guide.md')).toBe('guide');
    expect(value(await task.checkoutChanges(checkout))).toEqual([]);
    write(checkout.path, 'docs/guide.md', 'rewritten\n');
    write(checkout.path, 'notes.txt', 'notes\n');
    const written = value(await task.checkoutChanges(checkout));
    expect(written.map((each) => `${each.status} ${each.path}`)).toEqual([
      'modified docs/guide.md',
      'added notes.txt',
    ]);
    await task.discard(checkout);
    const whole = value(await task.checkout(made.commit, 'evidence', never));
    expect(filesIn(whole.path)).toHaveLength(CONE.length + 4);
  });

  it('can be asked of folders that a commit has, and only of those', async () => {
    const asked = ['src', 'packages/a', 'readme.md', 'nowhere', 'SRC', 'src/deep'];
    expect(value(await repository.missingFolders(repository.facts.head, asked))).toEqual([
      'readme.md',
      'nowhere',
      'SRC',
    ]);
  });
});
