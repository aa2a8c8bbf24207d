/** A real loop goes on after the worktree of one of its agents was removed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, last, LoopBench, removePrograms, SUM_FIXED } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => bench.finish());
afterAll(removePrograms);

it(
  'cfn gc --agent removes it while the person is asked, --restore brings it back, and the next iteration has its own',
  { timeout: 300_000 },
  async () => {
    const waiting = await bench.run(
      {
        ...GOOD,
        implementer: [
          ...GOOD.implementer,
          { write: { 'src/second.js': SUM_FIXED }, result: { confidence: 0.93, summary: 'again' } },
        ],
      },
      '--product-owner',
      'human',
    );
    expect(waiting.code).toBe(5);
    const worktree = join(bench.folder, 'my repo.cfn', 'sum', 'worker');
    writeFileSync(join(worktree, 'mine.txt'), 'a note of mine');
    const gc = ['gc', '--task-id', 'sum', '--agent', 'worker', '--json'];

    const [shown] = (await bench.cfn(...gc)).events;
    expect(shown).toMatchObject({ removed: false, unsaved: [{ path: 'mine.txt' }], rescued: null });
    expect(existsSync(worktree)).toBe(true);
    const [removed] = (await bench.cfn(...gc, '--yes')).events;
    expect(removed).toMatchObject({ removed: true, rescued: expect.stringMatching(/^refs\/cfn\/rescue\//) });
    expect(existsSync(worktree)).toBe(false);
    const restored = await bench.cfn(...gc, '--restore');
    expect(restored).toMatchObject({ code: 0, stderr: '', events: [{ path: worktree }] });
    expect(readFileSync(join(worktree, 'mine.txt'), 'utf8')).toBe('a note of mine');
    expect((await bench.cfn(...gc, '--yes')).events).toMatchObject([{ removed: true, rescued: null }]);
    expect(existsSync(worktree)).toBe(false);

    const again = await bench.cfn('decide', 'sum', 'ITERATE', '--feedback', 'More', '--json');
    expect(again).toMatchObject({ code: 5 });
    expect(readFileSync(join(worktree, 'src', 'second.js'), 'utf8')).toBe(SUM_FIXED);
    expect(existsSync(join(worktree, 'mine.txt'))).toBe(false);
    const ended = await bench.cfn('decide', 'sum', 'PROCEED', '--json');
    expect(last(ended, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 2 });
    expect(await bench.cfn(...gc, '--restore')).toMatchObject({
      code: 2,
      stderr: 'No worktree of worker in the loop "sum" was removed that could be restored.\n',
    });
    expect(bench.git('show', 'cfn/sum/result:src/second.js')).toBe(SUM_FIXED.trim());
    expect(bench.git('status', '--porcelain')).toBe('');
  },
);
