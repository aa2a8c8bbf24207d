import { describe, expect, it } from 'vitest';
import { err, ok } from '../../base/result.ts';
import type { CommandReport } from '../../domain/evidence.ts';
import type { EvidenceRequest, EvidenceRunner } from '../../ports/evidence-runner.ts';
import type { HomeGit, LandOutcome, Obstacle } from '../../ports/home-git.ts';
import { containersBesideLoops } from '../container-plan.ts';
import type { EndedLoop } from './ended-loop.ts';
import type { QueueProgress } from './queue-report.ts';
import { runQueue, type QueueDeps } from './run-queue.ts';
import { testIntegration, testReport } from './test-home.ts';

interface World {
  /** Whether the tests pass where these are stacked. */
  readonly passes?: (loops: readonly string[]) => boolean;
  readonly commands?: Readonly<Record<string, readonly string[]>>;
  /** Where the branch is each time that somebody looks. */
  readonly tips?: readonly string[];
  readonly obstacle?: Obstacle;
  /** Answers each run instead of `passes`. */
  readonly run?: EvidenceRunner['run'];
  readonly withoutEvidence?: boolean;
  readonly signal?: AbortSignal;
}

const notUsed = () => {
  throw new Error('not in this test');
};

/** A commit of a stack is `main+a+b`. */
const loopsOf = (commit: string): readonly string[] => commit.split('+').slice(1);

const report = (command: string, passed: boolean): CommandReport => ({
  command,
  status: 'ended',
  exitCode: passed ? 0 : 1,
  detailed: true,
  checks: [{ id: 'it works', outcome: passed ? 'passed' : 'failed', message: 'no' }],
  tail: '',
  durationMs: 3,
});

function createWorld(world: World) {
  const tips = [...(world.tips ?? ['main'])];
  const runs: EvidenceRequest[] = [];
  const told: QueueProgress[] = [];
  const disposed: string[] = [];
  const landed: string[] = [];
  const steps: string[] = [];
  const tip = () => tips[0] ?? '';
  const home: Partial<HomeGit> = {
    settle: () => {
      steps.push('settle');
      return Promise.resolve(ok(undefined));
    },
    stack: ({ onto, into, loops }) => {
      steps.push(`stack on ${into ?? 'what is checked out'}`);
      const from = onto ?? tip();
      const layers = loops.map(({ taskId, commit }, at) => ({
        taskId,
        commit,
        tip: [from, ...loops.slice(0, at + 1).map((one) => one.taskId)].join('+'),
      }));
      return Promise.resolve(ok({ branch: 'main', onto: from, layers, nothing: [], conflicts: [] }));
    },
    previewLanding: () => {
      const { preview } = testReport({ obstacle: world.obstacle ?? null });
      return Promise.resolve(ok({ kind: 'preview', preview }));
    },
    land: ({ onto, into, layers }) => {
      steps.push(`land on ${into ?? 'what is checked out'}`);
      if (tips.length > 1) tips.shift();
      const { preview } = testReport();
      const outcome: LandOutcome =
        onto === tip()
          ? {
              kind: 'done',
              integrations: layers.map(({ taskId }) => ({ ...testIntegration, taskId })),
              preview,
            }
          : { kind: 'moved', branchCommit: tip() };
      if (outcome.kind === 'done') landed.push(layers.at(-1)?.tip ?? '');
      return Promise.resolve(ok(outcome));
    },
  };
  const runner = (prefix: string): EvidenceRunner => ({
    run: async (request, signal) => {
      runs.push(request);
      if (world.run) return world.run(request, signal);
      const passed = world.passes?.(loopsOf(request.commit)) ?? true;
      return Promise.resolve(ok({ report: report(request.command, passed), protectedFilesChanged: [] }));
    },
    dispose: () => {
      disposed.push(prefix);
      return Promise.resolve();
    },
    discover: notUsed,
    installs: notUsed,
    prepare: notUsed,
    setUpWorktree: notUsed,
    furnish: notUsed,
  });
  const deps = {
    clock: { now: () => 0 },
    repository: { home, task: () => ({ recoverCheckouts: () => Promise.resolve(ok(0)) }) },
    ledger: { entries: () => Promise.resolve([]) },
    choices: { read: () => Promise.resolve({ codePlace: null }) },
    evidence: (_taskId: string, _task: unknown, config: { readonly prefix: string }) => runner(config.prefix),
  } as unknown as QueueDeps;
  return { deps, runs, told, disposed, landed, steps };
}

async function queue(ids: readonly string[], world: World = {}) {
  const { deps, told, ...rest } = createWorld(world);
  const loops = ids.map((taskId) => ({
    config: {
      taskId,
      description: `Make ${taskId}`,
      mode: 'standard',
      prefix: '',
      evidence: world.commands?.[taskId] ?? ['npm test'],
    },
    commit: `result-of-${taskId}`,
    revised: false,
  })) as unknown as readonly EndedLoop[];
  const withoutEvidence = world.withoutEvidence ?? false;
  const containers = containersBesideLoops([]);
  const choice = {
    way: 'merge',
    into: null,
    newBranch: null,
    rescueFirst: false,
    withoutEvidence,
    containers,
  } as const;
  const progress = (one: QueueProgress) => void told.push(one);
  const signal = world.signal ?? new AbortController().signal;
  const result = await runQueue(deps, { loops, choice, progress, signal });
  return { result, told, ...rest, report: result.ok ? result.value : null };
}

