import { rm, writeFile } from 'node:fs/promises';
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

it('what fails again and again stops the loop with a reason that stays until it is resumed', async () => {
  const inTheWay = `${bench.repository}.cfn`;
  await writeFile(inTheWay, 'no folder');
  const stopped = await bench.run(GOOD);
  expect(stopped.code).toBe(70);
  expect(all(stopped, 'LoopFaulted')).toHaveLength(1);
  expect(last(stopped, 'LoopFaulted')).toMatchObject({
    work: 'prepare-iteration:1',
    message: expect.stringContaining('"prepare-iteration:1" failed 5 times, the last time with: '),
  });
  const [view] = (await bench.cfn('status', 'sum', '--json')).events;
  expect(view?.['fault']).toMatchObject({ message: last(stopped, 'LoopFaulted')?.['message'] });

  await rm(inTheWay);
  const resumed = await bench.cfn('resume', 'sum', '--json');
  expect(resumed.code).toBe(0);
  expect(last(resumed, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
}, 180_000);
