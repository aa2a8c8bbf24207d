import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let home: string;
let repository: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-cli-'));
  home = join(folder, 'home');
  repository = join(folder, 'repository');
  await mkdir(home);
  await mkdir(repository);
  await promisify(execFile)('git', ['init', '-q', repository]);
  await promisify(execFile)(process.execPath, ['esbuild.mjs', `--outdir=${join(folder, 'dist')}`], {
    cwd: root,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function cfn(...argv: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'dist', 'cli.js'), ...argv], {
      cwd: repository,
      env: { PATH: process.env['PATH'], HOME: home, USERPROFILE: home, LOCALAPPDATA: home, APPDATA: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const TASK = ['run', '--task', 'Do it'];

describe('the built command', () => {
  it('prints its version and its help from any folder', async () => {
    expect(await cfn('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const help = await cfn('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: cfn VERB/);
    expect((await cfn('run', '--help')).stdout).toContain('--implementer <spec>');
    expect((await cfn('help', 'decide')).stdout).toContain('--confirm <path>');
  });

  it.each([
    [[], /^Usage: cfn VERB/],
    [['fly'], /^There is no verb "fly"; cfn takes one of run, /],
    [['run'], /^No task is given; it takes /],
    [['run', '--task', ''], /^--task is empty; it takes /],
    [['run', '--task', ' \n'], /^--task is empty; it takes /],
    [['run', '--epic', ''], /^--epic is empty; it takes /],
    [['run', '--task'], /--task <text>.*argument missing/],
    [['run', 'missing.cfn.md'], /^The epic "missing\.cfn\.md" could not be read/],
    [['run', 'task.md'], /^The epic is "task\.md"; it takes /],
    [['run', 'a.cfn.md', '--task', 'b'], /^The task is given twice; it takes /],
    [[...TASK, '--gate', '0.85x'], /^--gate is "0\.85x"; it takes a number from 0 to 1\.$/m],
    [[...TASK, '--gate', '-0.5'], /^--gate is -0\.5; it takes /],
    [[...TASK, '--gate', 'NaN'], /^--gate is "NaN"; it takes /],
    [[...TASK, '--consensus', ''], /^--consensus is ""; it takes /],
    [[...TASK, '--consensus', '10.0'], /^--consensus is 10; it takes /],
    [[...TASK, '--max-iterations', '0'], /^--max-iterations is 0; it takes a whole number from 1 to 100/],
    [[...TASK, '--max-iterations', '101'], /^--max-iterations is 101; it takes /],
    [[...TASK, '--max-iterations', '1e1'], /^--max-iterations is "1e1"; it takes /],
    [[...TASK, '--mode', 'fast'], /^--mode is "fast"; it takes mvp, standard or enterprise/],
    [[...TASK, '--strategy', 'both'], /^--strategy is "both"; it takes split or race/],
    [[...TASK, '--on-budget', 'ask'], /^--on-budget is "ask"; it takes pause or stop/],
    [[...TASK, '--runtime', 'cloud'], /^--runtime is "cloud"; it takes process, container or queue/],
    [[...TASK, '--runtime', 'terminal'], /^--runtime is "terminal"; it takes process, container or queue/],
    [[...TASK, '--runtime', 'queue', '--implementer', 'demo'], /^--runtime queue is not built yet/],
    [[...TASK, '--task-id', '-rf'], /^--task-id is "-rf"; it takes /],
    [[...TASK, '--task-id', '../x'], /^--task-id is "\.\.\/x"; it takes /],
    [[...TASK, '--task-id', 'CON'], /^--task-id is "CON", a reserved name/],
    [[...TASK, '--implementer', ''], /^--implementer is /],
    [[...TASK, '--implementer', "exec:sh -c 'open"], /^--implementer: the command line /],
    [
      [...TASK, '--implementer', 'a=demo', '--validator', 'A=demo'],
      /^--validator: the name "A" is used twice/,
    ],
    [[...TASK, '--implementer', 'human'], /^--implementer is "human"; only a product owner can be a person/],
    [[...TASK, '--evidence', ''], /^--evidence is /],
    [[...TASK, '--evidence', 'none', '--evidence', 'x'], /^--evidence is /],
    [[...TASK, '--repo', 'missing'], /^--repo is "missing"; it takes a folder that exists/],
    [[...TASK, '--unknown'], /unknown option '--unknown'/],
    [['decide'], /^No loop is named; cfn decide takes /],
    [['decide', 't1', 'MAYBE'], /^The decision is "MAYBE"; it takes PROCEED, ITERATE or ABORT/],
    [['decide', 't1', 'ITERATE', '--feedback', ' '], /^--feedback is empty; it takes a text/],
    [['review', 't1', '--comment', 'src/a.ts', 'x'], /^--comment is "src\/a.ts"; it takes FILE:LINE/],
    [['review', 't1', '--take', 'a.ts'], /^--from is missing; it takes ITERATION or ITERATION\/AGENT/],
    [['review', 't1', '--from', '1'], /^--take is missing; it takes the FILE/],
    [['review', 't1', '--take', 'a.ts', '--from', 'HEAD'], /^--from is "HEAD"; it takes ITERATION/],
    [['review', 't1', '--take', 'a.ts', '--from', '1', '--undo'], /^--undo stands alone/],
    [['review', 't1', '--dismiss', '1.v1.1'], /^--dismiss has 1 values; it takes ID REASON/],
    [['decide', '../t1', 'PROCEED'], /^TASK_ID is "\.\.\/t1"; it takes /],
    [['feedback', 't1'], /^The feedback is empty; it takes /],
    [['agents', '--profiles', 'x'], /^--profiles is .*; it takes a folder that exists/],
    [['merge', 't1', '--anything'], /unknown option '--anything'/],
    [['worker', '--anything'], /^cfn worker is not built yet\.$/m],
    [['serve'], /^cfn serve is not built yet\.$/m],
  ])('refuses %j with exit 2 and one sentence, and creates nothing', async (argv, sentence) => {
    const run = await cfn(...argv);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(sentence);
    expect(argv.length === 0 ? 1 : run.stderr.trimEnd().split('\n').length).toBe(1);
    expect(await readdir(home)).toEqual([]);
    expect(await readdir(repository)).toEqual(['.git']);
  });

  it('[SI-122] knows the flags of the seeds', async () => {
    const run = await cfn(
      'run',
      '--task-id',
      'a b',
      '--mode',
      'standard',
      '--epic',
      'Test the entire CFN Loop',
    );
    expect(run).toMatchObject({ code: 2 });
    expect(run.stderr).toMatch(/^--task-id is "a b"; it takes /);
  });

  it('prints one JSON object for the agents of this machine', async () => {
    const run = await cfn('agents', '--json');
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toEqual({ clis: expect.any(Array) as unknown, profiles: [] });
  });

  it('[SI-123] counts the errors that doctor found, and creates nothing', async () => {
    const run = await cfn('doctor', '--json');
    const report = JSON.parse(run.stdout) as {
      errors: number;
      checks: { id: string; state: string; detail: string }[];
    };
    const errors = report.checks.filter((check) => check.state === 'error');
    // The repository has no commit yet.
    expect(errors.map((check) => check.id)).toEqual(['repository']);
    expect(report.errors).toBe(1);
    expect(run.code).toBe(1);
    expect(report.checks.every((check) => check.detail !== '')).toBe(true);
    expect(await readdir(home)).toEqual([]);
    expect(await readdir(join(repository, '.git'))).not.toContain('cfn-id');
  });
});
