import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { createLoopReview } from '../../src/app/review/create-loop-review.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { allOf } from '../../src/domain/review/hunks.ts';
import {
  implementer,
  owner,
  startedLoop,
  testConfig,
  validator,
  type TestLoop,
} from '../../src/domain/loop/test-loop.ts';
import type { RejectedLines, Repository } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, value, write, type World } from './git-fixture.ts';

const TASK = 'task-001';
let world: World;
let repository: Repository;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
});
afterEach(() => world.dispose());

async function attempt(agentId: string, files: Readonly<Record<string, string>>): Promise<string> {
  const task = repository.task(TASK);
  const start = repository.facts.head;
  const { path } = value(await task.worktree({ agentId, start }, never));
  for (const [name, content] of Object.entries(files)) write(path, name, content);
  const request = { agentId, iteration: 1, attempt: 1, start, message: agentId };
  return value(await task.commitAttempt(request)).commit;
}

/** The review of a loop whose journal holds these events. */
async function reviewOf(loop: TestLoop) {
  const store = createLoopStore({ stateFolder: world.state });
  const holder = await store.hold(TASK, () => Promise.resolve(null));
  if (!holder.ok) throw new Error('held');
  const journal = value(await store.open(TASK, holder.value.epoch));
  value(await journal.append(loop.events));
  await journal.close();
  await holder.value.release();
  return createLoopReview({ store, repository, logger: silentLogger });
}

async function ended() {
  const commits = {
    a: await attempt('a', { 'readme.md': 'ONE\ntwo\nthree\n', 'a.txt': 'a\n' }),
    b: await attempt('b', { 'readme.md': 'one\ntwo\nTHREE\n', 'b.txt': 'b\n' }),
  };
  const start = repository.facts.head;
  const all = Object.entries(commits).map(([agentId, commit]) => ({ agentId, commit }));
  const { commit } = value(await repository.task(TASK).integrate({ iteration: 1, start, commits: all }));
  value(await repository.task(TASK).publishResult(commit, 1));
  const loop = startedLoop({
    baseCommit: start,
    crew: [...['a', 'b'].map((id) => ({ ...testConfig.crew[0]!, id })), ...testConfig.crew.slice(1)],
    strategy: 'split',
  });
  loop.run({
    agent: (id, role) =>
      role === 'implementer'
        ? { ...implementer(0.9), commit: commits[id as 'a' | 'b'] }
        : role === 'validator'
          ? validator(0.95)
          : owner('PROCEED'),
    integrated: () => ({ commit, agents: ['a', 'b'] }),
  });
  return { commit, commits, review: await reviewOf(loop), start };
}

it('tells apart what each agent changed in a file that both changed', async () => {
  const { commit, review, start } = await ended();
  const own = value(await review.hunksOfAgent({ taskId: TASK, commit, agentId: 'b' }, never));
  expect(own.base).toBe(start);
  const files = own.files.map(({ path, hunks }) => [path, hunks.map(({ added }) => added)]);
  expect(Object.fromEntries(files)).toEqual({ 'b.txt': [[['b\n']]].flat(), 'readme.md': [['THREE\n']] });
  const nobody = await review.hunksOfAgent({ taskId: TASK, commit, agentId: 'c' }, never);
  expect(nobody).toMatchObject({ ok: false, error: { kind: 'state' } });
});

