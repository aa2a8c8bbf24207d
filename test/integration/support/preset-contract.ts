import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { createProcessTable } from '../../../src/adapters/process/process-table.ts';
import { PRESETS } from '../../../src/adapters/providers/presets.ts';
import { providers } from '../../../src/adapters/providers/registry.ts';
import { verifyAgents } from '../../../src/adapters/providers/verify.ts';
import type { ServerLaunch } from '../../../src/protocol/mcp-servers.ts';
import type { AttemptSpec } from '../../../src/protocol/attempt.ts';
import { resultSample } from '../../../src/protocol/agent-result-sample.ts';
import {
  chosenVersion,
  installCli,
  redirect,
  type Installed,
  type RealCli,
} from '../../model-server/clis.ts';
import { USAGE } from '../../model-server/dialects.ts';
import { startModelServer, type ModelServer } from '../../model-server/server.ts';
import { nonceIn, report, sequence, type Script, type Step } from '../../model-server/turn.ts';
import {
  buildRunner,
  fixture,
  isRunning,
  readPids,
  until,
  type Attempt,
  type BuiltRunner,
} from './attempt.ts';
import { startCli } from './real-cli.ts';

const RESULT = { confidence: 0.9, summary: 'Fixed it.', files: ['a.js'], issues: [] };
const times = (requests: number) => ({
  input: requests * (USAGE.fresh + USAGE.cached),
  cachedInput: requests * USAGE.cached,
  output: requests * USAGE.output,
});
const promptOf = ({ folder, worktree, spec }: Attempt) =>
  [
    'Fix a.js.',
    `Worktree: ${worktree}`,
    `Result file: ${join(folder, 'out', 'result.json')}`,
    resultSample('implementer', spec.nonce),
  ].join('\n');
const named = (label: string, prompt: string) => new RegExp(`^${label}: (.*)$`, 'm').exec(prompt)?.[1] ?? '';

function prepare({ worktree }: Attempt): void {
  writeFileSync(join(worktree, 'package.json'), '{"type":"module","scripts":{"test":"node --test"}}');
  writeFileSync(join(worktree, 'a.js'), 'export const a = 1;\n');
  writeFileSync(
    join(worktree, 'a.test.js'),
    "import { test } from 'node:test';\nimport { a } from './a.js';\ntest('a is two', (t) => t.assert.equal(a, 2));\n",
  );
}

/** As in use, but for the idle limit: on a busy machine some of these start for half a minute. */
const LIMITS = { idleMs: 90_000, totalMs: 110_000, completionMs: 10_000, killGraceMs: 1000 };

/** Holds the process and one that left its group and session, until somebody ends them. */
const LINGERING = `
import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
const wait = 'setInterval(() => 0, 1000)';
const child = spawn(process.execPath, ['-e', wait], { detached: true, stdio: 'ignore' });
writeFileSync('pids.new', JSON.stringify([process.pid, child.pid]));
renameSync('pids.new', 'pids.json');
setInterval(() => 0, 1000);
`;

