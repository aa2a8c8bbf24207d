import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GOOD, last, LoopBench, removePrograms, SUM_FIXED, type LoopRun } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const loopFolder = (): string => {
  const home = join(bench.folder, 'state', 'cfn');
  const id = readdirSync(home).find((name) => existsSync(join(home, name, 'loops', 'sum')));
  return join(home, id ?? 'none', 'loops', 'sum');
};

/** Pid of whoever holds the loop, and its epoch. */
function holder(): { readonly pid: number; readonly epoch: number } {
  const epochs = readdirSync(loopFolder()).flatMap((name) => /^holder-(\d+)$/.exec(name)?.[1] ?? []);
  const epoch = Math.max(...epochs.map(Number));
  const record = JSON.parse(readFileSync(join(loopFolder(), `holder-${epoch}`, 'process.json'), 'utf8')) as {
    pid: number;
  };
  return { pid: record.pid, epoch };
}

/** Whether a process waits for changes of a folder, which a follower does and nobody before. */
function follows(pid: number | undefined): boolean {
  const folder = `/proc/${pid}/fdinfo`;
  return readdirSync(folder).some((name) => {
    try {
      return readFileSync(join(folder, name), 'utf8').includes('inotify wd');
    } catch {
      return false;
    }
  });
}

const journal = (): readonly { readonly seq: number; readonly epoch: number }[] =>
  readFileSync(join(loopFolder(), 'journal.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line.slice(9)) as { seq: number; epoch: number });

describe.skipIf(process.platform !== 'linux')('four processes on one loop', () => {
  it('[X-08] one writes; a killed one is replaced at once, a suspended one is not; all see the same end', async () => {
    const go = join(bench.folder, 'go');
    const scenario = {
      ...GOOD,
      implementer: [
        {
          write: { 'src/sum.js': SUM_FIXED },
          run: [`until test -e '${go}'; do sleep 0.05; done`],
          result: { confidence: 0.93 },
        },
      ],
    };
    const first = await bench.start(bench.runArguments(scenario));
    const hasStarted = () => existsSync(join(loopFolder(), 'attempts', '1', 'worker', '1', 'runner.json'));
    await vi.waitFor(() => expect(hasStarted()).toBe(true), 30_000);
    const others = [
      await bench.start(bench.runArguments(scenario)),
      await bench.start(['resume', 'sum', '--json']),
    ];
    // A command of a fourth process arrives at whoever holds the loop.
    expect((await bench.cfn('feedback', 'sum', 'mind the zero')).code).toBe(0);
    expect(holder()).toMatchObject({ pid: first.child.pid, epoch: 1 });
    for (const { child } of others) await vi.waitFor(() => expect(follows(child.pid)).toBe(true), 20_000);

    const before = Date.now();
    first.child.kill('SIGKILL');
    await vi.waitFor(() => expect(holder().epoch).toBe(2), { timeout: 10_000, interval: 20 });
    const tookMs = Date.now() - before;
    const second = holder();
    expect(others.map(({ child }) => child.pid)).toContain(second.pid);

    process.kill(second.pid, 'SIGSTOP');
    const refused = await bench.cfn('feedback', 'sum', 'are you there');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('The process that runs sum does not answer; wake it if it is suspended');
    expect(holder()).toEqual(second);
    process.kill(second.pid, 'SIGCONT');

    writeFileSync(go, '');
    const runs: readonly LoopRun[] = await Promise.all(others.map(({ ended }) => ended));
    for (const run of runs) {
      expect(run.code).toBe(0);
      expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 1 });
    }
    const said = runs.map((run) => run.stderr.includes('it goes on here'));
    expect(said.filter(Boolean)).toHaveLength(1);
    const lines = journal();
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1));
    expect(new Set(lines.map(({ epoch }) => epoch))).toEqual(new Set([1, 2]));
    expect(lines.map(({ epoch }) => epoch)).toEqual(
      lines.map(({ epoch }) => epoch).sort((one, other) => one - other),
    );
    process.stdout.write(`${JSON.stringify({ tookMs })}\n`);
  });
});
