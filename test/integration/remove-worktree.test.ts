/** The worktree of one agent: shown, removed and made again, on real git, whatever agents and people left in it. */
import { existsSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLoopViews } from '../../src/app/loop-views.ts';
import { createWorktreeRemoval, type WorktreeRemovalDeps } from '../../src/app/remove-worktree.ts';
import type { LoopError } from '../../src/app/loop-service.ts';
import type { Result } from '../../src/base/result.ts';
import { SUSPICION } from '../../src/domain/agents/status.ts';
import type { Effect } from '../../src/domain/loop/effects.ts';
import { implementer, testConfig, TestLoop, validator } from '../../src/domain/loop/test-loop.ts';
import type { LoopState } from '../../src/domain/loop/state.ts';
import type { Repository, TaskGit } from '../../src/ports/worktrees.ts';
import { agentWork, cleanUpDeps, finishedLoop, held, writeJournal } from './clean-up-fixture.ts';
import { git, makeWorld, never, read, value, write, type World } from './git-fixture.ts';

const AGENT = 'implementer-1';
/** Test loops begin at second 1 of time. */
const NOW = 1_000_000;

let world: World;
let repository: Repository;
let task: TaskGit;
let folder: string;
let attempt: string;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
  const work = await agentWork({ world, repository }, 'fix', AGENT, 'src/new.txt');
  ({ task, folder } = work);
  attempt = work.commit;
});
afterEach(() => world.dispose());

function service(change: Partial<WorktreeRemovalDeps> = {}) {
  const deps = cleanUpDeps({ world, repository }, NOW);
  const suspicion = () => SUSPICION;
  const views = createLoopViews({ ...deps, suspicion }, { get: () => undefined });
  const { view, noteRemoved: note } = views;
  const removal = createWorktreeRemoval({ ...deps, stateOfLive: () => null, view, note, ...change });
  const named = { taskId: 'fix', agentId: AGENT };
  return {
    ...views,
    deps,
    show: () => removal.removeWorktree({ ...named, remove: false }),
    remove: (agentId = AGENT, taskId = 'fix') => removal.removeWorktree({ agentId, taskId, remove: true }),
    restore: () => removal.restoreWorktree('fix', AGENT),
  };
}

/** A loop whose person is asked for a decision: nobody is at work. */
function waitingLoop(): TestLoop {
  const loop = new TestLoop();
  loop.send({ kind: 'start', config: { ...testConfig, taskId: 'fix', decidedBy: 'person' } });
  loop.run({
    agent: (_, role) =>
      role === 'implementer' ? { ...implementer(0.93), commit: attempt } : validator(0.95),
  });
  return loop;
}

/** Up to the first agent, which is due, or runs. */
function beforeAgent(start: boolean): TestLoop {
  const loop = new TestLoop();
  loop.send({ kind: 'start', config: { ...testConfig, taskId: 'fix' } });
  const none = { agent: () => implementer(0.5) };
  for (;;) {
    const [effect] = loop.effects as readonly [Effect];
    if (effect.kind !== 'run-agent') loop.answer(effect, none);
    else {
      if (start) loop.startAgent(effect);
      return loop;
    }
  }
}

const stored = (loop: TestLoop) => writeJournal({ world, repository }, 'fix', loop);
const ended = () => stored(finishedLoop('fix', attempt));

function refused(result: Result<unknown, LoopError>): string {
  if (result.ok) throw new Error('expected an error');
  return `${result.error.kind}: ${result.error.message}`;
}
const rescueRefs = () =>
  git(world.repo, 'for-each-ref', '--format=%(refname)', 'refs/cfn/rescue').split('\n').filter(Boolean);
const allRefs = () => git(world.repo, 'for-each-ref');
const listed = () => git(world.repo, 'worktree', 'list', '--porcelain').split('worktree ').length - 1;
const removedOf = async () => value(await service().view('fix')).removedWorktrees;

/** Changed, new and ignored files that came after the attempt was committed. */
function leaveThings(): void {
  write(folder, 'readme.md', 'changed\n');
  write(folder, 'notes/late.txt', 'late\n');
  write(folder, 'ignored/big.bin', 'x'.repeat(50_000));
  write(folder, 'debug.log', 'log\n');
}

