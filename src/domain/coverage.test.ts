import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AddedFile } from './added-lines.ts';
import { changedCoverage, withCoverage, type FileCoverage } from './coverage.ts';
import { judgement } from './loop/test-loop.ts';
import { evidenceRank } from './race.ts';

const added = (path: string, texts: Readonly<Record<number, string>>): AddedFile => ({
  path,
  lines: Object.entries(texts).map(([line, text]) => ({ line: Number(line), text })),
});
const A = added('src/a.ts', { 1: 'const a = 1;', 2: '', 3: '// words', 4: 'run();' });
const OTHER: FileCoverage = { path: 'src/other.ts', lines: [[1, 1]] };

const paths = fc.constantFrom('src/a.ts', 'src/b.ts', 'docs/c.md');
const lineNumbers = fc.integer({ min: 1, max: 6 });
const files = fc.uniqueArray(
  fc.record({
    path: paths,
    lines: fc.uniqueArray(fc.record({ line: lineNumbers, text: fc.constantFrom('x', '', 'c8 ignore') }), {
      selector: ({ line }) => line,
    }),
  }),
  { selector: ({ path }) => path },
);
const reports = fc.array(
  fc.record({
    path: paths,
    lines: fc.array(fc.tuple(lineNumbers, fc.constantFrom(0, 1, 5)), { minLength: 1 }),
  }),
);
const passed = judgement({ status: 'passed' });
const measured = { atBase: true, threshold: 0.5 };

describe('coverage of changed lines', () => {
  it('counts added lines that the report tells of', () => {
    const lines = [
      [1, 3],
      [4, 0],
      [9, 0],
    ] as const;
    expect(changedCoverage([A], [{ path: 'src/a.ts', lines }])).toEqual({
      run: 1,
      lines: 2,
      missed: ['src/a.ts:4'],
    });
  });

  it('takes a line as run if any report says so', () => {
    const first: FileCoverage = { path: 'src/a.ts', lines: [[1, 0]] };
    expect(changedCoverage([A], [first, { ...first, lines: [[1, 2]] }])).toMatchObject({ run: 1, lines: 1 });
  });

  it('takes files and lines that are left out of the report for never run', () => {
    expect(changedCoverage([A], [OTHER])).toMatchObject({ run: 0, lines: 3 });
    const hidden = added('src/a.ts', { 1: '/* istanbul ignore next */', 2: 'run();', 3: 'more();' });
    expect(changedCoverage([hidden], [{ path: 'src/a.ts', lines: [[3, 1]] }])).toMatchObject({
      run: 1,
      lines: 3,
    });
  });

  it('leaves out tests, and files of which no report could tell', () => {
    expect(
      changedCoverage([added('README.md', { 1: 'x' }), added('test/a.test.ts', { 1: 'x' })], [OTHER]),
    ).toEqual({
      run: 0,
      lines: 0,
      missed: [],
    });
  });

  it('fails below the threshold with the lines, and only shows the share without one', () => {
    const coverage = { run: 1, lines: 3, missed: ['src/a.ts:4'] };
    expect(withCoverage(passed, { ...measured, coverage })).toMatchObject({
      status: 'failed',
      reasons: ['1 of 3 changed lines that can be run were run (33.3 %), required 50 %.'],
      feedback: [expect.stringContaining('src/a.ts:4')],
    });
    expect(withCoverage(passed, { ...measured, coverage, threshold: null })).toMatchObject({
      status: 'passed',
      notes: ['Coverage: 1 of 3 changed lines that can be run were run (33.3 %).'],
    });
    expect(withCoverage(passed, { ...measured, coverage: { run: 0, lines: 0, missed: [] } }).status).toBe(
      'passed',
    );
  });

  it('never passes a share that was asked for and not measured', () => {
    expect(withCoverage(passed, { ...measured, coverage: null }).status).toBe('failed');
    expect(withCoverage(passed, { ...measured, atBase: false, coverage: null }).status).toBe('unavailable');
    expect(withCoverage(passed, { atBase: false, threshold: null, coverage: null })).toBe(passed);
  });

  it('never makes a judgement better', () => {
    const statuses = fc.constantFrom('passed', 'failed', 'unavailable', 'unconfirmed');
    const asked = fc.record({
      atBase: fc.boolean(),
      threshold: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    });
    fc.assert(
      fc.property(statuses, files, fc.option(reports), asked, (status, all, told, wish) => {
        const before = judgement({ status });
        const coverage = told && changedCoverage(all, told);
        const after = withCoverage(before, { ...wish, coverage });
        expect(evidenceRank(after)).toBeLessThanOrEqual(evidenceRank(before));
        expect(coverage === null || coverage.run <= coverage.lines).toBe(true);
      }),
    );
  });

  it('leaving a line or a file out of a report never raises the share', () => {
    fc.assert(
      fc.property(files, reports, fc.nat(), (all, told, at) => {
        const known = [...told, { path: 'src/other.ts', lines: [[1, 1]] } as FileCoverage];
        const before = changedCoverage(all, known);
        const path = known[at % known.length]?.path;
        const after = changedCoverage(all, [...known.filter((file) => file.path !== path), OTHER]);
        expect(after.run).toBeLessThanOrEqual(before.run);
        expect(path?.endsWith('.ts') === true && after.lines < before.lines).toBe(false);
      }),
    );
  });
});
