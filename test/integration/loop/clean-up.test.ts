/** A real loop, its history, and what is left of it after `cfn gc --yes`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, last, LoopBench, removePrograms } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => bench.finish());
afterAll(removePrograms);

it('cfn gc archives a loop that is over, and cfn replay tells its history exactly, before and after', async () => {
  const run = await bench.run(GOOD);
  expect(run.code).toBe(0);
  expect((await bench.cfn('replay', 'sum', '--json')).events).toEqual(run.events);

  const [young] = (await bench.cfn('gc', '--json')).events;
  expect(young).toMatchObject({ removed: false, loops: [{ taskId: 'sum', kept: 'it ended too recently' }] });
  const worktree = join(bench.folder, 'my repo.cfn', 'sum', 'worker');
  expect(existsSync(worktree)).toBe(true);

  const cleaned = await bench.cfn('gc', '--older-than', '0d', '--yes', '--json');
  expect(cleaned.stderr).toBe('');
  expect(cleaned.events).toMatchObject([{ removed: true, loops: [{ taskId: 'sum', kept: null }] }]);
  expect(existsSync(worktree)).toBe(false);
  // The result is not merged: it stays, and everything else of the loop is reachable from it.
  const refs = bench.git('for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/cfn').split('\n');
  expect(refs.filter((ref) => !ref.startsWith('refs/cfn/rescue/'))).toEqual([
    'refs/heads/cfn/sum/result',
    'refs/heads/main',
  ]);
  expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toContain('a + b');

  expect((await bench.cfn('replay', 'sum', '--json')).events).toEqual(run.events);
  const [status] = (await bench.cfn('status', 'sum', '--json')).events;
  expect(status).toMatchObject({ taskId: 'sum', outcome: 'PROCEED' });
  expect((await bench.cfn('logs', 'sum')).stderr).toMatch(
    /archived; unpack them with: tar -xzf .*attempts\.tar\.gz/,
  );
  const resumed = await bench.cfn('resume', 'sum', '--json');
  expect(last(resumed, 'LoopFinished')).toEqual(last(run, 'LoopFinished'));
  const again = await bench.run(GOOD);
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/There is a loop "sum" already|finished/);
});
