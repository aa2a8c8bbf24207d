import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LandOutcome, LandRequest, Stack, StackRequest } from '../../src/ports/home-git.ts';
import type { Repository } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, read, refusal, value, write, type World } from './git-fixture.ts';
import { commitOn, picture } from './git-home-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.dispose());

type Made = Readonly<Record<string, string>>;
const AT = Date.UTC(2026, 0, 1);

async function stack(repository: Repository, made: Made, change: Partial<StackRequest> = {}): Promise<Stack> {
  const loops = Object.entries(made).map(([taskId, commit]) => ({
    taskId,
    commit,
    message: `Merge loop ${taskId}`,
  }));
  const request = {
    way: 'merge',
    into: null,
    newBranch: null,
    onto: null,
    loops,
    at: AT,
    ...change,
  } as const;
  return value(await repository.home.stack(request, never));
}

async function land(
  repository: Repository,
  { onto, layers }: Stack,
  change: Partial<LandRequest> = {},
): Promise<LandOutcome> {
  const [first, ...rest] = layers;
  if (!first) throw new Error('nothing is stacked');
  const request = { way: 'merge', into: null, newBranch: null, rescueFirst: false, onto } as const;
  return value(await repository.home.land({ ...request, layers: [first, ...rest], ...change }, never));
}

const landed = (outcome: LandOutcome) => {
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.integrations;
};

const three = (): Made => ({
  a: commitOn(world, 'HEAD', { 'a.txt': 'a\n' }),
  b: commitOn(world, 'HEAD', { 'src/a.txt': 'b\n' }),
  c: commitOn(world, 'HEAD', { 'c.txt': 'c\n', 'package-lock.json': null }),
});

describe('several results stacked on a branch', () => {
  it.each(['merge', 'squash'] as const)(
    'by %s: in order, in memory, the same commits each time',
    async (way) => {
      const before = picture(world.repo);
      const repository = await world.open();
      const made = three();
      const stacked = await stack(repository, made, { way });
      expect(stacked).toMatchObject({ branch: 'main', conflicts: [], nothing: [] });
      expect(stacked.layers.map(({ taskId }) => taskId)).toEqual(['a', 'b', 'c']);
      const top = stacked.layers.at(-1)?.tip ?? '';
      expect(git(world.repo, 'show', `${top}:src/a.txt`)).toBe('b');
      expect(git(world.repo, 'log', '--first-parent', '--format=%s', `main..${top}`).split('\n')).toEqual([
        'Merge loop c',
        'Merge loop b',
        'Merge loop a',
      ]);
      expect(await stack(repository, made, { way, onto: stacked.onto })).toEqual(stacked);
      expect(picture(world.repo)).toBe(before);
    },
  );

  it('leaves out what has conflicts and says with whom, and what is there already', async () => {
    const made = {
      ...three(),
      onB: commitOn(world, 'HEAD', { 'src/a.txt': 'mine\n' }),
      onMain: commitOn(world, 'HEAD', { 'readme.md': 'theirs\n' }),
      again: commitOn(world, 'HEAD', { 'a.txt': 'a\n' }),
    };
    write(world.repo, 'readme.md', 'ours\n');
    git(world.repo, 'commit', '-qam', 'reword');
    const stacked = await stack(await world.open(), made);
    expect(stacked.layers.map(({ taskId }) => taskId)).toEqual(['a', 'b', 'c']);
    expect(stacked.conflicts).toEqual([
      { taskId: 'onB', files: ['src/a.txt'], with: 'b' },
      { taskId: 'onMain', files: ['readme.md'], with: null },
    ]);
    expect(stacked.nothing).toEqual(['again']);
  });
});

describe('a stack that lands', () => {
  it('moves files and branch at once, has a record for each loop, and is undone newest first', async () => {
    const before = picture(world.repo);
    const repository = await world.open();
    const stacked = await stack(repository, three());
    const integrations = landed(await land(repository, stacked));
    expect(git(world.repo, 'rev-parse', 'main')).toBe(stacked.layers.at(-1)?.tip);
    expect(git(world.repo, 'status', '--porcelain')).toBe('');
    expect(git(world.repo, 'reflog', '-1', '--format=%gs', 'main')).toBe('cfn: merge a, b, c');
    expect((await repository.home.integrations()).map(({ taskId, state }) => [taskId, state])).toEqual([
      ['c', 'done'],
      ['b', 'done'],
      ['a', 'done'],
    ]);
    expect((await repository.home.integrations('b'))[0]?.id).toBe(integrations[1]?.id);
    expect(refusal(await repository.home.undo(integrations[0]?.id ?? ''))).toBe(
      'b was brought to main after it; undo that first.',
    );
    for (const { id } of integrations.toReversed()) value(await repository.home.undo(id));
    expect(picture(world.repo)).toBe(before);
  });

  it('lands only on the commit that it was stacked on', async () => {
    const repository = await world.open();
    const stacked = await stack(repository, three());
    git(world.repo, 'commit', '-q', '--allow-empty', '-m', 'meanwhile');
    const before = picture(world.repo);
    expect(await land(repository, stacked)).toEqual({
      kind: 'moved',
      branchCommit: git(world.repo, 'rev-parse', 'main'),
    });
    expect(picture(world.repo)).toBe(before);
  });

  it('stops at uncommitted files, which a rescue keeps until the first of them is undone', async () => {
    write(world.repo, 'src/a.txt', 'mine\n');
    const before = picture(world.repo);
    const repository = await world.open();
    const stacked = await stack(repository, three());
    expect(await land(repository, stacked)).toMatchObject({
      kind: 'not-done',
      preview: { obstacle: { kind: 'dirty', paths: ['src/a.txt'] } },
    });
    expect(picture(world.repo)).toBe(before);
    const integrations = landed(await land(repository, stacked, { rescueFirst: true }));
    expect(read(world.repo, 'src/a.txt')).toBe('b\n');
    expect(integrations.map(({ rescued }) => rescued?.paths ?? null)).toEqual([['src/a.txt'], null, null]);
    for (const { id } of integrations.toReversed()) value(await repository.home.undo(id));
    expect(picture(world.repo)).toBe(before);
  });

  it('goes to a new branch without touching the checkout, and that branch goes with the last undo', async () => {
    write(world.repo, 'src/a.txt', 'mine\n');
    const before = picture(world.repo);
    const repository = await world.open();
    const stacked = await stack(repository, three(), { newBranch: 'all' });
    const integrations = landed(await land(repository, stacked, { newBranch: 'all' }));
    expect(git(world.repo, 'rev-parse', 'all')).toBe(stacked.layers.at(-1)?.tip);
    for (const { id } of integrations.toReversed()) value(await repository.home.undo(id));
    expect(picture(world.repo)).toBe(before);
    expect(existsSync(`${world.repo}/a.txt`)).toBe(false);
  });
});
