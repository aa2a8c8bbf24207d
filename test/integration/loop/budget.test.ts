/** Real loops with a scripted Claude Code that tells its price, fails, hangs and is rate-limited, under a budget. */
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const DOCS = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));
const HAIR = 1e-6;
let folder: string;
let repository: string;
let loops = 0;
const newId = () => `budget-${(loops += 1)}`;

/**
 * A run costs 0.20. From the second iteration on the first attempts of three implementers fail, hang or are rate-limited, for
 * less; one that hangs tells no price.
 */
const CLAUDE = `#!${process.execPath}
  import { writeFileSync } from 'node:fs';
  const { AGENT_ID: id, CFN_ROLE: role, CFN_ITERATION, CFN_ATTEMPT, CFN_NONCE: nonce, CFN_RESULT_FILE: file } = process.env;
  const iteration = Number(CFN_ITERATION), attempt = Number(CFN_ATTEMPT);
  const print = (event) => process.stdout.write(JSON.stringify({ session_id: 's', ...event }) + '\\n');
  const end = (event) => print({ type: 'result', subtype: 'success', is_error: false, result: 'done', usage: { input_tokens: 10, output_tokens: 2 }, ...event });
  if (process.argv.includes('--version')) {
    console.log('2.0.0 (Claude Code)');
    process.exit(0);
  }
  process.stdin.resume();
  print({ type: 'system', subtype: 'init', model: 'scripted' });
  const trouble = role === 'implementer' && iteration > 1 && attempt === 1 ? id : '';
  const results = {
    implementer: { nonce, confidence: 0.9, summary: 'more', files: [], issues: [] },
    validator: { nonce, score: 0.95, findings: [], confirmed: [] },
    'product-owner': { nonce, decision: 'ITERATE', reason: 'more', feedback: ['more'], deferred: [] },
  };
  if (trouble === 'hangs') setInterval(() => undefined, 60_000);
  else if (trouble === 'fails') end({ is_error: true, subtype: 'error_during_execution', result: 'broken', total_cost_usd: 0.1 });
  else if (trouble === 'limited') end({ is_error: true, api_error_status: 429, result: 'rate limit, retry after 1 s', total_cost_usd: 0.01 });
  else {
    if (role === 'implementer') writeFileSync(id + '.txt', 'iteration ' + iteration + '\\n');
    writeFileSync(file, JSON.stringify(results[role]));
    end({ total_cost_usd: 0.2 });
  }
  if (trouble !== 'hangs') process.stdin.on('end', () => process.exit(0));
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-budget-'));
  repository = join(folder, 'repository');
  const bin = join(folder, 'bin');
  const config = join(folder, 'config', 'cfn');
  for (const path of [repository, bin, config]) await mkdir(path, { recursive: true });
  await writeFile(join(config, 'config.json'), '{ "version": 1, "idleTimeout": 2 }');
  await writeFile(join(bin, 'package.json'), '{ "type": "module" }');
  await writeFile(join(bin, 'claude'), CLAUDE);
  await chmod(join(bin, 'claude'), 0o755);
  const git = (...argv: readonly string[]) =>
    run('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...argv]);
  await git('init', '-q');
  await writeFile(join(repository, 'README.md'), 'more\n');
  await git('add', '-A');
  await git('commit', '-qm', 'base');
  await run(process.execPath, ['esbuild.mjs', `--outdir=${join(folder, 'dist')}`], { cwd: root });
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function cfn(...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'dist', 'cli.js'), ...argv], {
      cwd: repository,
      env: {
        ...process.env,
        PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter),
        SHELL: '/bin/sh',
        SHLVL: '1',
        CFN_STATE_HOME: join(folder, 'state'),
        XDG_CONFIG_HOME: join(folder, 'config'),
      },
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

const FLAGS =
  '--json --strategy split --evidence none --max-parallel-agents 4 --max-iterations 9 --validator v1=claude --validator v2=claude --product-owner claude';
const CREW = ['fails', 'hangs', 'limited', 'works'].flatMap((id) => ['--implementer', `${id}=claude`]);
const TASK = [...CREW, ...FLAGS.split(' '), '--task', 'Do more'];
const runLoop = (id: string, budget: string, ...more: readonly string[]) =>
  cfn('run', '--task-id', id, '--budget', budget, ...TASK, ...more);

type Event = Readonly<Record<string, unknown>>;
const events = ({ stdout }: Ended): readonly Event[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event);
const ofType = (all: readonly Event[], type: string) => all.filter((event) => event['type'] === type);

/** Goes over the starts and ends as they are told, and sets aside what the documentation says. */
function audit(all: readonly Event[], estimate: number | null) {
  const dearest = new Map<string, number>();
  const under = new Map<string, number | null>();
  let spent = 0;
  let most = 0;
  let widest = 0;
  let unknown = 0;
  const stray: string[] = [];
  for (const event of all) {
    const name = `${String(event['iteration'])}:${String(event['agentId'])}:${String(event['attempt'])}`;
    const role = String(event['role']);
    if (event['type'] === 'AgentStarted') {
      under.set(name, dearest.get(role) ?? estimate);
      widest = Math.max(widest, under.size);
      unknown = Math.max(unknown, [...under.values()].filter((held) => held === null).length);
      most = Math.max(most, spent + [...under.values()].reduce<number>((sum, held) => sum + (held ?? 0), 0));
    }
    if (event['type'] === 'AgentExited') {
      const held = under.get(name);
      if (held === undefined) stray.push(name);
      under.delete(name);
      const cost = event['costUsd'];
      spent += typeof cost === 'number' ? cost : (held ?? 0);
      if (typeof cost === 'number') dearest.set(role, Math.max(cost, dearest.get(role) ?? 0));
    }
  }
  // What was never started and what never ended.
  stray.push(...under.keys());
  return { spent, most, widest, unknown, stray };
}

async function statusOf(id: string): Promise<Event> {
  return JSON.parse((await cfn('status', id, '--json')).stdout) as Event;
}

const sumOfCosts = (all: readonly Event[]) =>
  ofType(all, 'AgentExited').reduce((sum, event) => sum + Number(event['costUsd'] ?? 0), 0);

// A program that is found by its name is a `.cmd` on Windows, which a script in this test is not.
describe.skipIf(process.platform === 'win32')('a loop with a budget', () => {
  it('is never overrun while agents run side by side, fail, hang and are rate-limited, and loses nothing', async () => {
    const first = newId();
    const ended = await runLoop(first, '5', '--on-budget', 'stop', '--budget-warning', '0.5');
    const all = events(ended);
    expect(ended.code).toBe(4);
    expect(ofType(all, 'LoopFinished')).toMatchObject([{ outcome: 'BUDGET', stopReason: 'budget' }]);
    const endings = new Set(ofType(all, 'AgentExited').map((event) => event['ending']));
    expect(endings).toEqual(new Set(['completed', 'failed', 'idle', 'rate-limited']));

    const { spent, most, widest, unknown, stray } = audit(all, null);
    expect(stray).toEqual([]);
    expect(unknown).toBe(1);
    expect(widest).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5 + HAIR);
    expect(spent).toBeGreaterThan(5 - 0.2 - HAIR);

    expect(ofType(all, 'BudgetWarned')).toMatchObject([{ budgetUsd: 5 }]);
    expect(ended.stderr.match(/of the budget of \$5\.00 is spent/g)).toHaveLength(1);
    const status = await statusOf(first);
    expect(status).toMatchObject({ outcome: 'BUDGET', budgetUsd: 5, costIncomplete: true });
    expect(Number(status['costUsd'])).toBeCloseTo(sumOfCosts(all), 6);
    expect(Number(status['costUsd']) + Number(status['assumedUsd'])).toBeCloseTo(spent, 6);
    const words = (await cfn('status', first)).stdout;
    expect(words).toMatch(/\$\d\.\d\d and more of \$5\.00/);
    expect(words).toMatch(/^iteration 2: \$\d\.\d\d and more, \d+ tokens$/m);
    const [statement = ''] = /SELECT date[^"]+GROUP BY day/.exec(await readFile(DOCS, 'utf8')) ?? [];
    const day = await cfn('query', statement, '--json');
    const told = day.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Event);
    expect(told.reduce((sum, each) => sum + Number(each['usd']), 0)).toBeCloseTo(sumOfCosts(all), 6);
    const { stdout } = await run('git', ['-C', repository, 'ls-tree', '--name-only', `cfn/${first}/result`]);
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining(['fails.txt', 'hangs.txt', 'limited.txt', 'works.txt']),
    );
  });

  it('knows prices of earlier loops from the start, waits for a person, and goes on after PROCEED', async () => {
    const second = newId();
    const ended = await runLoop(second, '0.5');
    const all = events(ended);
    expect(ended.code).toBe(5);
    // By the prices of the first loop two of the four implementers fit.
    expect(audit(all, 0.2).widest).toBe(2);
    expect(ofType(all, 'LoopWaiting')).toMatchObject([
      {
        for: 'budget',
        message:
          'The budget is reached: $0.40 of $0.50. limited (claude) is expected to cost $0.20, and $0.10 is left. PROCEED raises it to $1.00.',
      },
    ]);
    expect(Number((await statusOf(second))['costUsd'])).toBeCloseTo(0.4, 6);

    const further = events(await cfn('decide', second, 'PROCEED', '--json'));
    expect(ofType(further, 'AgentStarted').length).toBeGreaterThan(0);
    expect(await statusOf(second)).toMatchObject({ budgetUsd: 1 });
    expect(Number((await statusOf(second))['costUsd'])).toBeLessThanOrEqual(1 + HAIR);
  });
});
