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

describe('a loop whose holder is killed', () => {
  it('goes on in the process that follows it, which ends with its outcome', async () => {
    const slow = {
      ...GOOD,
      validator: [{ run: ['sleep 1'], result: { score: 0.95 } }],
      implementer: [{ write: { 'src/sum.js': SUM_FIXED }, run: ['sleep 3'], result: { confidence: 0.93 } }],
    };
    let follower: ReturnType<LoopBench['start']> | undefined;
    const holder = await bench.start(bench.runArguments(slow), (event, child) => {
      if (event.type !== 'AgentStarted') return;
      follower ??= bench.start(bench.runArguments(slow), () => child.kill('SIGKILL'));
    });
    await holder.ended;
    const run = await (await follower)?.ended;
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining('it goes on here') });
    expect(last(run!, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 1 });
  });
});

describe('COST_SAVINGS_MODE=yes', () => {
  it('[FL-140] runs one agent at a time, with all seven transfer points verified', async () => {
    bench.env['COST_SAVINGS_MODE'] = 'yes';
    const run = await bench.run(GOOD);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('1 at a time');
    let running = 0;
    for (const event of run.events) {
      if (event.type === 'AgentStarted') running += 1;
      if (event.type === 'AgentExited') running -= 1;
      expect(running).toBeLessThan(2);
    }
    expect(all(run, 'TransferPoint').map((event) => [event['point'], event['verified']])).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((point) => [point, true]),
    );
  });
});
