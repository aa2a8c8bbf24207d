import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { all, GOOD, last, LoopBench, removePrograms, SUM_FIXED, type LoopRun } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => bench.finish());
afterAll(removePrograms);

const TRACE = {
  ...GOOD,
  implementer: [
    {
      write: { 'src/sum.js': SUM_FIXED },
      result: { confidence: 0.75, issues: [{ severity: 'warning', text: 'negative numbers are untested' }] },
    },
    { write: { 'src/sum.js': `${SUM_FIXED}// negative numbers too\n` }, result: { confidence: 0.93 } },
  ],
};

const steps = (run: LoopRun): readonly string[] =>
  run.events.map((event) => (event.type === 'TransferPoint' ? `TP${String(event['point'])}` : event.type));

describe('cfn-v3:dataflow the seeds’ trace through cfn run --json', () => {
  it('[FL-080…082] [FL-040…050] [FL-072] [FL-073] [FL-075] [FL-131…137] [X-01] fails the gate at 0.75, passes it at 0.93, reaches consensus and proceeds', async () => {
    const run = await bench.run(TRACE, '--gate', '0.85');
    expect(run.stderr).not.toContain('rror');
    expect(run.code).toBe(0);
    const iteration =
      'TP1 AgentStarted AgentExited TP2 Integrated TP3 TP4 EvidenceCollected EvidenceCollected GateChecked TP5';
    const validators = steps(run).slice(24, 28);
    expect(steps(run).join(' ')).toBe(
      `LoopStarted EvidenceCollected ${iteration} ${iteration} ${validators.join(' ')} ConsensusChecked TP6 AgentStarted AgentExited DecisionMade TP7 LoopFinished`,
    );
    expect(validators.toSorted()).toEqual(['AgentExited', 'AgentExited', 'AgentStarted', 'AgentStarted']);
    expect(
      all(run, 'GateChecked').map((gate) => [gate['actualConfidence'], gate['threshold'], gate['passed']]),
    ).toEqual([
      [0.75, 0.85, false],
      [0.93, 0.85, true],
    ]);
    expect(last(run, 'ConsensusChecked')).toMatchObject({ passed: true, threshold: 0.9, score: 0.95 });
    const points = all(run, 'TransferPoint');
    expect(new Set(points.map((point) => point['point']))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
    expect(
      points.every((point) => point['verified'] === true && /^[0-9a-f]{64}$/.test(String(point['sha256']))),
    ).toBe(true);
    expect(last(run, 'LoopFinished')).toMatchObject({
      outcome: 'PROCEED',
      iterations: 2,
      mergedToMain: false,
    });
    expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toContain('negative numbers too');
    expect(bench.git('status', '--porcelain')).toBe('');
  });

  it('[FL-061…067] [FL-093…096] [SI-034] writes each hand-over under its key, in the shape of the seeds', async () => {
    const run = await bench.run(TRACE, '--gate', '0.85');
    expect(
      all(run, 'TransferPoint')
        .map((point) => point['key'])
        .slice(-7),
    ).toEqual([
      'task:sum:assignment',
      'task:sum:output',
      'task:sum:loop2',
      'task:sum:loop3',
      'gate:sum',
      'handoff:sum:reviewer',
      'task:sum:final',
    ]);
  });

  it('[FL-070] [FL-071] [FL-074] [FL-102] [FL-134] [FL-046] puts context and, item by item, the feedback into the prompts', async () => {
    const run = await bench.run(TRACE, '--gate', '0.85');
    const folder = attemptsFolder(bench);
    const first = readFileSync(join(folder, '1/worker/1/prompt.md'), 'utf8');
    expect(first).toMatch(/^You are implementing: Make sum add\nRequirements: /);
    expect(first).not.toContain('Feedback from');
    const second = readFileSync(join(folder, '2/worker/1/prompt.md'), 'utf8');
    expect(second).toContain('1. (worker) [warning] negative numbers are untested');
    const review = readFileSync(join(folder, '2/v1/1/prompt.md'), 'utf8');
    expect(review).toMatch(
      /^Review code: [\s\S]*\+export const sum = \(a, b\) => a \+ b;[\s\S]*\nAddress: [\s\S]*\nOriginal confidence: 0\.93/,
    );
    expect(run.code).toBe(0);
  });
});

describe('cfn-v3:confidence', () => {
  it('[FL-100] [FL-135] [FL-136] [FL-138] carries the confidence unchanged from report to gate', async () => {
    const run = await bench.run(GOOD);
    expect(all(run, 'AgentExited').find((exit) => exit['agentId'] === 'worker')).toMatchObject({
      confidence: 0.93,
    });
    expect(last(run, 'GateChecked')).toMatchObject({
      actualConfidence: 0.93,
      evidence: 'passed',
      reasons: [],
    });
    expect(last(run, 'ConsensusChecked')).toMatchObject({ score: 0.95 });
  });
});

function attemptsFolder(from: LoopBench): string {
  const state = join(String(from.env['XDG_STATE_HOME']), 'cfn');
  const id = readFileSync(join(from.repository, '.git/cfn-id'), 'utf8').trim();
  return join(state, id, 'loops/sum/attempts');
}
