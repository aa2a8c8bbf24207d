/** `cfn gc` on real git, with everything in its way that agents and users leave about. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveOld } from '../../src/app/archive-old.ts';
import { cleanUp, type CleanUpDeps, type CleanUpLoop, type CleanUpReport } from '../../src/app/clean-up.ts';
import { readLoop } from '../../src/app/stored-loop.ts';
import { testConfig, TestLoop } from '../../src/domain/loop/test-loop.ts';
import type { Repository } from '../../src/ports/worktrees.ts';
import { agentWork as workOf, cleanUpDeps, finishedLoop, held, writeJournal } from './clean-up-fixture.ts';
import { git, makeWorld, never, value, write, type World } from './git-fixture.ts';

const DAY = 86_400_000;
/** Test loops begin at second 1 of time; a month later they are old. */
const LATER = 30 * DAY;

let world: World;
let repository: Repository;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
});
afterEach(() => world.dispose());

const depsAt = (now: number, change: Partial<CleanUpDeps> = {}) =>
  cleanUpDeps({ world, repository }, now, change);
/** `finished` ones end with PROCEED. */
function journal(taskId: string, finished = true): Promise<void> {
  const loop = finished ? finishedLoop(taskId) : new TestLoop();
  if (!finished) loop.send({ kind: 'start', config: { ...testConfig, taskId } });
  return writeJournal({ world, repository }, taskId, loop);
}
const agentWork = (taskId: string, agentId: string, path: string) =>
  workOf({ world, repository }, taskId, agentId, path);

const gc = async (
  options: { taskId?: string; remove?: boolean; olderThan?: number; deps?: CleanUpDeps } = {},
) =>
  value(
    await cleanUp(options.deps ?? depsAt(LATER), {
      taskId: options.taskId ?? null,
      olderThanMs: options.olderThan ?? 7 * DAY,
      remove: options.remove ?? true,
    }),
  );
const loopOf = (report: CleanUpReport, taskId: string): CleanUpLoop => {
  const found = report.loops.find((loop) => loop.taskId === taskId);
  if (!found) throw new Error(`${taskId} is not in the report`);
  return found;
};
const refs = (): string[] => git(world.repo, 'for-each-ref', '--format=%(refname)').split('\n');
const showFile = (commit: string, path: string): string => git(world.repo, 'show', `${commit}:${path}`);

