import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { providers } from '../../src/adapters/providers/registry.ts';
import type { AttemptSpec } from '../../src/protocol/attempt.ts';
import { resultSample } from '../../src/protocol/agent-result-sample.ts';
import { installCli, redirect, type Installed, type RealCli } from '../model-server/clis.ts';
import { USAGE } from '../model-server/dialects.ts';
import { startModelServer, type ModelServer } from '../model-server/server.ts';
import { nonceIn, report, sequence, type Script } from '../model-server/turn.ts';
import { buildRunner, type Attempt, type BuiltRunner } from './support/attempt.ts';
import { runCli } from './support/real-cli.ts';

const RESULT = { confidence: 0.9, summary: 'Fixed it.', files: ['a.js'], issues: [] };
const times = (requests: number) => ({
  input: requests * (USAGE.fresh + USAGE.cached),
  cachedInput: requests * USAGE.cached,
  output: requests * USAGE.output,
});
const CLIS: readonly RealCli[] = ['claude', 'codex', 'pi', 'gemini', 'qwen', 'opencode'];
/** Half a gigabyte of memory and half a minute each; run when their presets change. */
const HEAVY: ReadonlySet<RealCli> = new Set(['gemini', 'qwen', 'opencode']);

const promptOf = ({ folder, worktree, spec }: Attempt) =>
  [
    'Fix a.js.',
    `Worktree: ${worktree}`,
    `Result file: ${join(folder, 'out', 'result.json')}`,
    resultSample('implementer', spec.nonce),
  ].join('\n');
const named = (label: string, prompt: string) => new RegExp(`^${label}: (.*)$`, 'm').exec(prompt)?.[1] ?? '';

function prepare({ worktree }: Attempt): void {
  writeFileSync(join(worktree, 'package.json'), '{"type":"module"}');
  writeFileSync(join(worktree, 'a.js'), 'export const a = 1;\n');
  writeFileSync(
    join(worktree, 'a.test.js'),
    "import { test } from 'node:test';\nimport { a } from './a.js';\ntest('a is two', (t) => t.assert.equal(a, 2));\n",
  );
}

let runner: BuiltRunner;
beforeAll(async () => {
  runner = await buildRunner();
});
afterAll(() => runner.remove());

