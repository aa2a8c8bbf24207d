import { describe, expect, it } from 'vitest';
import { containersBesideLoops } from '../app/container-plan.ts';
import type { QueueProgress, QueueReport } from '../app/bring-home/queue-report.ts';
import {
  createTestHome,
  testIntegration,
  testQueuedLoop,
  testQueueReport,
  testReport,
} from '../app/bring-home/test-home.ts';
import { ok } from '../base/result.ts';
import { dispatch } from './dispatch.ts';
import { createTestWorld } from './test-service.ts';

const landed = testQueueReport({
  integrations: ['a', 'b'].map((taskId) => ({ ...testIntegration, taskId })),
  runs: [
    {
      command: 'npm test',
      on: ['a', 'b'],
      commit: 'd'.repeat(40),
      status: 'passed',
      passed: 3,
      failed: 0,
      durationMs: 1240,
      again: false,
    },
  ],
});

async function merge(
  argv: readonly string[],
  change: Partial<QueueReport> = {},
  told: readonly QueueProgress[] = [],
) {
  const calls: unknown[] = [];
  const report: QueueReport = { ...landed, ...change };
  const home = createTestHome({
    queue: (taskIds, choice, options) => {
      calls.push(['queue', taskIds, choice]);
      for (const one of told) options?.progress?.(one);
      return Promise.resolve(ok(report));
    },
    previewQueue: (taskIds, choice) => {
      calls.push(['previewQueue', taskIds, choice]);
      return Promise.resolve(ok(report));
    },
  });
  const { context, output } = createTestWorld({ service: { home } });
  const exit = await dispatch(['merge', ...argv], '1.2.3', context);
  return { exit, output, calls };
}

const CHOICE = {
  way: 'merge',
  into: null,
  newBranch: null,
  rescueFirst: false,
  withoutEvidence: false,
  containers: containersBesideLoops([]),
};