/** What every preset has to keep with its real CLI, unmodified; only the model is scripted, on loopback. */
export function presetContract(cli: RealCli, transport: 'headless' | 'acp' = 'headless'): void {
  const acp = transport === 'acp';
  const provider = providers.get(acp ? `${cli}+acp` : cli)!;
  const used = (requests: number) => {
    if (!provider.reports.usage) return null;
    // By the protocol Gemini CLI does not say what came from a cache.
    return acp ? { ...times(requests), cachedInput: 0 } : times(requests);
  };
  const servers: ModelServer[] = [];
  const attempts: Attempt[] = [];
  const folders: string[] = [];
  let runner: BuiltRunner;
  let installed: Installed;

  beforeAll(async () => {
    runner = await buildRunner();
    installed = await installCli(cli);
    if (!installed.ok) console.warn(`Skipped: ${installed.reason}`);
  }, 240_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.dispose()));
    for (const attempt of attempts) attempt.remove();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    runner.remove();
  });

  async function bench(context: TestContext, script: Script) {
    if (!installed.ok) return context.skip(installed.reason);
    const { bin } = installed;
    const server = await startModelServer(script);
    servers.push(server);
    const home = await mkdtemp(join(tmpdir(), 'cfn-home-'));
    folders.push(home);
    const env = await redirect(cli, server.url, home);
    const launch = (spec: Partial<AttemptSpec> = {}, extra: Record<string, string> = {}) => {
      const started = startCli({
        runner: runner.file,
        provider,
        bin,
        prepare,
        prompt: promptOf,
        spec: { limits: LIMITS, ...spec },
        env: { ...env, ...extra },
      });
      const { attempt } = started;
      attempts.push(attempt);
      context.onTestFailed(() => console.error(attempt.record(), attempt.transcript().slice(-20)));
      return started;
    };
    const start = async (spec?: Partial<AttemptSpec>, extra?: Record<string, string>) => {
      const { attempt, running } = launch(spec, extra);
      return { attempt, record: await running.finished() };
    };
    return { server, start, launch };
  }

  it('has every flag of the preset, in a version that was verified', async (context) => {
    if (acp) return context.skip('the protocol has no flags of its own');
    if (!installed.ok) return context.skip(installed.reason);
    const path = [installed.bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
    const home = await mkdtemp(join(tmpdir(), 'cfn-home-'));
    folders.push(home);
    const verifications = await verifyAgents({ ...process.env, HOME: home, PATH: path }, cli);
    const verified = verifications.ok ? verifications.value[0] : undefined;
    console.info(`${cli} ${verified?.version ?? 'without a version'}: ${verified?.message ?? ''}`);
    const ours = chosenVersion(cli) === PRESETS[cli].verified.to;
    expect(verified).toMatchObject({ missingFlags: [], path: join(installed.bin, cli) });
    expect(ours ? ['verified'] : ['verified', 'other-version']).toContain(verified?.status);
  });

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
        () => ({ kind: 'shell', command: cli === 'copilot' ? 'npm test' : 'node --test' }),
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
      // Cline leaves a helper behind, which the runner ends.
      lingered: cli === 'cline',
      exitCode: 0,
      failure: null,
      channel: 'file',
      result: { confidence: 0.9, summary: 'By file.' },
    });
    expect(readFileSync(join(attempt.worktree, 'a.js'), 'utf8')).toBe('export const a = 2;\n');
    expect(server.turns[3]?.lastToolResult).toMatch(/pass 1/);
    const hasSession = acp || provider.resume !== 'never';
    expect(record.sessionId ?? 'none').toMatch(hasSession ? /^[\w-]{30,36}$/ : /^none$/);
    expect(record.usage).toEqual(used(server.turns.length));
    expect((record.costUsd ?? 0) > 0).toBe(provider.reports.cost);
    const kinds = attempt.transcript().map((line) => line.kind);
    expect(kinds.filter((kind) => kind === 'tool').length).toBeGreaterThanOrEqual(4);
    expect(kinds).toContain('result');
  });

  it('calls the tools of a further MCP server that it was given, without a question', async (context) => {
    if (!provider.mcp) return context.skip(`${provider.id} is given no MCP server`);
    if (acp) return context.skip('its tools are asked about, and edits answers no');
    const further: ServerLaunch = {
      id: 'mine',
      title: 'Mine',
      start: { kind: 'process', node: true, argv: [fixture('mcp-server.mjs')] },
      needs: [],
      variables: [],
      env: {},
      health: { intervalMs: 30_000, timeoutMs: 10_000, retries: 3 },
    };
    const { server, start } = await bench(
      context,
      sequence([
        () => ({ kind: 'tool', name: 'echo', input: { said: 'by the agent' } }),
        (turn) => report(turn, RESULT),
      ]),
    );
    const { attempt, record } = await start({ servers: [further] });
    expect(record).toMatchObject({ ending: 'completed', result: { confidence: 0.9 } });
    expect(server.turns[1]?.lastToolResult).toMatch(/said\\*":\\*"by the agent/);
    expect(attempt.transcript().map(({ text }) => text)).toContain('The MCP server mine was started.');
  });

  it("reports by the tool of the attempt's MCP server, in every permission mode without a question", async (context) => {
    if (!provider.mcp) return context.skip(`${provider.id} is given no MCP server`);
    const reportBy = (input: object): Step => ({
      kind: 'tool',
      name: 'report_result',
      input: { confidence: 0.9, summary: 'By tool.', ...input },
    });
    const { server, start } = await bench(
      context,
      sequence([
        () => reportBy({ nonce: 'guessed' }),
        () => reportBy({}),
        (turn) => report(turn, { ...RESULT, confidence: 0.1 }),
      ]),
    );
    for (const permission of ['edits', 'full'] as const) {
      const before = server.turns.length;
      const { attempt, record } = await start({ permission }, { IS_SANDBOX: '1' });
      expect(record).toMatchObject({
        ending: 'completed',
        channel: 'report',
        result: { confidence: 0.9, summary: 'By tool.' },
      });
      expect(server.turns[before + 1]?.lastToolResult).toMatch(/nonce is \\*"guessed/);
      expect(existsSync(join(attempt.folder, 'mcp.json'))).toBe(false);
    }
  });

  it('repairs a result from another folder, in the same session where it can, and tells what the repair used', async (context) => {
    const { server, start } = await bench(context, (turn) =>
      nonceIn(turn.prompt) === 'second' ? report(turn, RESULT) : { kind: 'say', text: 'Forgot it.' },
    );
    const first = await start();
    expect(first.record).toMatchObject({
      ending: 'completed',
      result: null,
      usage: used(server.turns.length),
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
      usage: used(server.turns.length - before),
    });
    expect(second.attempt.worktree).not.toBe(first.attempt.worktree);
    const history = server.turns[before]?.history.join('\n') ?? '';
    expect(history.includes(first.attempt.worktree)).toBe(provider.resume === 'anywhere');
    // The repair asked as much of the model as the first run.
    expect(second.record.costUsd ?? -1).toBeCloseTo(costUsd ?? -1, 6);
  });

  it('goes on in the same session in the same folder, and tells what the new run used', async (context) => {
    if (provider.resume === 'never') return context.skip(`${cli} goes on in no session`);
    const { server, start } = await bench(context, (turn) =>
      nonceIn(turn.prompt) === 'second' ? report(turn, RESULT) : { kind: 'say', text: 'Forgot it.' },
    );
    const { record, attempt } = await start();
    const before = server.turns.length;
    const { sessionId, usage, costUsd } = record;
    const cwd = attempt.worktree;
    const repair = { error: '', sessionId, sessionFolder: cwd, before: { usage, costUsd } };
    const second = await start({ repair, nonce: 'second', cwd, worktree: cwd });
    expect(second.record).toMatchObject({ ending: 'completed', result: { confidence: 0.9 } });
    expect(second.record.usage).toEqual(used(server.turns.length - before));
    expect(second.record.costUsd ?? -1).toBeCloseTo(costUsd ?? -1, 6);
    expect(server.turns[before]?.history.join('\n')).toContain(`"nonce": "${attempt.spec.nonce}"`);
  });

  it('keeps to its folders in the permission mode `edits`, as far as it says so', async (context) => {
    const outside = join(homedir(), `.cfn-outside-${process.pid}-${cli}`);
    mkdirSync(outside);
    folders.push(outside);
    const file = join(outside, 'stray.txt');
    const byShell = join(outside, 'by-shell.txt');
    const write: Step = { kind: 'write', path: file, content: 'stray\n' };
    const shell: Step = { kind: 'shell', command: `echo stray > '${byShell}'` };
    const { start } = await bench(
      context,
      sequence([() => write, () => shell, (turn) => report(turn, RESULT)]),
    );
    const edits = await start();
    expect(edits.record).toMatchObject({ ending: 'completed', result: { confidence: 0.9 } });
    expect(existsSync(file)).toBe(!provider.confined);
    expect(existsSync(byShell)).toBe(!provider.gated);
    // Root is refused unless the machine is called a sandbox.
    const full = await start({ permission: 'full' }, { IS_SANDBOX: '1' });
    expect(full.record).toMatchObject({ ending: 'completed', result: { confidence: 0.9 } });
    expect(existsSync(byShell)).toBe(true);
  });

  it('tells a refused key as a failure, whatever its exit code', async (context) => {
    const { start } = await bench(context, () => ({ kind: 'fail', status: 401, message: 'invalid key' }));
    const { record } = await start({}, { CLAUDE_CODE_MAX_RETRIES: '1' });
    expect(record.ending).toBe('failed');
    expect(record.failure).toMatch(/401|key|auth/i);
  });

  it('is never taken for finished when something ends it, and leaves no process behind', async (context) => {
    const { launch } = await bench(context, () => ({ kind: 'shell', command: 'node linger.mjs' }));
    const lingering = async () => {
      const started = launch({ permission: 'full' }, { IS_SANDBOX: '1' });
      const { worktree } = started.attempt;
      writeFileSync(join(worktree, 'linger.mjs'), LINGERING);
      return { ...started, pids: await until(() => readPids(join(worktree, 'pids.json')), 60_000) };
    };
    // One after the other: two first starts of opencode fight over its new database.
    const cancelled = await lingering();
    const killed = await lingering();
    const pids = [...cancelled.pids, ...killed.pids];
    expect(pids.filter((pid) => !isRunning(pid))).toEqual([]);

    cancelled.running.child.kill('SIGTERM');
    const { agent } = JSON.parse(readFileSync(join(killed.attempt.folder, 'runner.json'), 'utf8')) as {
      readonly agent: { readonly pid: number };
    };
    process.kill(agent.pid, 'SIGKILL');
    expect(await cancelled.running.finished()).toMatchObject({ ending: 'cancelled', result: null });
    expect(await killed.running.finished()).toMatchObject({ ending: 'failed', result: null });

    expect(pids.filter(isRunning)).toEqual([]);
    const table = createProcessTable();
    for (const { attempt } of [cancelled, killed]) {
      expect([...(await table.carriers(attempt.spec.runToken))]).toEqual([]);
    }
  });
}