it('leaves rejected hunks out of the result of an ended loop, and takes them back', async () => {
  const { commit, review, start } = await ended();
  const head = git(world.repo, 'rev-parse', 'HEAD');
  const file = value(await review.hunks(start, commit, 'readme.md'));
  const rejected: RejectedLines[] = file!.hunks
    .slice(0, 1)
    .map((hunk) => ({ base: start, path: 'readme.md', hunk: hunk.id, lines: allOf(hunk) }));
  const left = value(await review.leaveOut(TASK, { commit, rejected }));
  expect(git(world.repo, 'rev-parse', `cfn/${TASK}/result`)).toBe(left.commit);
  expect(git(world.repo, 'show', `${left.branch}:readme.md`)).toBe('one\ntwo\nTHREE');
  expect(git(world.repo, 'show', '--format=%P', '--no-patch', left.branch)).toBe(commit);
  expect(git(world.repo, 'rev-parse', 'HEAD')).toBe(head);
  const again = await review.leaveOut(TASK, { commit, rejected });
  expect(again).toMatchObject({ ok: false, error: { kind: 'state' } });

  expect(value(await review.takeBack(TASK)).commit).toBe(commit);
  expect(git(world.repo, 'rev-parse', `cfn/${TASK}/result`)).toBe(commit);
  const nothing = await review.takeBack(TASK);
  expect(nothing).toMatchObject({
    ok: false,
    error: { message: `No review changed the result of "${TASK}", so there is nothing to undo.` },
  });
});

it('moves no result branch that somebody else has moved', async () => {
  const { commit, review } = await ended();
  const tip = git(world.repo, 'commit-tree', 'HEAD^{tree}', '-p', `cfn/${TASK}/result`, '-m', 'by hand');
  git(world.repo, 'update-ref', `refs/heads/cfn/${TASK}/result`, tip);
  expect(await review.takeBack(TASK)).toMatchObject({ ok: false, error: { kind: 'state' } });
  expect(await review.leaveOut(TASK, { commit, rejected: [] })).toMatchObject({
    ok: false,
    error: { kind: 'state' },
  });
  expect(git(world.repo, 'rev-parse', `cfn/${TASK}/result`)).toBe(tip);
});

it('takes a file of an agent into the result of an ended loop, another one on top, and undoes both step by step', async () => {
  const { commit, commits, review, start } = await ended();
  const head = git(world.repo, 'rev-parse', 'HEAD');
  const tip = () => git(world.repo, 'rev-parse', `cfn/${TASK}/result`);
  const shown = async () => value(await review.revisions(TASK)).at(-1);
  const way = { from: commits.a, to: commit };
  expect(value(await review.wouldTake(['b.txt'], way))).toEqual([
    { path: 'b.txt', from: commits.a, gone: true },
  ]);
  expect(value(await review.wouldTake(['a.txt'], way))).toEqual([]);
  const first = value(await review.take(TASK, [{ path: 'readme.md', from: commits.a }]));
  expect(tip()).toBe(first.commit);
  expect(git(world.repo, 'show', `${first.branch}:readme.md`)).toBe('ONE\ntwo\nthree');
  expect(git(world.repo, 'log', '-1', '--format=%P%n%s', first.branch)).toBe(
    `${commit}\nTake readme.md as it is in a in iteration 1`,
  );
  expect(await shown()).toMatchObject({ kind: 'result', commit: first.commit, standing: 'revised' });
  const second = value(await review.take(TASK, [{ path: 'b.txt', from: start }]));
  expect(git(world.repo, 'ls-tree', '--name-only', second.commit)).not.toContain('b.txt');
  expect(git(world.repo, 'rev-parse', 'HEAD')).toBe(head);
  expect(git(world.repo, 'status', '--porcelain')).toBe('');
  expect(value(await review.takeBack(TASK)).commit).toBe(first.commit);
  expect(value(await review.takeBack(TASK)).commit).toBe(commit);
  expect(tip()).toBe(commit);
  expect(await shown()).toMatchObject({ kind: 'result', commit, standing: 'ended' });
});

it('takes no file from a commit that is none of the loop', async () => {
  const { commit, review } = await ended();
  const own = git(world.repo, 'commit-tree', 'HEAD^{tree}', '-m', 'by hand');
  expect(await review.take(TASK, [{ path: 'readme.md', from: own }])).toMatchObject({
    error: { kind: 'input' },
  });
  expect(git(world.repo, 'rev-parse', `cfn/${TASK}/result`)).toBe(commit);
});