describe('cfn merge of several loops', () => {
  it('says what landed, what ran, and how to take it back', async () => {
    const { exit, output, calls } = await merge(['a', 'b']);
    expect([exit, calls]).toEqual([0, [['queue', ['a', 'b'], CHOICE]]]);
    expect(output.stdout).toBe(
      'a, b are in main.\n' +
        'Taken back one by one, the newest first: cfn merge b --undo, cfn merge a --undo\n' +
        'npm test on main + a + b: 3 passed, 0 failed (1.2 s)\n',
    );
  });

  it('tells what is under way on standard error', async () => {
    const testing = { kind: 'testing', command: 'npm test', branch: 'main', again: false } as const;
    const { output } = await merge(['a', 'b', '--json'], {}, [
      { kind: 'stacking', loops: 2, branch: 'main' },
      { ...testing, on: [], why: 'whole' },
      { ...testing, on: ['a'], why: 'bisect' },
      { ...testing, on: ['a'], why: 'bisect', again: true },
      { ...testing, on: ['b'], why: 'alone' },
      { kind: 'landing', loops: 1, branch: 'main' },
    ]);
    expect(output.stderr).toBe(
      'Stacking 2 loops on main\nnpm test on main\nbisecting: npm test on main + a\n' +
        'bisecting: npm test on main + a, once more\n' +
        'alone: npm test on main + b\nBringing 1 loop to main\n',
    );
    expect(JSON.parse(output.stdout)).toEqual(landed);
  });

  it('names what is flaky, with both of its runs', async () => {
    const run = { ...landed.runs[0], status: 'failed', passed: 2, failed: 1 };
    const { exit, output } = await merge(['a', 'b'], {
      runs: [run, ...landed.runs.map((one) => ({ ...one, again: true }))] as QueueReport['runs'],
      flaky: [
        { command: 'npm test', on: ['a', 'b'], commit: 'd'.repeat(40), checks: ['"x" fails:\nno\u001b'] },
      ],
    });
    expect(exit).toBe(0);
    expect(output.stdout).toContain(
      'npm test is flaky on main + a + b: it failed, and passed when it ran once more. Nobody is put aside for it.\n' +
        '  "x" fails:\n  no\uFFFD\n' +
        'npm test on main + a + b: 2 passed, 1 failed, worse than before (1.2 s)\n' +
        'npm test on main + a + b, once more: 3 passed, 0 failed (1.2 s)\n',
    );
  });

  it('ends with 1 and names each that was put aside, hostile words as text', async () => {
    const checks = ['`npm test`: the check "x" fails: no\nmore'];
    const { exit, output } = await merge(['a', 'b', 'c', 'd'], {
      stack: [testQueuedLoop('a')],
      putAside: [
        { ...testQueuedLoop('b'), reason: { kind: 'evidence', with: [], checks } },
        { ...testQueuedLoop('c'), reason: { kind: 'evidence', with: ['a'], checks: [] } },
        { ...testQueuedLoop('d'), reason: { kind: 'conflicts', with: null, files: ['x.ts'] } },
      ],
    });
    expect(exit).toBe(1);
    expect(output.stderr).toContain(
      'b is put aside: it makes the evidence fail on main by itself. (Make b\uFFFD[2J)\n' +
        '  `npm test`: the check "x" fails: no\n  more\n' +
        'c is put aside: it passes alone and makes the evidence fail together with a. (Make c\uFFFD[2J)\n' +
        'd is put aside: it has conflicts with main. (Make d\uFFFD[2J)\n  x.ts\n',
    );
  });

  it.each([
    [
      { outcome: 'no-evidence' },
      1,
      'no evidence ran a check on a, b.\nTo bring them home all the same, add --without-evidence.',
    ],
    [{ outcome: 'moved' }, 1, 'main moved while the evidence ran, twice; nothing was done.'],
    [{ outcome: 'cancelled' }, 130, 'Cancelled; nothing was brought home.'],
    [
      { outcome: 'blocked', preview: testReport({ obstacle: { kind: 'dirty', paths: ['a.ts'] } }).preview },
      1,
      '  a.ts\nCommit them, or: add --branch NAME, or: add --rescue (undone together).',
    ],
  ] as const)('ends at %o with %i and says what to do', async (change, code, sentence) => {
    const { exit, output } = await merge(['a', 'b'], change);
    expect(exit).toBe(code);
    expect(output.stderr).toContain(sentence);
  });

  it('passes on how they are to land, and shows with --dry-run what would be tried', async () => {
    const flags = ['--squash', '--into', 'x', '--rescue', '--without-evidence'];
    const choice = { ...CHOICE, way: 'squash', into: 'x', rescueFirst: true, withoutEvidence: true };
    expect((await merge(['a', 'b', ...flags])).calls).toEqual([['queue', ['a', 'b'], choice]]);
    const { exit, output, calls } = await merge(['a', 'b', '--dry-run'], { outcome: 'preview', runs: [] });
    expect([exit, calls]).toEqual([0, [['previewQueue', ['a', 'b'], CHOICE]]]);
    expect(output.stdout).toBe('a, b would be tried on main together.\nEvidence: npm test\n');
  });

  it.each([
    [
      ['a', 'b', '--rebase'],
      '--rebase takes one loop; several are brought home by a merge or with --squash.',
    ],
    [['a', 'b', '--undo'], '--undo takes one loop; take several back one by one, the newest first.'],
    [['a', 'b', '--task-id', 'c'], '--task-id takes one loop; leave it out where several are named.'],
    [
      ['a', '--without-evidence'],
      '--without-evidence has no meaning with one loop; no evidence runs for it.',
    ],
    [
      ['a', 'b', '--rescue', '--branch', 'x'],
      '--rescue has no meaning with --branch; leave one of them out.',
    ],
  ])('refuses %j in one sentence', async (argv, sentence) => {
    const { exit, output, calls } = await merge(argv);
    expect([exit, output.stderr, calls]).toEqual([2, `${sentence}\n`, []]);
  });

  it('refuses what is no id', async () => {
    const { exit, output } = await merge(['a', '../b']);
    expect([exit, output.stderr]).toEqual([2, expect.stringContaining('TASK_ID is "../b"; it takes')]);
  });
});
