import { describe, expect, it } from 'vitest';
import { testIntegration, testReport } from '../../app/bring-home/test-home.ts';
import type { HomePreview, Integration } from '../../ports/home-git.ts';
import { conflictText, doneText, obstacleText, previewText, shortVerdict, undoneText } from './home-words.ts';

const files = Array.from({ length: 14 }, (_, at) => ({
  path: `src/f${at}\u001b[2J.ts`,
  status: 'added' as const,
  added: 2,
  removed: at === 0 ? null : 1,
}));
const report = (change: Partial<HomePreview> = {}, revised = false) =>
  testReport({ verdict: { kind: 'clean', files }, ...change }, revised);

describe('what a way would do', () => {
  it('is one line: size, and what becomes of the checkout or what stops it', () => {
    expect(shortVerdict(report())).toBe(
      '14 files, +28 −13 · your checkout follows; other uncommitted files stay',
    );
    expect(shortVerdict(report({ checkout: 'untouched' }))).toContain('your checkout stays as it is');
    expect(shortVerdict(report({ verdict: { kind: 'contained' } }))).toBe(
      'nothing to do: main has it already',
    );
    const conflicts = { kind: 'conflicts', files: ['a', 'b', 'c', 'd'], theirs: [], at: null } as const;
    expect(shortVerdict(report({ verdict: conflicts }))).toBe('conflicts in a, b, c');
    expect(shortVerdict(report({ obstacle: { kind: 'operation', operation: 'rebase' } }))).toContain(
      'stopped: a rebase is under way',
    );
  });

  it('is told whole before one agrees, with some files by name, hostile ones as text', () => {
    const text = previewText(report({}, true));
    expect(text).toContain('Goes to main. 14 files');
    expect(text).toContain('and 2 more');
    expect(text).not.toContain('\u001b');
    expect(text).toContain('not verified by evidence');
    expect(previewText(report({ newBranch: 'try' }))).toContain('Goes to the new branch try.');
    expect(previewText(report({ way: 'apply', checkout: 'edited' }))).toContain('Goes to the working tree.');
  });
});

it.each([
  [{ kind: 'dirty', paths: ['a.ts'] }, 'refs/cfn/rescue/'],
  [{ kind: 'ignored', paths: ['a.ts'] }, 'never replaced'],
  [{ kind: 'operation', operation: 'merge' }, 'End or abort it'],
  [{ kind: 'elsewhere', path: '/w' }, 'Open that folder'],
] as const)('says at the obstacle %o what one can do', (obstacle, sentence) => {
  expect(obstacleText({ obstacle })).toContain(sentence);
});

it('names both intents of a conflict', () => {
  const theirs = [{ commit: 'd'.repeat(40), subject: 'Reword the login' }];
  const verdict = { kind: 'conflicts', files: ['login.ts'], theirs, at: null } as const;
  const text = conflictText(report({ verdict }));
  for (const part of ['login.ts', 'The loop: Fix the login', 'dddddddddd Reword the login'])
    expect(text).toContain(part);
});

it('says where the work is now, and where it no longer is', () => {
  const integration: Integration = {
    ...testIntegration,
    rescued: { ref: 'refs/cfn/rescue/t1/checkout/aa', commit: 'a'.repeat(40), paths: ['x'] },
  };
  expect(doneText(integration)).toBe(
    't1 is in main. What was uncommitted is kept in refs/cfn/rescue/t1/checkout/aa.',
  );
  expect(undoneText(integration)).toBe('Undone: main is as it was.');
  expect(doneText({ ...integration, way: 'apply', ref: null, rescued: null })).toBe(
    't1 is in the working tree.',
  );
});
