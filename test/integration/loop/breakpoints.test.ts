import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HandOver } from '../../../src/app/hand-overs.ts';
import { all, GOOD, last, LoopBench, programs, removePrograms } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

async function handOver(point: number, ...args: readonly string[]): Promise<HandOver> {
  const cli = join(await programs(), 'cli.js');
  const words = [cli, 'transfer', 'sum', String(point), '--json', ...args];
  const { stdout } = await promisify(execFile)(process.execPath, words, {
    cwd: bench.repository,
    env: bench.env,
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout) as HandOver;
}

const payload = (
  change: (held: Record<string, unknown>) => Record<string, unknown>,
  text: string,
): string => {
  const file = join(bench.folder, 'edited.json');
  writeFileSync(file, JSON.stringify(change(JSON.parse(text) as Record<string, unknown>), null, 2));
  return file;
};

describe('a breakpoint on a transfer point', () => {
  it('holds the loop, shows what is handed over, takes an edit, and steers the next iteration with it', async () => {
    const first = await bench.run(GOOD, '--breakpoint', '5');
    expect(first.code).toBe(5);
    expect(last(first, 'LoopWaiting')).toMatchObject({ for: 'breakpoint' });
    expect(all(first, 'TransferPoint').map(({ point }) => point)).toEqual([1, 2, 3, 4]);

    const held = await handOver(5);
    expect(held.editable).toEqual(['passed', 'reasons']);
    expect(JSON.parse(held.parts[0]?.text ?? '')).toMatchObject({ passed: true, actualConfidence: 0.93 });

    const wrong = await bench.cfn(
      'release',
      'sum',
      '--payload',
      payload((gate) => ({ ...gate, evidence: 'failed' }), held.parts[0]?.text ?? ''),
    );
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('"evidence" of transfer point 5 is a fact and stays as it is');

    const edited = payload(
      (gate) => ({ ...gate, passed: false, reasons: ['Name the operands'] }),
      held.parts[0]?.text ?? '',
    );
    const second = await bench.cfn('release', 'sum', '--json', '--payload', edited);
    expect(second.code).toBe(5);
    expect(last(second, 'LoopResumed')).toMatchObject({ for: 'breakpoint', point: 5, edited: true });

    const sentBack = await handOver(5, '--iteration', '1');
    expect(sentBack.parts[0]).toMatchObject({ edited: true, exact: true, verified: true });
    const assigned = await handOver(1, '--iteration', '2');
    expect(JSON.parse(assigned.parts[0]?.text ?? '')).toMatchObject({ feedback: ['Name the operands'] });
    expect(assigned.prompts[0]).toMatchObject({ agentId: 'worker', attempt: 1 });
    expect(assigned.prompts[0]?.text).toContain('(person) Name the operands');

    const end = await bench.cfn('release', 'sum', '--json');
    expect(end.code).toBe(0);
    expect(last(end, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 2 });
    for (const point of [1, 2, 3, 4, 5, 6, 7]) {
      const { parts } = await handOver(point);
      expect(parts.length, `point ${point}`).toBeGreaterThan(0);
      for (const part of parts) expect(part, `point ${point}`).toMatchObject({ exact: true, verified: true });
    }
  });

  it('is set and released from another process while the loop runs, and holds the last record too', async () => {
    const go = join(bench.folder, 'go');
    const waiting = {
      ...GOOD,
      implementer: [{ ...GOOD.implementer[0], run: [`until test -e '${go}'; do sleep 0.05; done`] }],
    };
    const waits: unknown[] = [];
    const started = await bench.start(bench.runArguments(waiting), (event) => {
      if (event.type === 'AgentStarted' && event['agentId'] === 'worker') begun();
      if (event.type === 'LoopWaiting') waits.push(event['for']);
    });
    let begun: () => void = () => undefined;
    await new Promise<void>((resolve) => {
      begun = resolve;
    });
    expect((await bench.cfn('breakpoint', 'sum', '7')).code).toBe(0);
    writeFileSync(go, '');
    expect((await started.ended).code).toBe(5);
    expect(waits).toEqual(['breakpoint']);
    const { parts, editable } = await handOver(7);
    expect(editable).toEqual([]);
    expect(JSON.parse(parts[0]?.text ?? '')).toMatchObject({ approved: true, mergedToMain: false });
    expect((await bench.cfn('release', 'sum')).code).toBe(0);
    expect((await bench.cfn('release', 'sum')).stderr).toContain('has ended');
  });
});

describe('an agent that is to run again', () => {
  it('is ended with its whole tree, and another program takes its place', async () => {
    const helper = join(bench.folder, 'helper.pid');
    const hanging = {
      ...GOOD,
      implementer: [{ run: [`sleep 300 & echo $! > '${helper}'`], hang: true }],
    };
    const started = await bench.start(bench.runArguments(hanging));
    const pid = () => Number(readFileSync(helper, 'utf8'));
    await vi.waitFor(() => expect(pid()).toBeGreaterThan(0), { timeout: 30_000, interval: 50 });
    const child = pid();
    // The scenario file is one; the newcomer plays its own.
    const other = bench.crew(GOOD);
    expect((await bench.cfn('retry', 'sum', 'nobody')).stderr).toContain(`it takes one of the loop's crew`);
    expect((await bench.cfn('retry', 'sum', 'worker', '--with', other)).code).toBe(0);
    const run = await started.ended;
    expect(run.code).toBe(0);
    expect(all(run, 'AgentExited').filter(({ agentId }) => agentId === 'worker')).toMatchObject([
      { attempt: 1, ending: 'cancelled' },
      { attempt: 2, ending: 'completed' },
    ]);
    expect(existsSync(`/proc/${child}`)).toBe(false);
  });

  it('is ended also by the process that takes the loop up after a kill', async () => {
    const started = await bench.start(bench.runArguments({ ...GOOD, implementer: [{ hang: true }] }));
    let begun: () => void = () => undefined;
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    started.child.stdout?.on('data', (text: string) => {
      if (text.includes('AgentStarted')) begun();
    });
    await running;
    started.child.kill('SIGKILL');
    await started.ended;
    const other = bench.crew(GOOD);
    expect((await bench.cfn('retry', 'sum', 'worker', '--with', other)).code).toBe(0);
    const resumed = await bench.cfn('resume', 'sum', '--json');
    expect(resumed.code).toBe(0);
    expect(last(resumed, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
  });
});