describe('what would become of an agent’s worktree', () => {
  it('is shown with its size, what is rescued first and what goes for good, and nothing is changed', async () => {
    await ended();
    leaveThings();
    const { deps, show } = service();
    const { base } = value(await deps.portLeases.lease(`cfn/fix/${AGENT}`));
    const before = [allRefs(), await world.ledger.entries()];
    const shown = value(await show());
    expect(shown).toMatchObject({
      removed: false,
      looseCommits: 0,
      rescued: null,
      items: [
        { kind: 'worktree', name: folder, kept: null, bytes: shown.bytes },
        { kind: 'ports', name: `cfn/fix/${AGENT}`, kept: null },
        { kind: 'branch', name: `cfn/fix/${AGENT}`, kept: 'it has the commits of the agent' },
      ],
    });
    expect(shown.bytes).toBeGreaterThan(50_000);
    expect(shown.unsaved.map(({ path, status }) => `${status} ${path}`).toSorted()).toEqual([
      'added notes/late.txt',
      'modified readme.md',
    ]);
    expect(shown.ignored.toSorted()).toEqual([`${folder}/debug.log`, `${folder}/ignored/`]);
    expect([allRefs(), await world.ledger.entries()]).toEqual(before);
    expect(await deps.portLeases.leases()).toMatchObject([{ base }]);
    expect(read(folder, 'notes/late.txt')).toBe('late\n');
  });

  it('is nothing to rescue where the attempt’s commit, or an earlier rescue, holds all of it', async () => {
    await ended();
    expect(value(await service().show())).toMatchObject({ unsaved: [], looseCommits: 0, ignored: [] });
    leaveThings();
    value(await task.rescue(AGENT));
    expect(value(await service().show()).unsaved).toEqual([]);
  });
});

describe('removing it', () => {
  it('rescues first, gives the ports back, leaves everything else of the loop, and Restore brings it back', async () => {
    await ended();
    leaveThings();
    const other = await agentWork({ world, repository }, 'fix', 'other', 'src/other.txt');
    const { deps, remove, restore } = service();
    value(await deps.portLeases.lease(`cfn/fix/${AGENT}`));
    value(await deps.portLeases.lease('cfn/fix/other'));
    const done = value(await remove());
    expect(existsSync(folder)).toBe(false);
    expect(listed()).toBe(2);
    expect(rescueRefs()).toEqual([done.rescued]);
    expect(git(world.repo, 'show', `${String(done.rescued)}:notes/late.txt`)).toBe('late');
    expect(git(world.repo, 'show', `${String(done.rescued)}:readme.md`)).toBe('changed');
    expect(done.ignored.toSorted()).toEqual([`${folder}/debug.log`, `${folder}/ignored/`]);
    expect((await deps.portLeases.leases()).map(({ branch }) => branch)).toEqual(['cfn/fix/other']);
    expect(git(world.repo, 'rev-parse', `cfn/fix/${AGENT}`)).toBe(attempt);
    expect(existsSync(join(deps.store.folder('fix'), 'journal.ndjson'))).toBe(true);
    expect(read(other.folder, 'src/other.txt')).toBe('by other\n');
    expect(await removedOf()).toMatchObject([{ agentId: AGENT, path: folder, ref: done.rescued, at: NOW }]);

    expect(refused(await service().show())).toBe(`state: ${AGENT} has no worktree.`);
    const made = value(await restore());
    expect(made).toMatchObject({ path: folder, branch: `cfn/fix/${AGENT}` });
    expect(read(folder, 'notes/late.txt')).toBe('late\n');
    expect(read(folder, 'readme.md')).toBe('changed\n');
    expect(read(folder, 'src/new.txt')).toBe(`by ${AGENT}\n`);
    expect(git(folder, 'status', '--porcelain')).toBe('');
    expect(await removedOf()).toBe(undefined);
    expect(refused(await restore())).toMatch(/^state: No worktree of implementer-1 .* was removed/);
    // Nothing that was made for it is lost by it, and it can go again.
    expect(rescueRefs()).toEqual([done.rescued]);
    expect(value(await remove()).rescued).toBe(null);
  });

  it('makes no ref where commits of the loop hold all of it, and brings the attempt back', async () => {
    await stored(waitingLoop());
    expect(value(await service().remove())).toMatchObject({ removed: true, rescued: null, ignored: [] });
    expect(rescueRefs()).toEqual([]);
    expect(await removedOf()).toMatchObject([{ commit: attempt, ref: null }]);
    value(await service().restore());
    expect(read(folder, 'src/new.txt')).toBe(`by ${AGENT}\n`);
  });

  it('keeps commits of the agent’s own that only its detached HEAD held', async () => {
    await ended();
    git(folder, 'checkout', '-q', '--detach');
    write(folder, 'own.txt', 'own');
    git(folder, 'add', '-A');
    git(folder, 'commit', '-q', '-m', 'own');
    const own = git(folder, 'rev-parse', 'HEAD');
    expect(value(await service().show()).looseCommits).toBe(1);
    value(await service().remove());
    expect(git(world.repo, 'for-each-ref', '--contains', own, 'refs/cfn/rescue')).not.toBe('');
  });

  it('leaves a loop that waits as it was: it makes the worktree anew, at its own start', async () => {
    await stored(waitingLoop());
    leaveThings();
    value(await service().remove());
    const start = repository.facts.head;
    const made = value(await task.worktree({ agentId: AGENT, start }, never));
    expect(made).toEqual({ path: folder, branch: `cfn/fix/${AGENT}`, needsSetup: true });
    expect(git(folder, 'status', '--porcelain')).toBe('');
    expect(git(folder, 'rev-parse', 'HEAD')).toBe(start);
    expect(existsSync(join(folder, 'notes'))).toBe(false);
    // A Restore that comes too late does not put it elsewhere under the agent's feet.
    expect(refused(await service().restore())).toBe(`state: ${AGENT} has a worktree: ${folder}`);
    expect(git(folder, 'rev-parse', 'HEAD')).toBe(start);
  });

  it('drops one that was deleted by hand, its commits kept', async () => {
    await stored(waitingLoop());
    rmSync(folder, { recursive: true });
    expect(value(await service().show())).toMatchObject({ there: false, bytes: 0, unsaved: [] });
    expect(value(await service().remove())).toMatchObject({ removed: true });
    expect(listed()).toBe(1);
    expect(await task.conditions()).toEqual({ ok: true, value: [] });
    value(await service().restore());
    expect(read(folder, 'src/new.txt')).toBe(`by ${AGENT}\n`);
  });
});

