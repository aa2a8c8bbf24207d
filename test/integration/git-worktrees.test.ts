import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { git, makeWorld, never, refusal, value, write, type World } from './git-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.dispose());

const listed = async (folder = world.repo) =>
  value(await (await world.open(folder)).worktrees()).map(({ path, branch, origin, missing, locked }) => [
    path.slice(world.folder.length + 1),
    branch,
    origin,
    missing,
    locked,
  ]);

it('lists worktrees with whose each is, those included that somebody else made', async () => {
  const repository = await world.open();
  const { head } = repository.facts;
  value(await repository.task('add-jwt').worktree({ agentId: 'backend-1', start: head }, never));
  git(world.repo, 'worktree', 'add', '-q', '-b', 'hotfix', join(world.folder, 'hot fix'));
  // A name like ours is no proof.
  git(world.repo, 'worktree', 'add', '-q', '-b', 'cfn/add-jwt/stranger', join(world.folder, 'stranger'));
  git(world.repo, 'worktree', 'add', '-q', '--detach', join(world.folder, 'look'));
  git(world.repo, 'worktree', 'lock', '--reason', 'on a stick', join(world.folder, 'look'));
  git(world.repo, 'worktree', 'add', '-q', '-b', 'gone', join(world.folder, 'gone'));
  rmSync(join(world.folder, 'gone'), { recursive: true });
  const found = await listed();
  expect(found[0]).toEqual(['project', 'main', 'checkout', false, null]);
  expect(found.slice(1).sort(([one], [other]) => String(one).localeCompare(String(other)))).toEqual([
    ['gone', 'gone', 'other', true, null],
    ['hot fix', 'hotfix', 'other', false, null],
    ['look', null, 'other', false, 'on a stick'],
    ['project.cfn/add-jwt/backend-1', 'cfn/add-jwt/backend-1', 'agent', false, null],
    ['stranger', 'cfn/add-jwt/stranger', 'other', false, null],
  ]);
});

it('takes a worktree that was opened, and the main one, for the checkouts they are', async () => {
  const linked = join(world.folder, 'linked');
  git(world.repo, 'worktree', 'add', '-q', '-b', 'side', linked);
  symlinkSync(linked, join(world.folder, 'by-link'), 'dir');
  const origins = async (folder: string) =>
    (await listed(folder)).map(([, branch, origin]) => [branch, origin]);
  for (const folder of [linked, join(world.folder, 'by-link')])
    expect(await origins(folder)).toEqual([
      ['main', 'checkout'],
      ['side', 'checkout'],
    ]);
  expect(await origins(world.repo)).toEqual([
    ['main', 'checkout'],
    ['side', 'other'],
  ]);
});

it('keeps what lies in a worktree under a rescue ref, and leaves the worktree as it is', async () => {
  const repository = await world.open();
  const { head } = repository.facts;
  const task = repository.task('add-jwt');
  const { path } = value(await task.worktree({ agentId: 'backend-1', start: head }, never));
  expect(value(await task.rescue('backend-1'))).toBeNull();
  write(path, 'half done.txt', 'half');
  write(path, 'ignored/cache', 'no');
  const status = git(path, 'status', '--porcelain');
  const rescued = value(await task.rescue('backend-1'));
  expect(rescued?.ref).toMatch(/^refs\/cfn\/rescue\/add-jwt\/backend-1\//);
  expect(git(world.repo, 'show', `${rescued?.ref}:half done.txt`)).toBe('half');
  expect(git(world.repo, 'ls-tree', '-r', '--name-only', rescued?.ref ?? '')).not.toContain('ignored');
  expect(git(path, 'status', '--porcelain')).toBe(status);
  // Kept once: there is nothing more to rescue.
  expect(value(await task.rescue('backend-1'))).toBeNull();
  expect(refusal(await task.rescue('backend-9'))).toBe('backend-9 has no worktree.');
});
