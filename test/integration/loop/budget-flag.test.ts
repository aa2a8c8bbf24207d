import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, last, LoopBench, removePrograms } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

it('--budget-per-day stands in place of the setting, for one command', async () => {
  const folder = join(bench.folder, 'config', 'cfn');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), '{ "version": 1, "budgetPerDay": 0 }');
  const held = await bench.run(GOOD, '--task-id', 'held');
  expect(held.code).toBe(5);
  expect(last(held, 'LoopWaiting')).toMatchObject({ for: 'budget' });
  expect((await bench.run(GOOD, '--task-id', 'free', '--budget-per-day', '10')).code).toBe(0);

  const wrong = await bench.run(GOOD, '--task-id', 'wrong', '--budget-per-day', 'much');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('--budget-per-day is "much"; it takes US dollars');
}, 180_000);
