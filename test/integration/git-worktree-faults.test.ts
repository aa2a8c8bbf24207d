/** Worktrees that a person locked, moved, deleted or replaced are states with a way on, and nothing in them is lost. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLoopFiles } from '../../src/adapters/journal/loop-files.ts';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { repairWorktrees, worktreeFaults } from '../../src/app/worktree-care.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { testConfig, TestLoop } from '../../src/domain/loop/test-loop.ts';
import type { Repository, TaskGit } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, read, refusal, value, write, type World } from './git-fixture.ts';

let world: World;
let repository: Repository;
let task: TaskGit;
let path: string;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
  task = repository.task('fix');
  path = await prepared();
  write(path, 'half done.txt', 'half');
});
afterEach(() => world.dispose());

async function prepared(): Promise<string> {
  const start = repository.facts.head;
  return value(await task.worktree({ agentId: 'a', start }, never)).path;
}

const condition = async () => value(await task.conditions()).map((each) => each.condition);
const elsewhere = (name = 'elsewhere') => join(world.folder, name);
const prepareAgain = () => task.worktree({ agentId: 'a', start: repository.facts.head }, never);
const rescued = () =>
  git(world.repo, 'for-each-ref', '--format=%(refname)', 'refs/cfn/rescue').split('\n').filter(Boolean);
const listedOnce = () => git(world.repo, 'worktree', 'list', '--porcelain').split('worktree ').length - 1;

const MOVES = [
  ['by git', (to: string) => git(world.repo, 'worktree', 'move', path, to)],
  ['by hand', (to: string) => renameSync(path, to)],
  [
    'by hand, and repaired by git',
    (to: string) => {
      renameSync(path, to);
      git(world.repo, 'worktree', 'repair', to);
    },
  ],
] as const;

describe.each(MOVES)('a worktree that was moved %s', (_how, move) => {
  it('is found, named to whoever wants to use or remove it, and taken up where it is', async () => {
    const to = elsewhere();
    move(to);
    expect(await condition()).toEqual([{ kind: 'moved', to }]);
    const listed = value(await repository.worktrees()).filter(({ moved }) => moved !== null);
    expect(listed).toMatchObject([{ origin: 'agent', moved: { from: path, to } }]);
    expect(refusal(await prepareAgain())).toBe(
      `The worktree of a was moved from ${path} to ${to}; cfn doctor --fix takes it up there, or move it back.`,
    );
    expect(refusal(await task.retire('a'))).toContain('was moved from');
    expect(value(await task.owned()).find(({ kind }) => kind === 'worktree')?.kept).toContain(
      `moved to ${to}`,
    );
    expect(read(to, 'half done.txt')).toBe('half');

    expect(value(await task.takeUpMoved('a'))).toBe(to);
    expect(await condition()).toEqual([{ kind: 'well' }]);
    // git agrees, and so does a process that starts later.
    expect(git(to, 'status', '--porcelain')).toBe('?? "half done.txt"');
    expect(git(world.repo, 'worktree', 'list', '--porcelain')).toContain(`worktree ${to}\n`);
    expect(git(world.repo, 'worktree', 'list', '--porcelain')).not.toContain('prunable');
    const later = value(await world.restarted().open(world.repo, never)).task('fix');
    const again = value(await later.worktree({ agentId: 'a', start: repository.facts.head }, never));
    expect(again.path).toBe(to);
    expect(existsSync(path)).toBe(false);
    expect(rescued()).toHaveLength(1);
    value(await later.retire('a'));
    expect(existsSync(to)).toBe(false);
    expect(listedOnce()).toBe(1);
  });

  it('is itself again when it was moved back', async () => {
    const to = elsewhere();
    move(to);
    renameSync(to, path);
    expect(await condition()).toEqual([{ kind: 'well' }]);
    value(await prepareAgain());
    expect(git(path, 'status', '--porcelain')).toBe('');
    expect(rescued()).toHaveLength(1);
    renameSync(path, to);
    git(world.repo, 'worktree', 'repair', to);
    renameSync(to, path);
    value(await task.retire('a'));
    expect(listedOnce()).toBe(1);
  });
});

describe('what only looks like a worktree of ours that was moved', () => {
  it('a worktree that a person made in its place, with its name and its branch, is theirs', async () => {
    rmSync(path, { recursive: true });
    git(world.repo, 'worktree', 'prune');
    const own = elsewhere('mine/a');
    git(world.repo, 'worktree', 'add', '-q', own, 'cfn/fix/a');
    write(own, 'precious.txt', 'mine');
    expect(await condition()).toEqual([{ kind: 'missing' }]);
    expect(refusal(await task.takeUpMoved('a'))).toBe(
      'The worktree of a was not moved to a place that is known.',
    );
    const listed = value(await repository.worktrees()).find((each) => each.path === own);
    expect(listed).toMatchObject({ origin: 'other', moved: null });
    value(await task.retire('a'));
    value(await task.releaseRefs());
    expect(git(own, 'status', '--porcelain')).toBe('?? precious.txt');
  });

  it('two copies are nobody’s: which of them is the one is for a person to say', async () => {
    const [one, other] = [elsewhere('one'), elsewhere('other')];
    cpSync(path, one, { recursive: true });
    renameSync(path, other);
    expect(await condition()).toEqual([{ kind: 'missing' }]);
    expect(read(one, 'half done.txt') + read(other, 'half done.txt')).toBe('halfhalf');
    git(world.repo, 'worktree', 'repair', other);
    expect(await condition()).toEqual([{ kind: 'moved', to: other }]);
  });

  it('a copy beside one that is still there is left alone', async () => {
    cpSync(path, elsewhere(), { recursive: true });
    expect(await condition()).toEqual([{ kind: 'well' }]);
  });

  it.skipIf(process.platform === 'win32')('a link to where it went is not followed', async () => {
    renameSync(path, elsewhere());
    symlinkSync(elsewhere(), path);
    expect(await condition()).toEqual([{ kind: 'replaced' }]);
    expect(refusal(await task.retire('a'))).toContain('is reached through a link');
    expect(read(elsewhere(), 'half done.txt')).toBe('half');
  });
});

describe('a worktree whose folder was deleted', () => {
  it('loses no commit that only its detached HEAD held, whether it is made anew or dropped', async () => {
    for (const [serial, end] of [prepareAgain, () => task.retire('a')].entries()) {
      const place = await prepared();
      git(place, 'checkout', '-q', '--detach');
      write(place, `own-${serial}.txt`, `own ${serial}`);
      git(place, 'add', '-A');
      git(place, 'commit', '-q', '-m', 'own');
      const own = git(place, 'rev-parse', 'HEAD');
      rmSync(place, { recursive: true });
      expect(await condition()).toEqual([{ kind: 'missing' }]);
      value<unknown>(await end());
      expect(git(world.repo, 'for-each-ref', '--contains', own, 'refs/cfn/rescue')).not.toBe('');
    }
    expect(listedOnce()).toBe(1);
  });
});

describe('a locked worktree', () => {
  it('is used but not removed, and says why', async () => {
    git(world.repo, 'worktree', 'lock', '--reason', 'on a stick', path);
    expect(await condition()).toEqual([{ kind: 'locked', reason: 'on a stick', there: true }]);
    // Whatever branch its agent went to.
    git(path, 'checkout', '-q', '-b', 'side');
    expect(refusal(await task.retire('a'))).toContain('is locked (on a stick)');
    expect(read(path, 'half done.txt')).toBe('half');
    value(await prepareAgain());
    git(world.repo, 'worktree', 'unlock', path);
    value(await task.retire('a'));
    expect(existsSync(path)).toBe(false);
  });

  it('whose disk is away is neither made anew nor dropped', async () => {
    git(world.repo, 'worktree', 'lock', path);
    const away = elsewhere('away');
    mkdirSync(away);
    // Deeper than anybody looks, as on another disk.
    renameSync(path, join(away, 'a'));
    expect(await condition()).toEqual([{ kind: 'locked', reason: '', there: false }]);
    expect(refusal(await prepareAgain())).toContain(`run: git worktree unlock ${path}`);
    expect(refusal(await task.retire('a'))).toContain('is locked (no reason given)');
    renameSync(join(away, 'a'), path);
    expect(git(path, 'status', '--porcelain')).toBe('?? "half done.txt"');
  });
});

describe('the repair', () => {
  const stateFolder = () => join(world.state, 'loops-of');
  const store = () => createLoopStore({ stateFolder: stateFolder() });
  const deps = () => ({
    repository,
    ledger: world.ledger,
    store: store(),
    files: createLoopFiles((taskId) => store().folder(taskId)),
    logger: silentLogger,
  });

  async function held() {
    const holder = await store().hold('fix', () => Promise.resolve(null));
    if (!holder.ok) throw new Error('not held');
    return holder.value;
  }

  /** A loop that was begun and is not over. */
  async function begin(): Promise<void> {
    const loop = new TestLoop();
    loop.send({ kind: 'start', config: { ...testConfig, taskId: 'fix' } });
    const holder = await held();
    const journal = value(await store().open('fix', holder.epoch));
    value(await journal.append(loop.events.map((event) => ({ ...event, taskId: 'fix' }))));
    await journal.close();
    await holder.release();
  }

  it('names every fault and drops what is gone of a loop that is over, its commits kept', async () => {
    git(path, 'checkout', '-q', '--detach');
    git(path, 'commit', '-q', '--allow-empty', '-m', 'own');
    const own = git(path, 'rev-parse', 'HEAD');
    rmSync(path, { recursive: true });
    expect(value(await worktreeFaults(deps()))).toMatchObject([
      { agentId: 'a', repair: 'drop', text: `a of fix: the folder ${path} is gone; its commits are kept` },
    ]);
    const [said] = value(await repairWorktrees(deps()));
    expect(said).toMatch(/^a of fix is dropped from git's list; its commits are kept by [0-9a-f]{40}\.$/);
    expect(git(world.repo, 'for-each-ref', '--contains', own, 'refs/cfn/rescue')).not.toBe('');
    expect(listedOnce()).toBe(1);
    expect(value(await worktreeFaults(deps()))).toEqual([]);
    expect(value(await repairWorktrees(deps()))).toEqual([]);
    // Holding a loop that was never begun leaves nothing behind.
    expect(await store().list()).toEqual([]);
  });

  it('leaves what is gone to a loop that goes on, and takes up what was moved', async () => {
    await begin();
    rmSync(path, { recursive: true });
    expect(value(await worktreeFaults(deps()))).toMatchObject([
      {
        repair: null,
        text: `a of fix: the folder ${path} is gone; it is made anew when the agent starts next`,
      },
    ]);
    expect(value(await repairWorktrees(deps()))).toEqual([]);
    renameSync(await prepared(), elsewhere());
    expect(value(await repairWorktrees(deps()))).toEqual([`a of fix is taken up at ${elsewhere()}.`]);
  });

  it('leaves a loop alone that a process runs', async () => {
    await begin();
    renameSync(path, elsewhere());
    const holder = await held();
    expect(value(await repairWorktrees(deps()))).toEqual([
      `fix was left alone, as process ${process.pid} runs it.`,
    ]);
    await holder.release();
    expect(value(await repairWorktrees(deps()))).toEqual([`a of fix is taken up at ${elsewhere()}.`]);
  });
});