describe('it stays, with a sentence that says why', () => {
  /** What was answered, once it is sure that nothing was changed. */
  const stays = async (answer = service().remove()): Promise<string> => {
    const before = [allRefs(), listed()];
    const why = refused(await answer);
    expect([allRefs(), listed()]).toEqual(before);
    return why;
  };

  it('where its agent runs', async () => {
    await stored(beforeAgent(true));
    const why = 'state: implementer-1 is running; stop it first, or wait until its attempt has ended.';
    expect(await stays()).toBe(why);
    expect(await stays(service().show())).toBe(why);
    expect(read(folder, 'src/new.txt')).toBe(`by ${AGENT}\n`);
  });

  it('where its agent is queued', async () => {
    await stored(beforeAgent(false));
    expect(await stays()).toMatch(
      /^state: implementer-1 is queued and about to work in its worktree; stop the loop, or wait until/,
    );
  });

  it('where its loop went on while it was looked at', async () => {
    const waiting = waitingLoop().state;
    const queued = beforeAgent(false).state;
    const states: (LoopState | null)[] = [waiting, waiting];
    const removal = service({ stateOfLive: () => states.shift() ?? queued });
    expect(await stays(removal.remove())).toContain('is queued and about to work');
    expect(read(folder, 'src/new.txt')).toBe(`by ${AGENT}\n`);
  });

  it('where another process runs the loop, or cleans up', async () => {
    await stored(waitingLoop());
    const { store } = service().deps;
    const holder = held(await store.hold('fix', () => Promise.resolve(null)));
    expect(await stays()).toBe(
      `state: Process ${process.pid} runs the loop "fix"; do it from there, or once the loop has ended.`,
    );
    expect(await stays(service().show())).toMatch(/^state: Another process runs the loop "fix"/);
    await holder.release();
    const lease = held(await store.lease());
    expect(await stays()).toMatch(/^state: Process \d+ is cleaning this repository up; wait for it\.$/);
    await lease.release();
  });

  it('where somebody locked or moved it, or put a link in its place', async () => {
    await ended();
    git(world.repo, 'worktree', 'lock', '--reason', 'I look at it', folder);
    expect(value(await service().show()).items[0]).toMatchObject({ kept: 'locked (I look at it)' });
    expect(await stays()).toBe(`state: The worktree of ${AGENT} stays: locked (I look at it).`);
    git(world.repo, 'worktree', 'unlock', folder);
    const to = join(world.folder, 'elsewhere');
    renameSync(folder, to);
    expect(await stays()).toContain(`stays: moved to ${to}; cfn doctor --fix takes it up there.`);
    expect(read(to, 'src/new.txt')).toBe(`by ${AGENT}\n`);
    symlinkSync(to, folder);
    expect(await stays()).toBe(`state: The worktree of ${AGENT} stays: reached through a link.`);
  });

  it('where it is nobody’s of that loop', async () => {
    await ended();
    expect(await stays(service().remove('validator-1'))).toMatch(
      /^state: validator-1 has no worktree of its own: a validator works in a checkout that is removed/,
    );
    expect(await stays(service().remove('ghost'))).toContain(
      'input: The loop "fix" has no agent "ghost"; it has implementer-1, validator-1',
    );
    expect(await stays(service().remove(AGENT, 'other'))).toBe(
      'input: There is no loop "other" in this repository.',
    );
    expect(existsSync(service().deps.store.folder('other'))).toBe(false);
  });
});
