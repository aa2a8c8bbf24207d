import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-bench-verb-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

function bench() {
  const child = spawn(process.execPath, [cli, 'bench', '--json'], {
    env: { PATH: process.env['PATH'], HOME: folder, CFN_STATE_HOME: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>);
  });
  return { child, lines };
}

it('[AF-092] cfn bench measures four things beside their limits, and leaves nothing behind', async () => {
  const { child, lines } = bench();
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  expect(lines.map((line) => line['id'] ?? line['type'])).toEqual([
    'Machine',
    'durable-event',
    'checkpoint',
    'signal',
    'agent',
  ]);
  for (const line of lines.slice(1)) {
    const { median, samples, ratio, limit } = line as Record<string, number> & { limit: { median: number } };
    expect(samples).toBeGreaterThan(5);
    expect(median).toBeGreaterThan(0);
    expect(limit.median).toBeGreaterThan(0);
    expect(ratio).toBeCloseTo((median ?? 0) / limit.median);
  }
  expect(readdirSync(join(folder, 'state'))).toEqual([]);
});

it.skipIf(process.platform === 'win32')('cfn bench that is interrupted leaves nothing behind', async () => {
  const { child, lines } = bench();
  while (lines.length < 2) await once(child.stdout, 'data');
  child.kill('SIGINT');
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(130);
  expect(readdirSync(join(folder, 'state'))).toEqual([]);
});