describe.each(CLIS)('%s, unmodified, under the runner, with a scripted model', (cli) => {
  const provider = providers.get(cli)!;
  const servers: ModelServer[] = [];
  const attempts: Attempt[] = [];
  const folders: string[] = [];
  let installed: Installed;

  beforeAll(async () => {
    const left = HEAVY.has(cli) && !process.env['CFN_TEST_ALL_CLIS'];
    installed = left
      ? { ok: false, reason: `${cli} is heavy; CFN_TEST_ALL_CLIS=1 runs it` }
      : await installCli(cli);
    if (!installed.ok) console.warn(`Skipped: ${installed.reason}`);
  }, 240_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.dispose()));
    for (const attempt of attempts) attempt.remove();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  });

  async function bench(context: TestContext, script: Script) {
    if (!installed.ok) return context.skip(installed.reason);
    const { bin } = installed;
    const server = await startModelServer(script);
    servers.push(server);
    const home = await mkdtemp(join(tmpdir(), 'cfn-home-'));
    folders.push(home);
    const env = await redirect(cli, server.url, home);
    const start = async (spec: Partial<AttemptSpec> = {}, extra: Record<string, string> = {}) => {
      const run = await runCli({
        runner: runner.file,
        provider,
        bin,
        prepare,
        prompt: promptOf,
        spec,
        env: { ...env, ...extra },
      });
      attempts.push(run.attempt);
      context.onTestFailed(() => console.error(run.record, run.attempt.transcript().slice(-20)));
      return run;
    };
    return { server, start };
  }

  it('edits, runs the tests and writes its result into out/; session, usage and cost are told', async (context) => {
    const { server, start } = await bench(
      context,
      sequence([
        ({ prompt }) => ({ kind: 'read', path: join(named('Worktree', prompt), 'a.js') }),
        ({ prompt }) => ({
          kind: 'write',
          path: join(named('Worktree', prompt), 'a.js'),
          content: 'export const a = 2;\n',
        }),
        () => ({ kind: 'shell', command: 'node --test' }),
        ({ prompt }) => ({
          kind: 'write',
          path: named('Result file', prompt),
          content: `${JSON.stringify({ nonce: nonceIn(prompt), ...RESULT, summary: 'By file.' })}\n`,
        }),
        (turn) => report(turn, RESULT),
      ]),
    );
    const { attempt, record } = await start();
    expect(record).toMatchObject({
      ending: 'completed',
      lingered: false,
      exitCode: 0,
      failure: null,
      channel: 'file',
      result: { confidence: 0.9, summary: 'By file.' },
    });
    expect(readFileSync(join(attempt.worktree, 'a.js'), 'utf8')).toBe('export const a = 2;\n');
    expect(server.turns[3]?.lastToolResult).toMatch(/pass 1/);
    expect(record.sessionId).toMatch(/^[\w-]{30,36}$/);
    expect(record.usage).toEqual(times(server.turns.length));
    expect((record.costUsd ?? 0) > 0).toBe(provider.reports.cost);
    const kinds = attempt.transcript().map((line) => line.kind);
    expect(kinds.filter((kind) => kind === 'tool').length).toBeGreaterThanOrEqual(4);
    expect(kinds).toContain('result');
  });

  it('repairs a result from another folder, in the same session where it can, and tells what the repair used', async (context) => {
    const { server, start } = await bench(context, (turn) =>
      nonceIn(turn.prompt) === 'second' ? report(turn, RESULT) : { kind: 'say', text: 'Forgot it.' },
    );
    const first = await start();
    expect(first.record).toMatchObject({
      ending: 'completed',
      result: null,
      usage: times(server.turns.length),
    });
    const before = server.turns.length;
    const { usage, costUsd, sessionId } = first.record;
    const session = { usage, costUsd };
    const repair = { error: 'No result was given.', sessionId, before: session };
    const second = await start({ repair, nonce: 'second' });
    expect(second.record).toMatchObject({
      ending: 'completed',
      channel: 'message',
      result: { confidence: 0.9, summary: 'Fixed it.' },
      usage: times(server.turns.length - before),
    });
    expect(second.attempt.worktree).not.toBe(first.attempt.worktree);
    const history = server.turns[before]?.history.join('\n') ?? '';
    expect(history.includes(first.attempt.worktree)).toBe(provider.resumable);
    // The repair asked as much of the model as the first run.
    expect(second.record.costUsd ?? -1).toBeCloseTo(costUsd ?? -1, 6);
  });

  it('keeps to its folders in the permission mode `edits`, as far as it says so', async (context) => {
    const outside = join(homedir(), `.cfn-outside-${process.pid}-${cli}`);
    mkdirSync(outside);
    folders.push(outside);
    const file = join(outside, 'stray.txt');
    let byShell = false;
    const script = sequence([
      () =>
        byShell
          ? { kind: 'shell', command: `echo stray > '${file}'` }
          : { kind: 'write', path: file, content: 'stray\n' },
      (turn) => report(turn, RESULT),
    ]);
    const { start } = await bench(context, script);
    const edits = await start();
    expect(edits.record).toMatchObject({ ending: 'completed', result: { confidence: 0.9 } });
    expect(existsSync(file)).toBe(!provider.confined);
    byShell = true;
    // Root is refused unless the machine is called a sandbox.
    const full = await start({ permission: 'full' }, { IS_SANDBOX: '1' });
    expect(full.record).toMatchObject({ ending: 'completed', result: { confidence: 0.9 } });
    expect(existsSync(file)).toBe(true);
  });

  it('tells a refused key as a failure, whatever its exit code', async (context) => {
    const { start } = await bench(context, () => ({ kind: 'fail', status: 401, message: 'invalid key' }));
    const { record } = await start({}, { CLAUDE_CODE_MAX_RETRIES: '1' });
    expect(record.ending).toBe('failed');
    expect(record.failure).toMatch(/401|key|auth/i);
  });
});
