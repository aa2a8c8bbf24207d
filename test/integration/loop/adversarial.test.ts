import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { all, GOOD, last, LoopBench, removePrograms } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const WORK = ['export const sum = (a, b) => {', '  if (b === 0) return a;', '  return a + b;', '};', ''].join(
  '\n',
);
const FOUND = { severity: 'critical', text: 'the check of 0 is inverted', file: 'src/sum.js', line: 2 };

/** Keeps what an attempt had before it. */
const keep = () => [`cp src/sum.js '${bench.folder}'/seen-$AGENT_ID-$CFN_ATTEMPT`];
const seen = (name: string) => readFileSync(join(bench.folder, `seen-${name}`), 'utf8');

const crew = () => ({
  ...GOOD,
  implementer: [{ write: { 'src/sum.js': WORK }, result: { confidence: 0.93, summary: 'adds now' } }],
  validator: [{ run: keep(), result: { score: 0.95 } }],
  'v1#1': [{ run: keep(), result: { score: 0.3, findings: [FOUND] } }],
  'v2#1': [{ run: keep(), result: { score: 0.3, findings: [FOUND] } }],
});
const THREE = ['v1', 'v2', 'v3'].flatMap((id) => ['--validator', `${id}=CREW`]);
const QUICK = ['--evidence', 'git --version', '--adversarial-rate', '1', ...THREE];

it('who misses a fault that was seeded into a copy of the work loses its vote, and the copy stays one', async () => {
  const run = await bench.run(crew(), ...QUICK);
  const came = all(run, 'ProbeJudged').map(({ agentId, outcome }) => [agentId, outcome]);
  expect(Object.fromEntries(came)).toEqual({ v1: 'found', v2: 'found', v3: 'missed' });
  expect(all(run, 'ProbeJudged')[0]?.['fault']).toMatchObject({
    file: 'src/sum.js',
    line: 2,
    before: '  if (b === 0) return a;',
  });
  expect(last(run, 'ConsensusChecked')).toMatchObject({ passed: true, score: 0.95, dissent: [] });
  expect(last(run, 'ConsensusChecked')?.['votes']).toContainEqual({ agentId: 'v3', score: 0.95, lost: true });
  expect(run.code).toBe(0);

  // Each read a copy that differs from the work in one place, then the work; nothing that stays has the copy.
  for (const id of ['v1', 'v2', 'v3']) {
    expect(seen(`${id}-1`)).toContain('if (b !== 0) return a;');
    expect(seen(`${id}-2`)).toBe(WORK);
  }
  expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toBe(WORK.trim());
  expect(bench.git('log', '--all', '--format=%H', '-S', 'b !== 0', '--', 'src/sum.js')).toBe('');
  expect(bench.git('status', '--porcelain')).toBe('');
});

it('without code to place a fault in, it says so and counts nothing', async () => {
  const run = await bench.run(
    {
      ...GOOD,
      implementer: [{ write: { 'notes.md': 'a === b\n' }, result: { confidence: 0.93, summary: 'x' } }],
    },
    ...QUICK,
  );
  expect(all(run, 'ProbeJudged').map(({ outcome, fault }) => [outcome, fault])).toEqual(
    Array.from({ length: 3 }, () => ['void', null]),
  );
  expect(all(run, 'AgentExited').filter(({ role }) => role === 'validator')).toHaveLength(3);
});
