import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCommandRunner } from '../../src/adapters/command/command-runner.ts';
import { systemClock } from '../../src/base/clock.ts';

const runner = createCommandRunner({
  clock: systemClock,
  token: () => randomBytes(16).toString('hex'),
  killGraceMs: 300,
});
const never = new AbortController().signal;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-command-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const environment = (): Record<string, string> => ({ PATH: process.env['PATH'] ?? '' });
/** Runs a Node program in the folder; a file, because quoting differs between shells. */
async function node(program: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  await writeFile(join(folder, 'program.cjs'), program);
  const chunks: string[] = [];
  const outcome = await runner.run(
    {
      command: 'node program.cjs',
      cwd: folder,
      writes: [folder],
      env: environment(),
      timeoutMs: options.timeoutMs ?? 30_000,
      onOutput: (text) => chunks.push(text),
    },
    options.signal ?? never,
  );
  return { ...outcome, output: chunks.join('') };
}
/** A zombie is dead: it waits for whoever inherited it. */
const lives = (pid: number): boolean => {
  if (process.platform === 'linux') {
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
    return stat !== '' && !stat.includes(') Z ');
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const pidIn = async (name: string): Promise<number> => Number(await readFile(join(folder, name), 'utf8'));

describe('a command', () => {
  it('gives exit code, output and its last part', async () => {
    const outcome = await node(`console.log('out'); console.error('err'); process.exitCode = 3`);
    expect(outcome).toMatchObject({ status: 'ended', exitCode: 3, signal: null });
    expect(outcome.output).toContain('out\n');
    expect(outcome.tail).toContain('err\n');
  });

  it('has no terminal, empty standard input and no variable but its own', async () => {
    process.env['CFN_TEST_SECRET_KEY'] = 'sk-1';
    const outcome = await node(`
      let input = ''; process.stdin.on('data', (d) => { input += d }).on('end', () => {
        console.log(JSON.stringify([input, !!process.stdout.isTTY, process.env.CFN_TEST_SECRET_KEY ?? null]));
      })`);
    delete process.env['CFN_TEST_SECRET_KEY'];
    expect(JSON.parse(outcome.output)).toEqual(['', false, null]);
  });

  it('never splits a character that arrives in two writes', async () => {
    const outcome = await node(`
      const bytes = Buffer.from('grün 😀');
      const next = (i) => i < bytes.length && process.stdout.write(bytes.subarray(i, i + 1), () => setImmediate(next, i + 1));
      next(0)`);
    expect(outcome.output).toBe('grün 😀');
  });

  it('keeps 8 kB of 20 MB', async () => {
    const outcome = await node(
      `for (let i = 0; i < 2000; i++) console.log('x'.repeat(9999)); console.log('END')`,
    );
    expect(outcome.output).toHaveLength(20_000_004);
    expect(outcome.tail).toHaveLength(8_192);
    expect(outcome.tail.endsWith('END\n')).toBe(true);
  });

  it('[L-41] is ended with its whole tree when it is over its limit, even where TERM is ignored', async () => {
    const outcome = await node(
      `const { spawn } = require('node:child_process');
       process.on('SIGTERM', () => {});
       const child = spawn(process.execPath, ['-e', "process.on('SIGTERM',()=>{});setInterval(()=>{},1e3)"], { stdio: 'inherit' });
       require('node:fs').writeFileSync('child', String(child.pid));
       console.log('hanging'); setInterval(() => {}, 1000)`,
      { timeoutMs: 1_500 },
    );
    expect(outcome).toMatchObject({ status: 'timeout', exitCode: null });
    expect(lives(await pidIn('child'))).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')(
    '[L-41] leaves no daemon behind that left its session and lost its parent (needs /proc)',
    async () => {
      const daemon = `require('node:fs').writeFileSync('daemon', String(process.pid)); setInterval(() => {}, 1000)`;
      const outcome = await node(`
        const { spawn } = require('node:child_process'); const fs = require('node:fs');
        const middle = \`require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(JSON.stringify(daemon)).slice(1, -1)}], { detached: true, stdio: 'ignore' }).unref()\`;
        spawn(process.execPath, ['-e', middle], { detached: true, stdio: 'ignore' });
        const wait = setInterval(() => { if (fs.existsSync('daemon') && fs.readFileSync('daemon', 'utf8')) { clearInterval(wait); process.exit(0) } }, 10)`);
      expect(outcome).toMatchObject({ status: 'ended', exitCode: 0 });
      expect(lives(await pidIn('daemon'))).toBe(false);
    },
  );

  it('ends when a background process holds its output open', async () => {
    const outcome = await node(`
      require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(()=>{},1e3)'], { stdio: 'inherit' }).unref();
      console.log('done'); process.exit(0)`);
    expect(outcome).toMatchObject({ status: 'ended', exitCode: 0, output: 'done\n' });
    expect(outcome.durationMs).toBeLessThan(10_000);
  });

  it('ends when it is cancelled', async () => {
    const cancel = new AbortController();
    const running = runner.run(
      {
        command: 'node -e "console.log(1);setInterval(()=>{},1e3)"',
        cwd: folder,
        writes: [folder],
        env: environment(),
        timeoutMs: 30_000,
        onOutput: () => cancel.abort(),
      },
      cancel.signal,
    );
    expect(await running).toMatchObject({ status: 'aborted' });
  });

  it('says why it could not start', async () => {
    const gone = join(folder, 'gone');
    expect(existsSync(gone)).toBe(false);
    const outcome = await runner.run(
      { command: 'node -v', cwd: gone, writes: [], env: environment(), timeoutMs: 5_000 },
      never,
    );
    expect(outcome.status).toBe('not-started');
    expect(outcome.tail).toContain('ENOENT');
  });
});
