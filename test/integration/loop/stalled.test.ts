import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { all, GOOD, last, LoopBench, removePrograms, SUM_FIXED } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const attempt = (text: string) => ({ write: { 'src/sum.js': text }, result: { confidence: 0.95 } });
const MINUS = 'export const sum = (a, b) => a - 2 * b;\n';
const TIMES = 'export const sum = (a, b) => a * b * 7;\n';
const UNDOING = {
  ...GOOD,
  implementer: [attempt(MINUS), attempt(TIMES), attempt(MINUS), attempt(SUM_FIXED)],
};

describe('a loop whose agents undo each other', () => {
  it('goes on by default, and says that it came no nearer', async () => {
    const run = await bench.run(UNDOING);
    expect(run.code).toBe(0);
    expect(all(run, 'StallNoticed')).toEqual([
      expect.objectContaining({ iteration: 3, stall: 'oscillation', sinceIteration: 1 }),
    ]);
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 4 });
  });

  it('ends by the name of it with --on-stall stop, and keeps the best iteration', async () => {
    const run = await bench.run(UNDOING, '--on-stall', 'stop');
    expect(run.code).toBe(3);
    expect(last(run, 'LoopFinished')).toMatchObject({
      outcome: 'EXHAUSTED',
      stopReason: 'oscillation',
      iterations: 3,
    });
    expect(last(run, 'LoopFinished')?.['commit']).toMatch(/^[0-9a-f]{40}$/);
  });

  it('waits with --on-stall pause, and goes on by a person’s word', async () => {
    const waits = await bench.run(UNDOING, '--on-stall', 'pause');
    expect(waits.code).toBe(5);
    expect(last(waits, 'LoopWaiting')).toMatchObject({
      for: 'stalled',
      message: expect.stringMatching(/^Iteration 3 ends with the same files as iteration 1/) as string,
    });
    const goesOn = await bench.cfn('decide', 'sum', 'ITERATE', '--feedback', 'Just add them.', '--json');
    expect(goesOn.code).toBe(0);
    expect(last(goesOn, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 4 });
  });

  it('refuses what --on-stall does not take', async () => {
    const run = await bench.run(UNDOING, '--on-stall', 'panic');
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('--on-stall is "panic"; it takes go-on, pause or stop.');
  });
});
