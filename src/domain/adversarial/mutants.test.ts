import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandReport } from '../evidence.ts';
import { judgement } from '../loop/test-loop.ts';
import type { Fault } from './fault.ts';
import { chooseMutants, mutationScore, notices, withMutants, type MutationSample } from './mutants.ts';

const CODE = ['if (a === b && c <= 1) {', '  return true;', '}', 'x = y - 1;', 'z = 3;'].join('\n');
const file = (path: string, lines: readonly number[]) => ({ path, text: CODE, lines });
const files = [file('src/a.ts', [1, 2, 4, 5]), file('src/b.py', [1]), file('test/a.test.ts', [1, 2])];

const report = (change: Partial<CommandReport> = {}): CommandReport => ({
  command: 'npm test',
  status: 'ended',
  exitCode: 0,
  detailed: true,
  checks: [
    { id: 'a', outcome: 'passed' },
    { id: 'b', outcome: 'skipped' },
  ],
  tail: '',
  durationMs: 10,
  ...change,
});

describe('mutants', () => {
  it('are as many as asked for, all different, the same for the same seed, and never in a test', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (seed, count) => {
        const chosen = chooseMutants(files, seed, count);
        expect(chooseMutants(files.toReversed(), seed, count)).toEqual(chosen);
        expect(new Set(chosen.map((fault) => JSON.stringify(fault))).size).toBe(chosen.length);
        expect(chosen.some((fault) => fault.file.startsWith('test/'))).toBe(false);
        const lines = new Set(chosen.map((fault) => `${fault.file}:${fault.line}`));
        // Four lines take one: 1, 2 and 4 of src/a.ts, and 1 of src/b.py.
        expect(lines.size).toBe(Math.min(4, chosen.length));
        expect(chosen.length).toBeLessThanOrEqual(count);
        expect(chosen.length).toBeGreaterThanOrEqual(Math.min(4, count));
      }),
    );
    expect(chooseMutants([file('README.md', [1])], 'x', 5)).toEqual([]);
  });

  it.each([
    ['a check that fails', { exitCode: 1, checks: [{ id: 'a', outcome: 'failed' }] }, true],
    ['a check that is gone', { checks: [] }, true],
    ['a check that is skipped', { checks: [{ id: 'a', outcome: 'skipped' }] }, true],
    ['an exit code', { exitCode: 1 }, true],
    ['no end', { status: 'timeout', exitCode: null }, true],
    ['no run', { status: 'unavailable' }, true],
    ['the same result', {}, false],
    [
      'one that never passed',
      {
        checks: [
          { id: 'a', outcome: 'passed' },
          { id: 'b', outcome: 'failed' },
        ],
      },
      false,
    ],
  ] as const)('are noticed by %s: %s', (_what, change, noticed) => {
    expect(notices(report(), report(change as Partial<CommandReport>))).toBe(noticed);
  });
});

const fault: Fault = {
  file: 'src/a.ts',
  line: 4,
  kind: 'off-by-one',
  before: 'x = y - 1;',
  after: 'x = y + 1;',
};
const sample = (change: Partial<MutationSample> = {}): MutationSample => ({
  chosen: 5,
  killed: 4,
  survived: [fault],
  ms: 12_300,
  ...change,
});

describe('what a sample says', () => {
  it('names the share, the time and each mutant that nobody noticed', () => {
    expect(withMutants(judgement(), sample(), null)).toMatchObject({
      status: 'passed',
      notes: [
        'Mutants of changed lines: 4 of 5 noticed by the tests, in 12 s.',
        'Mutant not noticed: src/a.ts:4 (off-by-one): `x = y - 1;` became `x = y + 1;`.',
      ],
    });
    expect(withMutants(judgement(), sample({ chosen: 8 }), null).notes?.[0]).toContain(
      '; 3 could not be tried, or not in time',
    );
    expect(withMutants(judgement(), sample({ chosen: 0, killed: 0, survived: [] }), 1)).toMatchObject({
      status: 'passed',
      notes: ['Mutants: no changed line takes one.'],
    });
  });

  it('fails below the share that is asked for alone, with what a test has to notice', () => {
    const failed = withMutants(judgement(), sample(), 0.9);
    expect(failed).toMatchObject({
      status: 'failed',
      reasons: ['The tests noticed 4 of 5 faults that were put into changed lines, required 90 %.'],
      feedback: [expect.stringContaining('No test fails when src/a.ts:4')],
    });
    const figures = fc.record({
      killed: fc.nat({ max: 9 }),
      alive: fc.nat({ max: 9 }),
      least: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(figures, ({ killed, alive, least }) => {
        const made = sample({ killed, survived: Array.from({ length: alive }, () => fault) });
        const score = mutationScore(made);
        const status = score === null ? 'unavailable' : score < least ? 'failed' : 'passed';
        expect(withMutants(judgement(), made, least).status).toBe(status);
      }),
    );
  });
});