describe('cleaning up', () => {
  it('shows what would go with its size, and changes nothing', async () => {
    await journal('done');
    const { folder } = await agentWork('done', 'a1', 'src/new.txt');
    await depsAt(0).portLeases.lease('cfn/done/a1');
    const before = refs();
    const loop = loopOf(await gc({ remove: false }), 'done');
    expect(loop).toMatchObject({ state: 'finished', kept: null });
    expect(loop.bytes).toBeGreaterThan(80_000);
    const kinds = loop.items.filter((item) => item.kept === null).map((item) => item.kind);
    expect(new Set(kinds)).toEqual(new Set(['worktree', 'branch', 'ref', 'ports', 'attempts', 'journal']));
    expect(loop.items.find((item) => item.kind === 'worktree')?.bytes).toBeGreaterThan(0);
    expect(refs()).toEqual(before);
    expect(existsSync(folder)).toBe(true);
  });

  it('removes worktree, branches and leases; archives journal and attempts; unmerged work has a rescue ref', async () => {
    await journal('done');
    const { folder } = await agentWork('done', 'a1', 'src/new.txt');
    // What the agent left after its attempt was committed: nobody has it anywhere else.
    write(folder, 'late.txt', 'late\n');
    write(folder, 'ignored/big.bin', 'x');
    const deps = depsAt(LATER);
    await deps.portLeases.lease('cfn/done/a1');
    const history = value(await readLoop(deps.store, 'done')).events;
    const loop = loopOf(await gc(), 'done');
    expect(existsSync(folder)).toBe(false);
    expect(git(world.repo, 'worktree', 'list').split('\n')).toHaveLength(1);
    const left = refs().filter((ref) => ref.includes('cfn/'));
    expect(left.every((ref) => ref.startsWith('refs/cfn/rescue/done/a1/'))).toBe(true);
    const texts = left.map((ref) => git(world.repo, 'ls-tree', '-r', '--name-only', ref));
    expect(texts.some((names) => names.includes('late.txt'))).toBe(true);
    expect(texts.some((names) => names.includes('src/new.txt'))).toBe(true);
    expect(loop.rescued.length).toBeGreaterThan(0);
    expect(loop.ignored).toEqual([`${folder}/ignored/`]);
    expect(await deps.portLeases.leases()).toEqual([]);
    expect(readdirSync(deps.store.folder('done'))).toEqual(
      expect.arrayContaining(['attempts.tar.gz', 'journal.ndjson.gz', 'view.json']),
    );
    expect(existsSync(join(deps.store.folder('done'), 'attempts'))).toBe(false);
    expect(existsSync(join(deps.store.folder('done'), 'journal.ndjson'))).toBe(false);
    expect(value(await readLoop(deps.store, 'done')).events).toEqual(history);
    expect(await deps.store.list()).toEqual(['done']);
    // Once more: rescue refs stay, and there is nothing else to do.
    const again = loopOf(await gc(), 'done');
    expect(again.items.filter((item) => item.kept === null)).toEqual([]);
    expect(again.items.some((item) => item.kind === 'rescue')).toBe(true);
  });

  it('keeps the result until it is merged, then removes it and its rescued commits', async () => {
    await journal('done');
    const { task } = await agentWork('done', 'a1', 'src/new.txt');
    const attempt = refs().find((ref) => ref.startsWith('refs/cfn/done/1/a1/'));
    const commit = git(world.repo, 'rev-parse', attempt ?? '');
    value(await task.publishResult(commit, 1));
    const kept = loopOf(await gc(), 'done').items.find((item) => item.name === 'refs/heads/cfn/done/result');
    expect(kept?.kept).toBe('not merged into a branch of yours');
    expect(refs().filter((ref) => ref.includes('cfn/'))).toEqual(['refs/heads/cfn/done/result']);
    git(world.repo, 'merge', '-q', 'cfn/done/result');
    await gc();
    expect(refs().filter((ref) => ref.includes('cfn/'))).toEqual([]);
    expect(showFile('main', 'src/new.txt')).toBe('by a1');
  });

  it('leaves what is not in the ledger alone, however it is called', async () => {
    await journal('done');
    await agentWork('done', 'a1', 'src/new.txt');
    const foreign = join(world.folder, 'project.cfn', 'done', 'mine');
    git(world.repo, 'worktree', 'add', '-q', '-b', 'cfn/done/mine', foreign);
    write(foreign, 'mine.txt', 'mine\n');
    git(world.repo, 'update-ref', 'refs/cfn/done/9/mine/1', 'HEAD');
    git(world.repo, 'branch', 'cfn/done-too/a1');
    await gc();
    expect(readFileSync(join(foreign, 'mine.txt'), 'utf8')).toBe('mine\n');
    const left = refs();
    for (const ref of ['refs/heads/cfn/done/mine', 'refs/cfn/done/9/mine/1', 'refs/heads/cfn/done-too/a1']) {
      expect(left).toContain(ref);
    }
  });

  it('touches nothing behind a link that took the place of a worktree, and says so', async () => {
    await journal('done');
    const { folder } = await agentWork('done', 'a1', 'src/new.txt');
    const precious = join(world.folder, 'precious');
    write(precious, 'photo.txt', 'precious\n');
    rmSync(folder, { recursive: true });
    symlinkSync(precious, folder);
    const loop = loopOf(await gc(), 'done');
    expect(loop.items.find((item) => item.kind === 'worktree')?.kept).toMatch(/link/);
    expect(readFileSync(join(precious, 'photo.txt'), 'utf8')).toBe('precious\n');
    expect(existsSync(folder)).toBe(true);
  });

  it('follows no link out of a worktree or out of the files of a loop', async () => {
    await journal('done');
    const { folder } = await agentWork('done', 'a1', 'src/new.txt');
    const precious = join(world.folder, 'precious');
    write(precious, 'photo.txt', 'precious\n');
    symlinkSync(precious, join(folder, 'way-out'));
    mkdirSync(join(folder, 'ignored'));
    symlinkSync(precious, join(folder, 'ignored', 'way-out'));
    symlinkSync(precious, join(depsAt(0).store.folder('done'), 'attempts', 'way-out'));
    await gc();
    expect(existsSync(folder)).toBe(false);
    expect(readFileSync(join(precious, 'photo.txt'), 'utf8')).toBe('precious\n');
  });

  it('leaves a locked worktree and its branch, and one in which the branch was checked out by the user', async () => {
    await journal('done');
    const locked = await agentWork('done', 'a1', 'src/new.txt');
    const other = await agentWork('done', 'a2', 'src/other.txt');
    git(world.repo, 'worktree', 'lock', '--reason', 'I look at it', locked.folder);
    git(other.folder, 'checkout', '-q', '--detach');
    const mine = join(world.folder, 'mine');
    git(world.repo, 'worktree', 'add', '-q', mine, 'cfn/done/a2');
    const loop = loopOf(await gc(), 'done');
    expect(loop.items.find((item) => item.name === locked.folder)?.kept).toBe('locked (I look at it)');
    expect(existsSync(locked.folder)).toBe(true);
    expect(refs()).toEqual(expect.arrayContaining(['refs/heads/cfn/done/a1', 'refs/heads/cfn/done/a2']));
    expect(git(mine, 'status', '--porcelain')).toBe('');
  });

  it('leaves loops that run, wait, ended just now, or cannot be read', async () => {
    await journal('open', false);
    await journal('held', false);
    await journal('young');
    await journal('broken');
    const deps = depsAt(LATER);
    const path = join(deps.store.folder('broken'), 'journal.ndjson');
    write(
      deps.store.folder('broken'),
      'journal.ndjson',
      readFileSync(path, 'utf8').replace('"seq":3', '"seq":4'),
    );
    const holder = held(await deps.store.hold('held', () => Promise.resolve('here')));
    const { folder } = await agentWork('open', 'a1', 'src/new.txt');
    const report = await gc({ olderThan: 7 * DAY });
    expect(loopOf(report, 'open').kept).toMatch(/not over/);
    expect(loopOf(report, 'held')).toMatchObject({ state: 'in use', kept: 'it runs' });
    expect(loopOf(report, 'broken').state).toBe('unreadable');
    const soon = await gc({ deps: depsAt(2 * DAY) });
    expect(loopOf(soon, 'young').kept).toBe('it ended too recently');
    expect(existsSync(folder)).toBe(true);
    await holder.release();
  });

  it('takes what a start that was killed left behind', async () => {
    const task = repository.task('killed');
    const checkout = value(await task.checkout(repository.facts.head, 'base', never));
    expect(loopOf(await gc(), 'killed').state).toBe('never started');
    expect(existsSync(checkout.path)).toBe(false);
    expect((await gc()).loops).toEqual([]);
  });

  it('[DP-008] archives the journals of loops that ended 30 days ago, by itself, and those alone', async () => {
    await journal('done');
    await journal('open', false);
    const signal = new AbortController().signal;
    const request = { olderThanMs: 30 * DAY, signal };
    expect(await archiveOld(depsAt(29 * DAY), request)).toBe(0);
    const deps = depsAt(31 * DAY);
    const busy = held(await deps.store.lease());
    expect(await archiveOld(deps, request)).toBe(0);
    await busy.release();
    const stopped = { ...request, signal: AbortSignal.abort() };
    expect(await archiveOld(deps, stopped)).toBe(0);
    expect(await archiveOld(deps, request)).toBe(1);
    expect(await archiveOld(deps, request)).toBe(0);
    expect(await deps.storage.archived('done')).toBe(true);
    expect(await deps.storage.archived('open')).toBe(false);
    expect(value(await readLoop(deps.store, 'done')).state.phase.kind).toBe('finished');
    const late = await deps.store.open('done', 99);
    expect(late).toMatchObject({ ok: false, error: { message: /archived; it takes no more events/ } });
  });

  it('an archive that cannot be written leaves everything as it was', async () => {
    await journal('done');
    const deps = depsAt(LATER);
    // In the place of the archive stands a folder with something in it.
    write(deps.store.folder('done'), 'attempts.tar.gz/in-the-way', 'x');
    const loop = loopOf(await gc(), 'done');
    expect(loop.items.some((item) => /could not be archived/.test(item.kept ?? ''))).toBe(true);
    expect(existsSync(join(deps.store.folder('done'), 'attempts/1/a1/1/transcript.ndjson'))).toBe(true);
    expect(existsSync(join(deps.store.folder('done'), 'journal.ndjson'))).toBe(true);
  });

  it('is one at a time in a repository', async () => {
    const lease = held(await depsAt(0).store.lease());
    const refused = await cleanUp(depsAt(LATER), { taskId: null, olderThanMs: 0, remove: true });
    expect(refused).toMatchObject({
      ok: false,
      error: { kind: 'state', message: /is cleaning this repository up/ },
    });
    await lease.release();
  });

  it.each([
    ['worktrees were gone', 'releaseRefs'],
    ['refs were gone', 'forget'],
  ] as const)('goes on where it was killed after %s', async (_, killedAt) => {
    await journal('done');
    const { folder } = await agentWork('done', 'a1', 'src/new.txt');
    const killed = {
      ...repository,
      task: (taskId: string) => ({
        ...repository.task(taskId),
        [killedAt]: () => Promise.reject(new Error('killed')),
      }),
    };
    const deps = depsAt(LATER, { repository: killed });
    await expect(cleanUp(deps, { taskId: null, olderThanMs: 0, remove: true })).rejects.toThrow('killed');
    expect(existsSync(folder)).toBe(false);
    await gc();
    const left = refs().filter((ref) => ref.includes('cfn/'));
    expect(left).toEqual([expect.stringMatching(/^refs\/cfn\/rescue\/done\/a1\//)]);
    expect(showFile(left[0] ?? '', 'src/new.txt')).toBe('by a1');
    expect(await world.ledger.entries('done')).toEqual([
      expect.objectContaining({ kind: 'ref', ref: left[0] }),
    ]);
  });

  it('[DP-131] [X-18] removes files of .artifacts after 7 days: ignored ones alone, and not through links', async () => {
    write(world.repo, '.gitignore', 'ignored/\n*.log\n.artifacts/tmp/\n');
    const old = new Date(LATER - 8 * DAY);
    const make = (path: string, at: Date): void => {
      write(world.repo, path, 'x');
      utimesSync(join(world.repo, path), at, at);
    };
    make('.artifacts/tmp/old.bin', old);
    make('.artifacts/tmp/new.bin', new Date(LATER - 6 * DAY));
    make('.artifacts/kept.bin', old);
    const outside = join(world.folder, 'outside');
    write(outside, 'old.bin', 'x');
    utimesSync(join(outside, 'old.bin'), old, old);
    symlinkSync(outside, join(world.repo, '.artifacts/tmp/link'));
    const report = await gc();
    expect(report.artifacts).toEqual([join(world.repo, '.artifacts/tmp/old.bin')]);
    expect(existsSync(join(world.repo, '.artifacts/tmp/old.bin'))).toBe(false);
    expect(existsSync(join(world.repo, '.artifacts/tmp/new.bin'))).toBe(true);
    expect(existsSync(join(world.repo, '.artifacts/kept.bin'))).toBe(true);
    expect(existsSync(join(outside, 'old.bin'))).toBe(true);
  });
});