describe('several loops', () => {
  it('run a command that several of them have once on each commit', async () => {
    const commands = { a: ['npm test', 'lint'], b: ['npm test'] };
    const { report: found, runs, landed, disposed } = await queue(['a', 'b'], { commands });
    expect(found).toMatchObject({ outcome: 'landed', evidence: ['npm test', 'lint'], putAside: [] });
    expect(runs.map(({ command, commit, run }) => [command, commit, run])).toEqual([
      ['npm test', 'main', 'base'],
      ['npm test', 'main+a+b', 'left'],
      ['lint', 'main', 'base'],
      ['lint', 'main+a+b', 'left'],
    ]);
    expect([landed, disposed]).toEqual([['main+a+b'], ['']]);
  });

  it('tests what passed once only, and lands what was tested', async () => {
    const passes = (loops: readonly string[]) => !(loops.includes('b') && loops.includes('d'));
    const { report: found, runs, landed } = await queue(['a', 'b', 'c', 'd', 'e'], { passes });
    expect(found?.putAside).toMatchObject([
      {
        taskId: 'd',
        reason: { kind: 'evidence', with: ['b'], checks: [expect.stringContaining('it works')] },
      },
    ]);
    expect(landed).toEqual(['main+a+b+c+e']);
    const times = (commit: string) => runs.filter((run) => run.commit === commit).length;
    for (const commit of new Set(runs.map((run) => run.commit)))
      expect([commit, times(commit)]).toEqual([commit, passes(loopsOf(commit)) ? 1 : 2]);
  });

  it('run what is worse once more before anybody is blamed, and name what was flaky', async () => {
    const seen = new Set<string>();
    const passes = (loops: readonly string[]) => {
      const flakes = loops.includes('b') && !seen.has(loops.join());
      seen.add(loops.join());
      return !flakes && !loops.includes('c');
    };
    const { report: found, told, landed } = await queue(['a', 'b', 'c'], { passes });
    expect(landed).toEqual(['main+a+b']);
    expect(found?.putAside).toMatchObject([{ taskId: 'c', reason: { kind: 'evidence', with: [] } }]);
    expect(found?.flaky).toEqual([
      {
        command: 'npm test',
        on: ['a', 'b'],
        commit: 'main+a+b',
        checks: [expect.stringContaining('it works')],
      },
    ]);
    expect(found?.runs.map(({ on, status, again }) => [on.join(), status, again])).toEqual([
      ['', 'passed', false],
      ['a,b,c', 'failed', false],
      ['a,b,c', 'failed', true],
      ['a', 'passed', false],
      ['a,b', 'failed', false],
      ['a,b', 'passed', true],
      ['c', 'failed', false],
      ['c', 'failed', true],
    ]);
    expect(told.filter((one) => one.kind === 'testing' && one.again)).toHaveLength(3);
  });

  it('blames nobody for what fails on the branch itself', async () => {
    const { report: found } = await queue(['a', 'b'], { passes: () => false });
    expect(found).toMatchObject({ outcome: 'landed', putAside: [] });
    expect(found?.runs.map(({ on, status }) => [on.join(), status])).toEqual([
      ['', 'failed'],
      ['a,b', 'passed'],
    ]);
  });

  it.each([
    ['there is no command', { commands: { a: [], b: [] } }],
    [
      'no command can run',
      { run: () => Promise.resolve(err({ kind: 'prepare-failed', message: 'no npm', log: '' } as const)) },
    ],
  ])('do not land without evidence where %s, unless somebody says so', async (_name, world: World) => {
    const refused = await queue(['a', 'b'], world);
    expect([refused.report?.outcome, refused.landed]).toEqual(['no-evidence', []]);
    const agreed = await queue(['a', 'b'], { ...world, withoutEvidence: true });
    expect([agreed.report?.outcome, agreed.landed]).toEqual(['landed', ['main+a+b']]);
  });

  it('begin anew once where the branch moved meanwhile, and stop the second time', async () => {
    const again = await queue(['a', 'b'], { tips: ['main', 'moved'] });
    expect([again.report?.outcome, again.landed]).toEqual(['landed', ['moved+a+b']]);
    expect(again.steps).toEqual([
      'settle',
      'stack on what is checked out',
      'land on main',
      'stack on main',
      'land on main',
    ]);
    expect(again.told.map(({ kind }) => kind)).toContain('again');
    const { report: found, landed } = await queue(['a', 'b'], { tips: ['one', 'two', 'three'] });
    expect([found?.outcome, landed]).toEqual(['moved', []]);
  });

  it('run nothing while the checkout is in the way', async () => {
    const { report: found, runs } = await queue(['a', 'b'], { obstacle: { kind: 'dirty', paths: ['x'] } });
    expect([found?.outcome, found?.preview?.obstacle?.kind, runs]).toEqual(['blocked', 'dirty', []]);
  });

  it('put the evidence away when they are cancelled, and land nothing', async () => {
    const controller = new AbortController();
    const run: EvidenceRunner['run'] = () => {
      controller.abort();
      return Promise.resolve(err({ kind: 'prepare-failed', message: 'cancelled', log: '' }));
    };
    const { report: found, landed, disposed } = await queue(['a', 'b'], { run, signal: controller.signal });
    expect([found?.outcome, landed, disposed]).toEqual(['cancelled', [], ['']]);
  });

  it('stop at a full disk, which says nothing about a loop', async () => {
    const run: EvidenceRunner['run'] = () =>
      Promise.resolve(err({ kind: 'prepare-failed', message: 'ENOSPC: no space left on device', log: '' }));
    const { result, landed } = await queue(['a', 'b'], { run });
    expect(result).toMatchObject({ ok: false, error: { kind: 'internal' } });
    expect(landed).toEqual([]);
  });
});
