/** The user's own submodules: what runs in them, what is seen of them, and what becomes of them. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git, makeWorld, never, read, value, write, type World } from './git-fixture.ts';
import { brought, commitOn } from './git-home-fixture.ts';
import { addModules, moduleState } from './git-modules-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
  addModules(world);
});
afterEach(() => world.dispose());

const engine = () => join(world.repo, 'libs/engine');
const engineGit = () => join(world.repo, '.git/modules/the engine');

/** Moves the engine of the checkout to a commit that nothing else has. */
function moveEngine(): string {
  write(engine(), 'main.txt', 'newer\n');
  git(engine(), 'commit', '-q', '-a', '-m', 'newer');
  return git(engine(), 'rev-parse', 'HEAD');
}

describe.skipIf(process.platform === 'win32')('a program that an agent plants', () => {
  const canary = () => join(world.folder, 'canary');
  const plant = (gitDir: string) => {
    write(world.folder, 'plant.sh', `#!/bin/sh\ntouch '${canary()}'\n`, 0o755);
    git(world.folder, '--git-dir', gitDir, 'config', 'core.fsmonitor', join(world.folder, 'plant.sh'));
  };

  it('in the user’s submodule is run by plain git, and by nothing that we do', async () => {
    plant(engineGit());
    git(world.repo, 'status');
    expect(existsSync(canary())).toBe(true);
    rmSync(canary());
    write(engine(), 'main.txt', 'dirty\n');
    const repository = await world.open();
    const before = value(await repository.lookOutside());
    value(await repository.snapshotDirty(never));
    const task = repository.task('fix');
    const start = repository.facts.head;
    const { path } = value(await task.worktree({ agentId: 'a', start }, never));
    write(path, 'src/a.txt', 'changed\n');
    value(await task.commitAttempt({ agentId: 'a', iteration: 1, attempt: 1, start, message: 'a' }));
    value(await repository.compareOutside(before));
    await brought(repository, { commit: commitOn(world, 'HEAD', { 'src/a.txt': 'changed\n' }) });
    value(await task.retire('a'));
    expect(existsSync(canary())).toBe(false);
  });

  it('in a repository that it makes in a submodule’s folder is not run by us either', async () => {
    const repository = await world.open();
    const task = repository.task('fix');
    const start = repository.facts.head;
    const { path } = value(await task.worktree({ agentId: 'a', start }, never));
    const folder = join(path, 'libs/engine');
    // At the very commit that is recorded: git then asks the submodule itself whether it is clean.
    git(world.folder, 'clone', '-q', engine(), 'copy');
    git(world.folder, '-C', 'copy', 'config', 'core.worktree', folder);
    write(folder, '.git', `gitdir: ${join(world.folder, 'copy/.git')}\n`);
    plant(join(world.folder, 'copy/.git'));
    git(path, 'status');
    expect(existsSync(canary())).toBe(true);
    rmSync(canary());
    value(await task.workingChanges({ agentId: 'a', start }));
    value(await task.commitAttempt({ agentId: 'a', iteration: 1, attempt: 1, start, message: 'a' }));
    value(await task.worktree({ agentId: 'a', start }, never));
    value(await task.retire('a'));
    expect(existsSync(canary())).toBe(false);
  });

  it('is taken out of the submodule’s configuration and hooks again, and named', async () => {
    const repository = await world.open();
    const before = value(await repository.lookOutside());
    plant(engineGit());
    write(engineGit(), 'hooks/post-checkout', '#!/bin/sh\n', 0o755);
    const changes = value(await repository.compareOutside(before));
    expect(changes.map(({ kind, guarded, what }) => [kind, guarded, what])).toEqual([
      ['hooks', true, 'modules/the engine/hooks/post-checkout was added and is removed again'],
      ['config', true, 'modules/the engine/config was changed (core.fsmonitor) and is restored'],
    ]);
    expect(read(engineGit(), 'config')).not.toContain('fsmonitor');
    expect(readdirSync(join(engineGit(), 'hooks'))).not.toContain('post-checkout');
  });
});

it('a change in the user’s submodule is named, and not undone', async () => {
  const repository = await world.open();
  const before = value(await repository.lookOutside());
  write(engine(), 'deep/deep.txt', 'changed\n');
  const old = git(engine(), 'rev-parse', 'HEAD');
  git(engine(), 'commit', '-q', '--allow-empty', '-m', 'moved');
  const changes = value(await repository.compareOutside(before));
  expect(changes.map(({ kind, what }) => [kind, what])).toEqual([
    ['checkout', expect.stringContaining(`HEAD of ${engine()} was `)],
    ['checkout', `deep.txt was changed in ${join(engine(), 'deep')}`],
  ]);
  expect(git(engine(), 'rev-parse', 'HEAD~1')).toBe(old);
  expect(read(engine(), 'deep/deep.txt')).toBe('changed\n');
});

describe('uncommitted work', () => {
  it('is there when a submodule is at another commit, which a snapshot records and lays out', async () => {
    expect((await world.open()).facts.dirty).toBe(false);
    const newer = moveEngine();
    const users = moduleState(engine());
    const repository = await world.open();
    expect(repository.facts.dirty).toBe(true);
    const commit = value(await repository.snapshotDirty(never));
    expect(git(world.repo, 'ls-tree', commit, 'libs/engine')).toBe(`160000 commit ${newer}\tlibs/engine`);
    const { path } = value(await repository.task('fix').worktree({ agentId: 'a', start: commit }, never));
    expect(read(path, 'libs/engine/main.txt')).toBe('newer\n');
    expect(moduleState(engine())).toBe(users);
    expect(git(world.repo, 'diff', '--cached', '--name-only')).toBe('');
  });

  it('inside a submodule is the submodule’s own, and in no snapshot', async () => {
    write(engine(), 'main.txt', 'dirty\n');
    const repository = await world.open();
    expect(repository.facts.dirty).toBe(false);
    expect(value(await repository.snapshotDirty(never))).toBe(repository.facts.head);
  });
});

describe.each(['apply', 'merge', 'squash', 'rebase'] as const)('a result that comes home by %s', (way) => {
  it('leaves the user’s submodules as they are, and so does undoing it', async () => {
    write(engine(), 'main.txt', 'dirty\n');
    const users = moduleState(engine());
    const repository = await world.open();
    const result = commitOn(world, 'HEAD', { 'src/a.txt': 'made\n' });
    const done = await brought(repository, { commit: result, way });
    expect(read(world.repo, 'src/a.txt')).toBe('made\n');
    expect(moduleState(engine())).toBe(users);
    value(await repository.home.undo(done.id));
    expect(read(world.repo, 'src/a.txt')).toBe('a\n');
    expect(moduleState(engine())).toBe(users);
  });
});
