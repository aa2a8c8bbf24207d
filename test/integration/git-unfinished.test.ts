import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Repositories } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, read, value, write, type World } from './git-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.dispose());

/** A git that is killed, some milliseconds after its start, whenever it adds a worktree. */
function killedWhileAdding(): { readonly binary: string; after(ms: number): void } {
  const delay = join(world.folder, 'delay');
  write(
    world.folder,
    'killed-git',
    `#!/bin/sh
case " $* " in
*' worktree add '*) git "$@" & pid=$!; sleep "$(cat '${delay}')"; kill -9 $pid; wait $pid; exit 137 ;;
*) exec git "$@" ;;
esac
`,
    0o755,
  );
  return {
    binary: join(world.folder, 'killed-git'),
    after: (ms) => writeFileSync(delay, (ms / 1000).toFixed(4)),
  };
}

/** Worktrees of a user who has one of the same name, one that is locked, and one whose own `add` was killed. */
function usersWorktrees(): () => readonly string[] {
  git(world.repo, 'worktree', 'add', '-q', '-b', 'mine', join(world.folder, 'elsewhere', 'a'));
  write(world.folder, 'elsewhere/a/draft.txt', 'not committed');
  git(world.repo, 'worktree', 'add', '-q', '-b', 'kept', join(world.folder, 'stick'));
  git(world.repo, 'worktree', 'lock', '--reason', 'on a stick', join(world.folder, 'stick'));
  git(world.repo, 'worktree', 'add', '-q', '-b', 'other', join(world.folder, 'half', 'a'));
  write(world.repo, '.git/worktrees/a1/locked', 'initializing\n');
  const admin = join(world.repo, '.git', 'worktrees');
  const names = readdirSync(admin);
  return () => [
    ...names.map((name) => `${name} ${readdirSync(join(admin, name)).sort().join()}`),
    read(world.folder, 'elsewhere/a/draft.txt'),
    read(world.repo, '.git/worktrees/a1/locked'),
    read(world.repo, '.git/worktrees/stick/locked'),
  ];
}

const listed = (): readonly string[] =>
  git(world.repo, 'worktree', 'list', '--porcelain').split('\n').filter(Boolean);

async function tryToMake(repositories: Repositories, taskId: string): Promise<boolean> {
  const repository = value(await repositories.open(world.repo, never));
  const made = await repository.task(taskId).worktree({ agentId: 'a', start: repository.facts.head }, never);
  return made.ok;
}

/** A folder that is still empty could be just made by somebody; a minute later it is nobody's. */
function letTimePass(): void {
  const admin = join(world.repo, '.git', 'worktrees');
  for (const name of readdirSync(admin)) utimesSync(join(admin, name), 0, 0);
}

/** What `resume` does first, and then what the next start does. */
async function recoverAndMake(taskId: string): Promise<string> {
  const repository = value(await world.restarted().open(world.repo, never));
  const task = repository.task(taskId);
  const start = repository.facts.head;
  const standing = value(await task.recoverWorktree({ agentId: 'a', start }));
  const { path } = value(await task.worktree({ agentId: 'a', start }, never));
  expect(git(path, 'status', '--porcelain')).toBe('');
  expect(read(path, 'readme.md')).toBe('one\ntwo\nthree\n');
  expect(value(await task.recoverWorktree({ agentId: 'a', start }))).toBe('whole');
  return standing;
}

describe.skipIf(process.platform === 'win32')('a killed git worktree add', () => {
  it('[L-18] at 20 moments: the worktree is made whole, and the user’s own are not touched', async () => {
    const users = usersWorktrees();
    const before = users();
    const registered = listed().filter((line) => line.startsWith('worktree ')).length;
    const killed = killedWhileAdding();
    const standings = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      // From "has just started" to "was nearly done", which takes some five milliseconds.
      killed.after((round * 7) % 10);
      expect(await tryToMake(world.restarted(killed.binary), `t${round}`)).toBe(false);
      letTimePass();
      standings.add(await recoverAndMake(`t${round}`));
    }
    expect(standings).not.toContain('whole');
    const lines = listed();
    expect(lines.filter((line) => line.startsWith('worktree '))).toHaveLength(registered + 20);
    expect(lines.filter((line) => /^(locked|prunable)/.test(line))).toEqual([
      'locked initializing',
      'locked on a stick',
    ]);
    expect(users()).toEqual(before);
    expect(git(world.repo, 'fsck', '--no-dangling')).toBe('');
    expect(readdirSync(join(world.repo, '.git', 'worktrees'))).toHaveLength(registered - 1 + 20);
  });

  /** In the order in which git makes them. */
  const STEPS = ['locked', 'gitdir', '.git', 'HEAD', 'commondir', 'index'] as const;

  it.each(['nothing', 'an empty lock', ...STEPS])('that came as far as %s', async (last) => {
    const made = STEPS.slice(0, STEPS.findIndex((step) => step === last) + 1);
    const users = usersWorktrees();
    const killed = killedWhileAdding();
    killed.after(0);
    await tryToMake(world.restarted(killed.binary), 't');
    for (const folder of readdirSync(join(world.repo, '.git', 'worktrees'))) {
      if (!['a', 'a1', 'stick'].includes(folder))
        rmSync(join(world.repo, '.git', 'worktrees', folder), { recursive: true });
    }
    const path = join(world.folder, 'project.cfn', 't', 'a');
    rmSync(path, { recursive: true, force: true });
    const admin = join(world.repo, '.git', 'worktrees', 'a2');
    const content: Record<(typeof STEPS)[number], string> = {
      locked: 'CFN Loop is making the worktree of t/a\n',
      gitdir: `${join(path, '.git')}\n`,
      '.git': `gitdir: ${admin}\n`,
      HEAD: `${'0'.repeat(40)}\n`,
      commondir: '',
      index: '',
    };
    mkdirSync(admin);
    if (last === 'an empty lock') write(admin, 'locked', '');
    for (const step of made) write(step === '.git' ? path : admin, step, content[step]);
    letTimePass();
    const before = users();
    expect(await recoverAndMake('t')).toBe(made.length > 0 ? 'half-made' : 'missing');
    expect(users()).toEqual(before);
    expect(readdirSync(join(world.repo, '.git', 'worktrees'))).toHaveLength(4);
    expect(listed().filter((line) => line.startsWith('locked'))).toHaveLength(2);
  });

  it('is no reason to take away what an agent broke itself', async () => {
    const repository = await world.open();
    const task = repository.task('t');
    const start = repository.facts.head;
    const { path } = value(await task.worktree({ agentId: 'a', start }, never));
    write(path, 'work.txt', 'an hour of it');
    rmSync(join(path, '.git'));
    writeFileSync(join(world.repo, '.git/worktrees/a/locked'), 'CFN Loop is making the worktree of t/a\n');
    expect(value(await task.recoverWorktree({ agentId: 'a', start }))).toBe('whole');
    expect(readFileSync(join(path, 'work.txt'), 'utf8')).toBe('an hour of it');
    const request = { agentId: 'a', iteration: 1, attempt: 1, start, message: 'm' };
    expect(value(await task.commitAttempt(request)).files.map((file) => file.path)).toEqual(['work.txt']);
  });
});
