import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { REPAIRS, SAMPLE_FILES } from '../../src/adapters/demo-agent/sample.ts';
import { installCli, redirect, type RealCli } from '../model-server/clis.ts';
import { USAGE } from '../model-server/dialects.ts';
import { startModelServer, type ModelServer } from '../model-server/server.ts';
import { crew, report, sequence, type Step } from '../model-server/turn.ts';

const CREW: readonly RealCli[] = ['codex', 'claude', 'pi'];
let folder: string;
let server: ModelServer | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-real-loop-'));
  await promisify(execFile)(process.execPath, ['esbuild.mjs', `--outdir=${join(folder, 'dist')}`], {
    cwd: resolve(import.meta.dirname, '../..'),
  });
});
afterAll(async () => {
  await server?.dispose();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

function repaired(file: string): string {
  return REPAIRS.filter((repair) => repair.file === file).reduce(
    (content, repair) => content.replace(repair.find, () => repair.replace),
    SAMPLE_FILES[file] ?? '',
  );
}

async function installAll(context: TestContext): Promise<readonly string[]> {
  const bins: string[] = [];
  for (const cli of CREW) {
    const installed = await installCli(cli);
    if (installed.ok) bins.push(installed.bin);
    else context.skip(installed.reason);
  }
  return bins;
}

type PublicEvent = Readonly<Record<string, unknown>>;

function cfn(env: NodeJS.ProcessEnv, cwd: string, argv: readonly string[]) {
  return new Promise<{ code: number | null; events: PublicEvent[]; stderr: string }>((done, reject) => {
    const child = spawn(process.execPath, [join(folder, 'dist', 'cli.js'), ...argv], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const lines = stdout.split('\n').filter((line) => line !== '');
      done({ code, events: lines.map((line) => JSON.parse(line) as PublicEvent), stderr });
    });
  });
}

it('pi takes a task apart, having read the repository, and its plan is an epic', async (context) => {
  const installed = await installCli('pi');
  if (!installed.ok) return context.skip(installed.reason);
  const script = sequence([
    () => ({ kind: 'read', path: 'src/cart.js' }),
    (turn) =>
      report(turn, {
        parts: [
          {
            task: turn.lastToolResult.includes('export') ? 'Repair the cart' : 'Not read',
            files: ['src/cart.js'],
          },
          { task: 'Repair prices', files: ['src/price.js'] },
        ],
      }),
  ]);
  const models = await startModelServer((turn) =>
    turn.prompt.includes('"nonce"') ? script(turn) : { kind: 'say', text: 'ok' },
  );
  try {
    const repository = join(await mkdtemp(join(folder, 'try-')), 'shop');
    expect(await createSampleRepository(repository)).toMatchObject({ ok: true });
    const env: NodeJS.ProcessEnv = {
      PATH: [dirname(process.execPath), installed.bin, process.env['PATH'] ?? ''].join(delimiter),
      HOME: join(folder, 'home'),
      SHLVL: '1',
      ...(await redirect('pi', models.url, join(folder, 'home', 'split'))),
    };
    const run = await cfn(env, repository, ['split', 'Fix the shop', '--agent', 'pi', '--json']);
    context.onTestFailed(() => console.error(run.stderr, run.events));
    expect(run.code).toBe(0);
    expect(run.events).toMatchObject([
      {
        parts: [{ task: 'Repair the cart', files: ['src/cart.js'] }, { task: 'Repair prices' }],
        marks: [],
        epic: expect.stringContaining('agents: ["implementer-1=pi","implementer-2=pi"]') as string,
      },
    ]);
  } finally {
    await models.dispose();
  }
}, 180_000);

it('[FL-021] codex implements, claude and pi validate, pi decides: a whole loop with real CLIs, one of which has to repair its result', async (context) => {
  const bins = await installAll(context);
  const write = (path: string): Step => ({ kind: 'write', path, content: repaired(path) });
  const script = crew({
    implementer: (turn) =>
      turn.prompt.startsWith('You are implementing')
        ? sequence([
            () => write('src/cart.js'),
            () => write('src/price.js'),
            () => ({ kind: 'shell', command: 'node --test' }),
            () => ({ kind: 'say', text: 'All done, everything passes.' }),
          ])(turn)
        : report(turn, { confidence: 0.9, summary: 'Fixed the shop.', files: [], issues: [] }),
    validator: sequence([
      () => ({ kind: 'shell', command: 'node --test' }),
      (turn) => report(turn, { score: 0.95, findings: [], confirmed: [] }),
    ]),
    productOwner: (turn) => report(turn, { decision: 'PROCEED', reason: 'It works.', confidence: 0.9 }),
  });
  server = await startModelServer((turn) =>
    turn.prompt.includes('"nonce"') ? script(turn) : { kind: 'say', text: 'ok' },
  );
  const repository = join(await mkdtemp(join(folder, 'try-')), 'shop');
  expect(await createSampleRepository(repository)).toMatchObject({ ok: true });
  const env: NodeJS.ProcessEnv = {
    PATH: [dirname(process.execPath), ...bins, process.env['PATH'] ?? ''].join(delimiter),
    HOME: join(folder, 'home'),
    SHLVL: '1',
  };
  for (const cli of CREW) Object.assign(env, await redirect(cli, server.url, join(folder, 'home', cli)));
  const run = await cfn(env, repository, [
    'run',
    '--task=Fix the shop',
    '--mode=mvp',
    '--implementer=codex',
    '--validator=claude',
    '--validator=second=pi',
    '--product-owner=pi',
    '--evidence=npm test',
    '--json',
  ]);
  context.onTestFailed(() => console.error(run.stderr, run.events));

  expect(run.code).toBe(0);
  const of = (type: string) => run.events.filter((event) => event['type'] === type);
  expect(of('LoopFinished')).toMatchObject([{ outcome: 'PROCEED', iterations: 1, mergedToMain: false }]);
  expect(of('GateChecked')).toMatchObject([{ passed: true, actualConfidence: 0.9 }]);
  expect(of('ConsensusChecked')).toMatchObject([{ passed: true, score: 0.95 }]);
  const exits = of('AgentExited');
  expect(exits.map((exit) => [exit['role'], exit['ending'], exit['defaulted']])).toEqual([
    ['implementer', 'completed', false],
    ['validator', 'completed', false],
    ['validator', 'completed', false],
    ['product-owner', 'completed', false],
  ]);
  // Five requests, the last one of them for the repair in the resumed session.
  expect(exits[0]).toMatchObject({
    confidence: 0.9,
    tokens: {
      input: 5 * (USAGE.fresh + USAGE.cached),
      cachedInput: 5 * USAGE.cached,
      output: 5 * USAGE.output,
    },
    costUsd: null,
  });
  const asked = server.turns.filter((turn) => turn.prompt.startsWith('Your work is finished'));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.history.some((text) => text.startsWith('You are implementing'))).toBe(true);
  const result = String(of('LoopFinished')[0]?.['branch']);
  const shown = (path: string) =>
    execFileSync('git', ['show', `${result}:${path}`], { cwd: repository, encoding: 'utf8' });
  expect(shown('src/cart.js')).toBe(repaired('src/cart.js'));
  expect(shown('src/price.js')).toBe(repaired('src/price.js'));
}, 180_000);

