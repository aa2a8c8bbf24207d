import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, last, LoopBench, type LoopRun, removePrograms, SUM_FIXED } from './fixture.ts';

const LIMIT_MS = 240_000;

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const testOf = (...checks: readonly string[]): string =>
  [
    "import test from 'node:test';",
    "import assert from 'node:assert/strict';",
    "import { allowed } from '../src/allowed.js';",
    "test('allows', () => {",
    ...checks.map((check) => `  assert.equal(${check});`),
    '});',
    '',
  ].join('\n');
const WEAK = testOf('allowed(1, 5), true');
const STRONG = testOf(
  'allowed(1, 5), true',
  'allowed(5, 5), true',
  'allowed(0, 5), false',
  'allowed(6, 5), false',
);

const working = (test: string) => ({
  ...GOOD,
  implementer: [
    {
      write: {
        'src/sum.js': SUM_FIXED,
        'src/allowed.js': 'export const allowed = (count, most) => count > 0 && count <= most;\n',
        'test/allowed.test.js': test,
      },
      result: { confidence: 0.93, summary: 'adds now' },
    },
  ],
});
const notesOf = (run: LoopRun): readonly string[] => {
  const notes = last(run, 'GateChecked')?.['notes'];
  return Array.isArray(notes) ? notes.map(String) : [];
};
const sampled = (test: string, ...rest: readonly string[]) =>
  bench.run(working(test), '--max-iterations', '1', '--mutation-sample', '5', ...rest);

it(
  'a weak test lets mutants of changed lines live, which are named and fail nothing by themselves',
  async () => {
    const run = await sampled(WEAK);
    expect(run.code).toBe(0);
    const notes = notesOf(run);
    expect(notes[0]).toMatch(/^Mutants of changed lines: 0 of 3 noticed by the tests, in \d+ s\.$/);
    expect(notes.slice(1).toSorted()).toEqual([
      expect.stringMatching(/^Mutant not noticed: src\/allowed\.js:1 \(off-by-one\): .*count < most;`\.$/),
      expect.stringMatching(/^Mutant not noticed: src\/allowed\.js:1 \(off-by-one\): .*count >= 0 .*\.$/),
      expect.stringMatching(/^Mutant not noticed: src\/allowed\.js:1 \(other-connective\): .*\.$/),
    ]);
    // The result is the work as it was, and nothing of the mutants is left.
    expect(bench.git('show', 'cfn/sum/result:src/allowed.js')).toContain('count > 0 && count <= most');
    const left = readdirSync(bench.folder, { recursive: true, encoding: 'utf8' });
    expect(left.filter((path) => /evidence[\\/].*allowed\.js$/.test(path))).toEqual([]);
  },
  LIMIT_MS,
);

it(
  'a strong test kills them, and a weak one fails where a share is asked for',
  async () => {
    const strong = await sampled(STRONG, '--mutation-score', '1');
    expect(strong.code).toBe(0);
    expect(notesOf(strong)[0]).toMatch(/ 3 of 3 noticed by the tests/);

    const weak = await sampled(WEAK, '--mutation-score', '0.5', '--task-id', 'weak');
    expect(last(weak, 'GateChecked')).toMatchObject({
      passed: false,
      evidence: 'failed',
      reasons: expect.arrayContaining([expect.stringContaining('noticed 0 of 3 faults')]),
    });
  },
  LIMIT_MS,
);
