/** Two processes with one account at a provider that takes no more for a while, and one that fails. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const SECRET = 'sk-secret-of-the-account';
const RETRY_S = 10;
let folder: string;

/** Every run notes when it began. The first of the task `limited` is told to wait; those of `failing` fail while a file says so. */
const CLAUDE = `#!${process.execPath}
  import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  const { TASK_ID: task, CFN_ROLE: role, CFN_NONCE: nonce, CFN_RESULT_FILE: file, HOME: home } = process.env;
  if (process.argv.includes('--version')) {
    console.log('2.0.0 (Claude Code)');
    process.exit(0);
  }
  appendFileSync(join(home, 'starts'), JSON.stringify({ at: Date.now(), task, role }) + '\\n');
  process.stdin.resume();
  const print = (event) => process.stdout.write(JSON.stringify({ session_id: 's', ...event }) + '\\n');
  const end = (event) => print({ type: 'result', subtype: 'success', is_error: false, result: 'done', usage: { input_tokens: 10, output_tokens: 2 }, total_cost_usd: 0.1, ...event });
  const first = () => {
    try {
      mkdirSync(join(home, 'limited-once'));
      return true;
    } catch {
      return false;
    }
  };
  const results = {
    implementer: { nonce, confidence: 0.9, summary: 'more', files: [], issues: [] },
    validator: { nonce, score: 0.95, findings: [], confirmed: [] },
    'product-owner': { nonce, decision: 'ABORT', reason: 'enough', feedback: [], deferred: [] },
  };
  if (task === 'limited' && first())
    end({ is_error: true, api_error_status: 429, result: 'rate limit, Retry-After: ${RETRY_S}' });
  else if (existsSync(join(home, 'down'))) end({ is_error: true, api_error_status: 500, result: 'server error' });
  else {
    if (role === 'implementer') writeFileSync('out.txt', 'more\\n');
    writeFileSync(file, JSON.stringify(results[role]));
    end({});
  }
  process.stdin.on('end', () => process.exit(0));
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-accounts-'));
  const bin = join(folder, 'bin');
  for (const name of ['bin', 'home', 'one', 'two']) await mkdir(join(folder, name));
  await writeFile(join(bin, 'package.json'), '{ "type": "module" }');
  await writeFile(join(bin, 'claude'), CLAUDE);
  await chmod(join(bin, 'claude'), 0o755);
  for (const name of ['one', 'two']) {
    const git = (...argv: readonly string[]) =>
      run('git', ['-C', join(folder, name), '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...argv]);
    await git('init', '-q');
    await writeFile(join(folder, name, 'README.md'), 'more\n');
    await git('add', '-A');
    await git('commit', '-qm', 'base');
  }
  await run(process.execPath, ['esbuild.mjs', `--outdir=${join(folder, 'dist')}`], { cwd: root });
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

function cfn(repository: string, ...argv: readonly string[]) {
  const child = spawn(process.execPath, [join(folder, 'dist', 'cli.js'), ...argv], {
    cwd: join(folder, repository),
    env: {
      ...process.env,
      PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter),
      SHELL: '/bin/sh',
      SHLVL: '1',
      HOME: join(folder, 'home'),
      ANTHROPIC_API_KEY: SECRET,
      CFN_STATE_HOME: join(folder, 'state'),
      XDG_CONFIG_HOME: join(folder, 'config'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    said: async (text: string) => {
      while (!stdout.includes(text)) await once(child.stdout, 'data');
    },
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr })),
  };
}

const TASK =
  '--json --strategy split --evidence none --max-iterations 1 --implementer a=claude --implementer b=claude --validator v=claude --product-owner claude --task More'.split(
    ' ',
  );

interface Start {
  readonly at: number;
  readonly task: string;
}
async function starts(): Promise<readonly Start[]> {
  const text = await readFile(join(folder, 'home', 'starts'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Start);
}
const ofType = (stdout: string, type: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .filter((event) => event['type'] === type);

describe('one account of two processes', () => {
  it('starts no agent before the provider said it may, says so, and loses nothing', async () => {
    const first = cfn('one', 'run', '--task-id', 'limited', '--max-parallel-agents', '1', ...TASK);
    await first.said('"rate-limited"');
    const second = cfn('two', 'run', '--task-id', 'other', ...TASK);
    const [status, doctor] = await Promise.all([cfn('two', 'status').ended, cfn('one', 'doctor').ended]);
    expect(status.stdout).toMatch(/^claude waits until \d\d:\d\d:\d\d \(rate limit\)$/m);
    expect(doctor.stdout).toContain('claude waits until');
    const [one, two] = await Promise.all([first.ended, second.ended]);
    for (const { stdout } of [one, two]) {
      expect(ofType(stdout, 'LoopFinished')).toMatchObject([{ outcome: 'ABORT', stopReason: 'decided' }]);
    }
    const [limited, ...others] = await starts();
    for (const { at } of others) expect(at).toBeGreaterThanOrEqual((limited?.at ?? 0) + RETRY_S * 1000);
    // Three runs of two loops, and the one that was told to wait.
    expect(others).toHaveLength(8);
    const agents = join(folder, 'state', 'agents');
    const kept = await readdir(agents);
    expect(kept.filter((name) => /^(?:agent|waiting)-/.test(name))).toEqual([]);
    for (const name of kept.filter((each) => each.startsWith('account-')))
      expect(await readFile(join(agents, name), 'utf8')).not.toContain(SECRET);
  });

  it('[DP-110] is refused for a while after three errors in a row, and then tried by one agent', async () => {
    const down = join(folder, 'home', 'down');
    await writeFile(down, '');
    const failing = cfn('one', 'run', '--task-id', 'failing', '--max-parallel-agents', '1', ...TASK);
    const before = (await starts()).length;
    const waits = async (): Promise<string> => {
      const { stdout } = await cfn('two', 'status').ended;
      return stdout.includes('claude waits until') ? stdout : waits();
    };
    expect(await waits()).toContain(
      '([ERROR] Circuit breaker: Too many failures); 3 errors in a row, the last: server error',
    );
    await rm(down);
    await failing.ended;
    const tried = (await starts()).slice(before);
    expect(tried).toHaveLength(4);
    expect((tried[3]?.at ?? 0) - (tried[2]?.at ?? 0)).toBeGreaterThanOrEqual(5_000);
    const names = await readdir(join(folder, 'state', 'agents'));
    expect(names.filter((name) => name.startsWith('agent-'))).toEqual([]);
  });
});