it('`cfn agents --try` tells a CLI that did its task from one that only says so, and leaves nothing behind', async (context) => {
  const installed = await installCli('pi');
  if (!installed.ok) return context.skip(installed.reason);
  const told = { confidence: 0.9, summary: 'Replaced.', files: [], issues: [] };
  const does = { lies: false };
  const models = await startModelServer((turn) => {
    if (!turn.prompt.startsWith('You are implementing')) return { kind: 'say', text: 'ok' };
    if (does.lies) return report(turn, told);
    return sequence([
      () => ({ kind: 'write', path: 'greeting.txt', content: 'hello\n' }),
      () => report(turn, told),
    ])(turn);
  });
  const state = join(folder, 'trial-state');
  const env: NodeJS.ProcessEnv = {
    PATH: [dirname(process.execPath), installed.bin, process.env['PATH'] ?? ''].join(delimiter),
    HOME: join(folder, 'home'),
    SHLVL: '1',
    CFN_STATE_HOME: state,
    ...(await redirect('pi', models.url, join(folder, 'home', 'pi-trial'))),
  };
  try {
    const honest = await cfn(env, folder, ['agents', '--try=pi', '--json']);
    expect([honest.code, honest.stderr]).toEqual([0, '']);
    expect(honest.events).toMatchObject([{ preset: 'pi', passed: true, tokens: expect.any(Number) }]);
    does.lies = true;
    const lying = await cfn(env, folder, ['agents', '--try=pi', '--json']);
    expect([lying.code, lying.stderr]).toEqual([1, '']);
    expect(lying.events).toMatchObject([
      { passed: false, message: expect.stringMatching(/^pi did not do a small task: .*Nothing was changed/) },
    ]);
    expect(await readdir(state)).not.toContainEqual(expect.stringMatching(/^trial-/));
    const absent = await cfn(env, folder, ['agents', '--try=gemini']);
    expect([absent.code, absent.stderr]).toEqual([
      2,
      'Trying gemini on a small task …\nGemini CLI was not found on PATH; install it to try it.\n',
    ]);
  } finally {
    await models.dispose();
  }
}, 120_000);
