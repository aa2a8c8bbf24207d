import { build } from 'esbuild';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ARGV = [
  'run',
  '--task',
  'Do it',
  '--implementer',
  'demo',
  '--validator',
  'demo',
  '--product-owner',
  'demo',
];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-cli-'));
  await promisify(execFile)(process.execPath, ['esbuild.mjs', `--outdir=${folder}`], { cwd: root });
  await build({
    entryPoints: { core: join(root, 'test/fixtures/scripted-core.ts') },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outdir: folder,
    allowOverwrite: true,
    logLevel: 'error',
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(script: string, argv: readonly string[] = [...ARGV, '--json']) {
  const child = spawn(process.execPath, [join(folder, 'cli.js'), ...argv], {
    env: { ...process.env, CFN_TEST_SCRIPT: script },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const started = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes('LoopStarted')) resolve();
    });
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>(
    (resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    },
  );
  return { child, started, ended };
}
const types = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);

describe('the process of cfn run', () => {
  it('ends with 0 once the loop did, whatever is still open', async () => {
    expect(await start('finish').ended).toMatchObject({ code: 0 });
  });

  it('ends with 5 when the loop waits and nobody is at a terminal', async () => {
    const { code, stdout, stderr } = await start('wait').ended;
    expect(code).toBe(5);
    expect(types(stdout)).toEqual(['LoopStarted', 'LoopWaiting']);
    expect(stderr).toContain('cfn decide fix-login');
  });

  it('loses no event at its end, however many there are', async () => {
    const { code, stdout } = await start('flood').ended;
    expect(code).toBe(3);
    expect(types(stdout)).toHaveLength(20_002);
  });

  it('ends with 70 and no LoopFinished on a fault of its own', async () => {
    for (const script of ['throw', 'crash']) {
      const { code, stdout, stderr } = await start(script).ended;
      expect(code).toBe(70);
      expect(stdout).not.toContain('LoopFinished');
      expect(stderr).toContain('on purpose');
    }
  });

  it.skipIf(process.platform === 'win32')('cancels the loop on Ctrl+C and ends with 130', async () => {
    const { child, started, ended } = start('run');
    await started;
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(types(stdout).at(-1)).toBe('LoopFinished');
  });

  it.skipIf(process.platform === 'win32').each(['SIGTERM', 'SIGHUP'] as const)(
    'lets go of the loop on %s and ends by it',
    async (signal) => {
      const { child, started, ended } = start('run');
      await started;
      child.kill(signal);
      const end = await ended;
      expect(end).toMatchObject({ code: null, signal });
      expect(end.stdout).not.toContain('LoopFinished');
    },
  );

  it('goes on when its reader goes away', async () => {
    const { child, started, ended } = start('flood');
    await started;
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 3, stderr: expect.not.stringContaining('EPIPE') as unknown });
  });

  const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
  it.skipIf(!hasScript)('waits on a terminal and asks (needs script of util-linux)', async () => {
    const command = [process.execPath, join(folder, 'cli.js'), ...ARGV].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      env: { ...process.env, CFN_TEST_SCRIPT: 'wait', TERM: 'xterm' },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.endsWith('ABORT? \u001B[28G')) child.stdin.write('\u0003');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(output).toContain('The product owner is a person.');
    expect(code).toBe(130);
  });
});
