import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { ComplianceReport } from '../../../src/app/compliance/compliance.ts';
import type { HealthReport } from '../../../src/app/health/health-report.ts';
import { GOOD, LoopBench, programs, removePrograms } from './fixture.ts';

afterAll(removePrograms);

it('[DP-120] [DP-121] [DP-122] [SI-123] [SI-127] a real loop is measured, pushed, counted and healthy, and a damaged index is found and mended', async () => {
  const pushed: string[] = [];
  const gateway = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => pushed.push(`${request.url}\n${chunk.toString()}`));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const bench = await new LoopBench().create();
  bench.env['CFN_PUSHGATEWAY_URL'] = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const ask = async (...args: readonly string[]) => {
    const { code, stderr, events } = await bench.cfn('doctor', ...args, '--json');
    const answer: unknown = events[0];
    return {
      code,
      stderr,
      answer: answer as HealthReport & ComplianceReport & { readonly fixes: readonly object[] },
    };
  };
  try {
    expect((await bench.run(GOOD)).code).toBe(0);
    expect(pushed).toHaveLength(1);
    expect(pushed[0]).toMatch(/^\/metrics\/job\/cfn_loop\n[^]*^cfn_loop_duration_seconds \d+\.?\d*\n$/m);

    const compliance = await ask('--compliance', 'sum');
    const states = compliance.answer.boxes.map(({ id, state, proof }) => ({ id, state, proof }));
    expect(states.filter(({ state }) => state !== 'met').map(({ id }) => id)).toEqual(['DP-152']);

    const cli = join(await programs(), 'cli.js');
    const metrics = execFileSync(process.execPath, [cli, 'metrics'], {
      cwd: bench.repository,
      env: bench.env,
      encoding: 'utf8',
    });
    expect(metrics).toContain('cfn_loop_duration_seconds_count{mode="standard",outcome="PROCEED"} 1\n');
    expect(metrics).toContain(
      'cfn_agent_attempts_total{preset="exec",role="validator",ending="completed"} 2\n',
    );

    const log = execFileSync(process.execPath, [cli, 'doctor', '--log', '1000'], {
      cwd: bench.repository,
      env: bench.env,
      encoding: 'utf8',
    });
    const lines = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    const ended = lines.filter((line) => line['message'] === 'AgentExited');
    expect(ended.map((line) => line['agent_id'])).toEqual(
      expect.arrayContaining(['owner', 'v1', 'v2', 'worker']),
    );
    for (const line of ended) {
      expect(line).toMatchObject({ level: 'INFO', task_id: 'sum' });
      expect(line['timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    }

    const well = await ask();
    expect(well.answer.checks.filter((check) => check.state === 'error')).toEqual([]);
    expect(well.code).toBe(0);

    const made = join(bench.folder, 'my repo.cfn', 'sum', 'worker');
    const moved = join(bench.folder, 'worker-of-mine');
    renameSync(made, moved);
    const worktrees = (report: HealthReport) => report.checks.find((check) => check.id === 'worktrees');
    expect(worktrees((await ask()).answer)).toMatchObject({
      state: 'warning',
      detail: `worker of sum: moved from ${made} to ${moved}`,
      fix: 'repair-worktrees',
    });
    const repaired = await ask('--fix');
    expect(repaired.answer.fixes).toContainEqual({
      id: 'repair-worktrees',
      ok: true,
      message: `worker of sum is taken up at ${moved}.`,
    });
    expect(worktrees(repaired.answer)).toMatchObject({ state: 'ok', fix: null });

    const stateFolder = join(bench.folder, 'state', 'cfn');
    const id = readdirSync(stateFolder).find((name) => /^[0-9a-f]{32}$/.test(name)) ?? '';
    writeFileSync(join(stateFolder, id, 'index.sqlite'), 'x'.repeat(8192));
    const ill = await ask();
    expect(ill).toMatchObject({
      code: 1,
      stderr: '[ERROR] Database not accessible\n',
      answer: { errors: 1 },
    });
    const mended = await ask('--fix');
    expect(mended.answer.fixes).toContainEqual(expect.objectContaining({ id: 'rebuild-index', ok: true }));
    expect(mended).toMatchObject({ code: 0, answer: { errors: 0 } });
  } finally {
    gateway.close();
    bench.finish();
  }
});
