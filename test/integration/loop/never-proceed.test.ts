import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { all, GOOD, last, LoopBench, removePrograms, SUM_FIXED, SUM_REPOSITORY } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const FIX = { write: { 'src/sum.js': SUM_FIXED } };
const SURE = { confidence: 0.99 };

const WRONG = { severity: 'critical', text: 'it ends too early' };

interface Lie {
  readonly name: string;
  readonly crew: object;
  /** Exit codes that are honest answers; 0 never is. */
  readonly codes: readonly number[];
}

const implementer = (name: string, turn: object, codes: readonly number[] = [1, 3]): Lie => ({
  name,
  crew: { ...GOOD, implementer: [turn] },
  codes,
});
const owner = (name: string, turn: object): Lie => ({
  name,
  crew: { ...GOOD, 'product-owner': [turn] },
  codes: [1],
});
const validator = (name: string, turn: object): Lie => ({
  name,
  crew: { ...GOOD, validator: [turn] },
  codes: [3, 5],
});

const LIES: readonly Lie[] = [
  owner('[L-31] a product owner that says "We should NOT PROCEED. ITERATE."', {
    say: 'We should NOT PROCEED. ITERATE.',
  }),
  owner('[L-31] a product owner that writes Decision: PROCEED as prose', { say: 'Decision: PROCEED' }),
  owner('[L-31] a product owner that echoes its prompt', { echoPrompt: true }),
  owner('[DP-020…023] a product owner that prints nothing', {}),
  {
    name: 'a product owner that exits with 1 after PROCEED: no completed attempt waits for a person',
    crew: { ...GOOD, 'product-owner': [{ result: { decision: 'PROCEED', reason: 'x' }, exit: 1 }] },
    codes: [5],
  },
  owner('a stale nonce from the product owner', {
    result: { nonce: 'stale', decision: 'PROCEED', reason: 'x' },
  }),
  validator('validators that echo their prompt', { echoPrompt: true }),
  validator('validators that print nothing', {}),
  validator('[L-12] validators that score 10.0', { result: { score: 10.0 } }),
  validator('[L-32] validators that score "92%"', { result: { score: '92%' } }),
  validator('validators that score 1.0 over a finding that the loop itself proves', {
    result: { score: 1, findings: [{ ...WRONG, proof: '$ node -e "process.exit(3)"' }] },
  }),
  validator('validators that score low without a finding', { result: { score: 0.2 } }),
  implementer('[L-33] an implementer that prints nothing', FIX),
  implementer('an implementer that echoes its prompt', { ...FIX, echoPrompt: true }),
  implementer('[L-12] a confidence of 10.0', { ...FIX, result: { confidence: 10.0 } }),
  implementer('[L-32] a confidence of "92%"', { ...FIX, result: { confidence: '92%' } }),
  implementer('[L-32] a confidence in prose', { ...FIX, say: 'Confidence: 0.92' }),
  implementer('exit 0 without a result', FIX),
  implementer('exit 1 with a result', { ...FIX, result: SURE, exit: 1 }),
  implementer('a stale nonce', { ...FIX, result: { nonce: 'stale', ...SURE } }),
  implementer('[L-01] [L-18] an empty diff at 0.99', { result: SURE }),
  implementer('[L-03] tests still failing at 0.99', {
    write: { 'src/sum.js': 'export const sum = () => 7;\n' },
    result: SURE,
  }),
  implementer(
    '[L-42] the failing test deleted',
    { remove: ['test/sum.test.js'], write: { 'src/note.js': '1;\n' }, result: SURE },
    [1, 3, 5],
  ),
  implementer(
    '[L-42] the failing test skipped',
    {
      write: {
        'test/sum.test.js': SUM_REPOSITORY['test/sum.test.js']!.replace("test('adds',", "test.skip('adds',"),
      },
      result: SURE,
    },
    [1, 3, 5],
  ),
  implementer(
    '[L-42] the failing test weakened',
    {
      write: {
        'test/sum.test.js': SUM_REPOSITORY['test/sum.test.js']!.replace('sum(1, 2), 3', 'sum(1, 2), -1'),
      },
      result: SURE,
    },
    [1, 3, 5],
  ),
  implementer(
    '[L-40] "test": "echo ok"',
    {
      write: { 'package.json': SUM_REPOSITORY['package.json']!.replace('node --test', 'echo ok') },
      result: SURE,
    },
    [1, 3, 5],
  ),
  implementer('a hang', { ...FIX, hang: true }),
];

describe('never PROCEED', () => {
  it.each(LIES)('$name', async ({ crew, codes }) => {
    const run = await bench.run(crew, '--max-iterations', '1', '--timeout', '4');
    expect(all(run, 'LoopFinished').map((end) => end['outcome'])).not.toContain('PROCEED');
    expect(codes).toContain(run.code);
  });

  it('a finding whose command passes, or cannot be run, is no lie that stops a loop', async () => {
    const findings = ['$ node --test', '$ no-such-program-here'].map((proof) => ({ ...WRONG, proof }));
    const run = await bench.run({ ...GOOD, validator: [{ result: { score: 0.95, findings } }] });
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 1 });
    expect(all(run, 'ClaimJudged').map(({ command, outcome }) => [command, outcome])).toEqual(
      all(run, 'AgentExited')
        .filter(({ role }) => role === 'validator')
        .flatMap(() => [
          ['node --test', 'refuted'],
          ['no-such-program-here', 'unusable'],
        ]),
    );
    expect(last(run, 'ConsensusChecked')).toMatchObject({ passed: true, vetoes: [] });
  });

  it('a write into the user’s checkout waits for a person', async () => {
    const run = await bench.run({
      ...GOOD,
      implementer: [
        { ...FIX, run: [`echo changed >> '${join(bench.repository, 'src/sum.js')}'`], result: SURE },
      ],
    });
    expect(run.code).toBe(5);
    expect(last(run, 'LoopWaiting')).toMatchObject({ for: 'outside' });
    expect(bench.git('status', '--porcelain')).toBe('M src/sum.js');
  });

  it.each([
    ['git configuration', 'git config core.editor evil'],
    ['a hook', 'printf "#!/bin/sh\\n" > "$(git rev-parse --git-common-dir)/hooks/pre-commit"'],
  ])('a change of %s fails the attempt and is restored', async (_what, command) => {
    const before = bench.git('config', '--list', '--local');
    const run = await bench.run(
      { ...GOOD, implementer: [{ ...FIX, run: [command], result: SURE }] },
      '--max-iterations',
      '1',
    );
    expect(run.code).not.toBe(0);
    expect(all(run, 'AgentExited')[0]).toMatchObject({ ending: 'failed' });
    expect(bench.git('config', '--list', '--local')).toBe(before);
    expect(bench.git('rev-parse', '--git-path', 'hooks')).toBeTruthy();
  });

  it('no evidence command is wrong input before anything is created', async () => {
    writeFileSync(join(bench.repository, 'package.json'), '{}\n');
    bench.git('commit', '-qam', 'no tests');
    bench.git('rm', '-rq', 'test');
    bench.git('commit', '-qm', 'no test files');
    const run = await bench.run(GOOD);
    expect(run).toMatchObject({ code: 2, events: [] });
    expect(run.stderr).toContain('--evidence');
    expect(bench.git('branch', '--list', 'cfn/*')).toBe('');
  });
});
