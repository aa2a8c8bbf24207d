import { describe, expect, it } from 'vitest';
import type { QueueReport } from '../../app/bring-home/queue-report.ts';
import { testQueuedLoop as loop, testQueueReport } from '../../app/bring-home/test-home.ts';
import { loopView } from '../test-views.ts';
import { notHomeYet } from './choose-several.ts';
import { progressText, queuePreviewText, queueReportText, queueSummary } from './queue-words.ts';

const report = (change: Partial<QueueReport> = {}): QueueReport =>
  testQueueReport({ stack: [loop('a'), { ...loop('b'), revised: true }], ...change });
const aside: QueueReport['putAside'] = [
  { ...loop('c'), reason: { kind: 'conflicts', with: null, files: ['x\u001b.ts'] } },
  { ...loop('d'), reason: { kind: 'evidence', with: [], checks: ['the check "y" fails'] } },
  { ...loop('e'), reason: { kind: 'evidence', with: ['a'], checks: [] } },
];

describe('a merge queue in words', () => {
  it('says what is under way', () => {
    const testing = {
      kind: 'testing',
      command: 'npm test',
      branch: 'main',
      on: ['a', 'b'],
      again: false,
    } as const;
    expect(progressText({ kind: 'stacking', loops: 2, branch: null })).toBe(
      'stacking 2 loops on what is checked out',
    );
    expect(progressText({ ...testing, why: 'whole' })).toBe('npm test on main + a + b');
    expect(progressText({ ...testing, why: 'bisect' })).toBe(
      'looking for the guilty one: npm test on main + a + b',
    );
    expect(progressText({ ...testing, why: 'whole', again: true })).toBe(
      'npm test on main + a + b, once more',
    );
    expect(progressText({ kind: 'again', branch: 'main' })).toContain('main moved meanwhile');
  });

  it('says before it is agreed to what is stacked, what is run and what is left out, hostile words as text', () => {
    const text = queuePreviewText(report({ outcome: 'preview', putAside: aside.slice(0, 1) }));
    expect(text).toContain('on main, in this order:\n  a: Make a');
    expect(text).toContain('  npm test');
    expect(text).toContain('put aside, it has conflicts with main');
    expect(text).not.toContain('\u001b');
    expect(queuePreviewText(report({ evidence: [] }))).toContain('nothing is run');
  });

  it('reports each that was put aside with its reason, and each run', () => {
    const runs: QueueReport['runs'] = [
      {
        command: 'npm test',
        on: ['a'],
        commit: 'd',
        status: 'passed',
        passed: 3,
        failed: 0,
        durationMs: 1240,
        again: true,
      },
      {
        command: 'lint',
        on: [],
        commit: 'd',
        status: 'unavailable',
        passed: 0,
        failed: 0,
        durationMs: 0,
        again: false,
      },
    ];
    const flaky = [{ command: 'npm test', on: ['a'], commit: 'd', checks: ['"z" fails:\nred\u001b'] }];
    const protectedFiles = ['test/a.test.js'];
    const text = queueReportText(report({ putAside: aside, runs, flaky, protectedFiles }));
    for (const part of [
      'In main: a, b. Put aside: c, d, e.\n',
      'by itself\n  the check "y" fails\n',
      'fails together with a\n',
      'A person changed the result of b',
      '  test/a.test.js\n',
      'npm test on main + a is flaky: it failed, and passed when it ran once more. Nobody is put aside for it.\n  "z" fails:\n  red',
      '  npm test on main + a, once more: 3 passed, 0 failed (1.2 s)\n  lint on main: ran no check (0.0 s)\n',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('\u001b');
  });

  it.each([
    [{}, 'In main: a, b.'],
    [{ newBranch: 'all' }, 'In the new branch all: a, b.'],
    [{ outcome: 'cancelled' }, 'Cancelled; nothing was brought home.'],
    [{ outcome: 'moved' }, 'main moved twice while the evidence ran; nothing was brought home.'],
    [{ outcome: 'nothing', putAside: aside }, 'Nothing was brought home. Put aside: c, d, e.'],
    [{ outcome: 'nothing' }, 'There is nothing to bring home.'],
  ] as const)('says in a sentence how %o ended', (change, sentence) => {
    expect(queueSummary(report(change))).toBe(sentence);
  });
});

it('offers what has ended with a result and is not home, in the order of its end', () => {
  const ended = { outcome: 'PROCEED', commit: 'c'.repeat(40) } as const;
  const home = { id: 'ab', way: 'merge', branch: 'main', at: 0 } as const;
  const views = [
    loopView({ taskId: 'late', ...ended, endedAt: 9 }),
    loopView({ taskId: 'early', ...ended, endedAt: 3 }),
    loopView({ taskId: 'home', ...ended, home }),
    loopView({ taskId: 'pushed', ...ended, endedAt: 5, home: { ...home, way: 'push' } }),
    loopView({ taskId: 'runs', outcome: null }),
    loopView({ taskId: 'archived', ...ended, archived: true }),
    loopView({ taskId: 'nothing', ...ended, commit: null }),
  ];
  expect(notHomeYet(views).map(({ taskId }) => taskId)).toEqual(['early', 'pushed', 'late']);
});
