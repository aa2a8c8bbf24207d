import { expect, it } from 'vitest';
import {
  createTestHome,
  testIntegration as integration,
  testReport,
} from '../../app/bring-home/test-home.ts';
import { ok } from '../../base/result.ts';
import type { HomePreview } from '../../ports/home-git.ts';
import { dispatch } from '../dispatch.ts';
import { createTestWorld } from '../test-service.ts';

const clean: HomePreview['verdict'] = {
  kind: 'clean',
  files: [{ path: 'a\u001b[2J.ts', status: 'added', added: 3, removed: 0 }],
};

async function merge(argv: readonly string[], change: Partial<HomePreview> = {}) {
  const calls: unknown[] = [];
  const report = testReport({ verdict: clean, ...change });
  const done = report.preview.verdict.kind === 'clean' && report.preview.obstacle === null;
  const home = createTestHome({
    preview: (...call) => {
      calls.push(['preview', ...call]);
      return Promise.resolve(ok(report));
    },
    bring: (...call) => {
      calls.push(['bring', ...call]);
      return Promise.resolve(ok(done ? { kind: 'done', integration, report } : { kind: 'not-done', report }));
    },
    push: (...call) => {
      calls.push(['push', ...call]);
      const pushed = { ...integration, way: 'push', pushed: { remote: 'origin', branch: 'x' } } as const;
      return Promise.resolve(ok({ integration: pushed, compareUrl: 'https://github.com/a/b/compare/x' }));
    },
    undo: (...call) => {
      calls.push(['undo', ...call]);
      return Promise.resolve(ok({ ...integration, state: 'undone' }));
    },
  });
  const { context, output } = createTestWorld({ service: { home } });
  const exit = await dispatch(['merge', ...argv], '1.2.3', context);
  return { exit, output, calls };
}

it('merges into the checked out branch and says how to undo it', async () => {
  const { exit, output, calls } = await merge(['t1']);
  expect(exit).toBe(0);
  expect(calls).toEqual([['bring', 't1', { way: 'merge', into: null, newBranch: null, rescueFirst: false }]]);
  expect(output.stdout).toBe('t1 is in main; cfn merge t1 --undo takes it back.\n');
});

it('names the iteration that a person restored as the result', async () => {
  const report = { ...testReport({ verdict: clean }), restored: 2 };
  const home = createTestHome({ preview: () => Promise.resolve(ok(report)) });
  const { context, output } = createTestWorld({ service: { home } });
  expect(await dispatch(['merge', 't1', '--dry-run'], '1.2.3', context)).toBe(0);
  expect(output.stdout).toContain('It is the work of iteration 2, which a person restored as the result.\n');
});

it('shows with --dry-run what would happen, hostile names as text, and touches nothing', async () => {
  const { exit, output, calls } = await merge(['t1', '--squash', '--into', 'main', '--dry-run']);
  expect(exit).toBe(0);
  expect(calls).toEqual([
    ['preview', 't1', { way: 'squash', into: 'main', newBranch: null, rescueFirst: false }],
  ]);
  expect(output.stdout).toBe(
    't1 comes to main as a merge commit. Your checkout follows.\n1 file, +3 −0\n  added a\uFFFD[2J.ts\n',
  );
});

it('ends with 1 at a conflict and names both intents', async () => {
  const theirs = [{ commit: 'd'.repeat(40), subject: 'Reword the login' }];
  const conflict = { kind: 'conflicts', files: ['login.ts'], theirs, at: null } as const;
  const { exit, output } = await merge(['t1'], { verdict: conflict });
  expect(exit).toBe(1);
  expect(output.stderr).toContain(
    '  login.ts\nOf the loop: Fix the login\nOf main: dddddddddddd Reword the login\n',
  );
});

it.each([
  [{ kind: 'dirty', paths: ['a.ts'] }, 'cfn merge t1 --rescue'],
  [{ kind: 'ignored', paths: ['a.ts'] }, 'cfn merge t1 --branch NAME'],
  [{ kind: 'operation', operation: 'rebase' }, 'a rebase is under way'],
  [{ kind: 'elsewhere', path: '/other' }, 'checked out in /other'],
] as const)('ends with 1 at the obstacle %o and says what to do', async (obstacle, sentence) => {
  const { exit, output } = await merge(['t1'], { obstacle });
  expect(exit).toBe(1);
  expect(output.stderr).toContain(sentence);
});

it('ends with 0 when there was nothing to do', async () => {
  const { exit, output } = await merge(['t1'], { verdict: { kind: 'contained' } });
  expect([exit, output.stdout]).toEqual([0, 'main has the result of t1 already.\n']);
});

it('undoes, pushes with a link, and speaks JSON', async () => {
  expect((await merge(['t1', '--undo'])).output.stdout).toBe('t1: undone, main is as it was.\n');
  const pushed = await merge(['t1', '--push', 'origin', '--branch', 'x']);
  expect(pushed.calls).toEqual([['push', 't1', { remote: 'origin', branch: 'x', into: null }]]);
  expect(pushed.output.stdout).toContain('Open a pull request: https://github.com/a/b/compare/x');
  const { output } = await merge(['t1', '--json']);
  expect(JSON.parse(output.stdout)).toMatchObject({
    outcome: 'done',
    taskId: 't1',
    integration: { id: 'ab' },
  });
});

it.each([
  [['t1', '--squash', '--rebase'], '--squash and --rebase exclude each other; take one of them.'],
  [['t1', '--undo', '--into', 'x'], '--into has no meaning with --undo; leave one of them out.'],
  [['t1', '--rescue', '--branch', 'x'], '--rescue has no meaning with --branch; leave one of them out.'],
  [['t1', '--resolve', '--dry-run'], '--dry-run has no meaning with --resolve; leave one of them out.'],
  [['t1', '--push', '--pull-request'], '--push and --pull-request exclude each other; take one of them.'],
  [['t1', '--push', '--draft'], '--draft takes --pull-request beside it; add that.'],
  [['t1', '--title', 'x'], '--title takes --pull-request beside it; add that.'],
  [['t1', '--apply', '--branch', 'x'], '--branch has no meaning with --apply; leave one of them out.'],
  [[], 'TASK_ID is missing; it takes the id of a loop (cfn status lists them).'],
])('refuses %j in one sentence', async (argv, sentence) => {
  const { exit, output, calls } = await merge(argv);
  expect([exit, output.stderr, calls]).toEqual([2, `${sentence}\n`, []]);
});
