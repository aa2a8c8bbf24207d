import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let repository: string;
let crew: readonly string[];
let loops = 0;

/** Does what its role asks for; an implementer waits while the file `hold` beside it exists. */
const AGENT = `
  import { existsSync, readdirSync, writeFileSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  const { CFN_ROLE: role, CFN_NONCE: nonce, CFN_RESULT_FILE: file } = process.env;
  const results = {
    implementer: { nonce, confidence: 0.9, summary: 'Added sum.', files: ['sum.js'], issues: [] },
    validator: { nonce, score: 0.95, findings: [], confirmed: [] },
    'product-owner': { nonce, decision: 'PROCEED', reason: 'Fine.', feedback: [], deferred: [] },
  };
  console.log('working as', role, 'in', readdirSync('.').join(' '));
  while (role === 'implementer' && existsSync(new URL('hold', import.meta.url))) await setTimeout(50);
  if (role === 'implementer') writeFileSync('sum.js', 'exports.sum = (a, b) => a + b;\\n');
  writeFileSync(file, JSON.stringify(results[role]));
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-cli-loop-'));
  repository = join(folder, 'repository');
  await mkdir(repository);
  await writeFile(join(folder, 'agent.mjs'), AGENT);
  const git = (...argv: readonly string[]) =>
    run('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...argv]);
  await git('init', '-q');
  await writeFile(join(repository, 'README.md'), 'sum\n');
  for (const name of ['docs', 'lib']) {
    await mkdir(join(repository, name));
    await writeFile(join(repository, name, 'readme.md'), `${name}\n`);
  }
  await git('add', '-A');
  await git('commit', '-qm', 'base');
  await run(process.execPath, ['esbuild.mjs', `--outdir=${join(folder, 'dist')}`], { cwd: root });
  const agent = `exec:'${process.execPath}' '${join(folder, 'agent.mjs')}'`;
  crew = ['--implementer', `api=${agent}`, '--validator', `v=${agent}`, '--evidence', 'git --version'];
  crew = [...crew, '--product-owner'];
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
const agentOwner = () => `po=exec:'${process.execPath}' '${join(folder, 'agent.mjs')}'`;
const newId = () => `loop-${(loops += 1)}`;
const hold = () => writeFile(join(folder, 'hold'), '');
const letGo = () => rm(join(folder, 'hold'), { force: true });

function start(...argv: readonly string[]): {
  child: ChildProcess;
  ended: Promise<Ended>;
  shows(text: string): Promise<void>;
} {
  const child = spawn(process.execPath, [join(folder, 'dist', 'cli.js'), ...argv], {
    cwd: repository,
    env: { ...process.env, CFN_STATE_HOME: join(folder, 'state'), XDG_CONFIG_HOME: join(folder, 'config') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const shows = async (text: string) => {
    while (!stdout.includes(text)) await once(child.stdout, 'data');
  };
  return { child, ended, shows };
}
const cfn = (...argv: readonly string[]) => start(...argv).ended;
const events = ({ stdout }: Ended) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const types = (ended: Ended) => events(ended).map((event) => event['type']);

/** What outside tools may rely on, type by type. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  LoopStarted: ['mode', 'gateThreshold', 'consensusThreshold', 'maxIterations', 'baseCommit', 'strategy'],
  TransferPoint: ['point', 'key', 'sha256', 'verified'],
  AgentStarted: ['agentId', 'role', 'attempt', 'pid', 'worktree', 'branch'],
  AgentExited: [
    'agentId',
    'role',
    'attempt',
    'exitCode',
    'ending',
    'lingered',
    'defaulted',
    'tokens',
    'costUsd',
  ],
  Integrated: ['commit', 'agents', 'conflicts'],
  EvidenceCollected:
    'run commit command status passed failed skipped passRate baseline protectedFilesChanged'.split(' '),
  GateChecked: ['passed', 'threshold', 'actualConfidence', 'evidence', 'reasons'],
  ConsensusChecked: ['passed', 'threshold', 'score', 'votes', 'vetoes', 'dissent'],
  DecisionMade: ['decision', 'by', 'reason', 'defaulted'],
  LoopWaiting: ['for', 'since'],
  LoopFinished: ['outcome', 'iterations', 'branch', 'commit', 'mergedToMain', 'stopReason'],
};

describe('cfn on real loops', () => {
  it("[SI-078] shows the text of a repository's profile before it becomes the role of an agent", async () => {
    const profile = '---\nname: careful\ndescription: d\nmodel: opus\n---\nDoubt everything.\n';
    await mkdir(join(repository, '.cfn', 'agents'), { recursive: true });
    await writeFile(join(repository, '.cfn', 'agents', 'careful.md'), profile);
    const id = newId();
    const argv = ['run', '--task', 'Add sum', '--task-id', id, '--validator', 'strict=demo@careful'];
    const ended = await cfn(...argv, ...crew, agentOwner(), '--json', '--max-iterations', '1');
    expect(ended.stderr).toContain(
      'The role of strict is @careful, text of this repository: .cfn/agents/careful.md, 17 characters. Its model "opus" is left to demo.\n  | Doubt everything.\n',
    );
    expect(types(ended)).toContain('LoopFinished');
    const prompts = (await readdir(join(folder, 'state'), { recursive: true }))
      .filter((name) => name.endsWith('prompt.md') && name.includes(id))
      .map((name) => join(folder, 'state', name));
    const roles = await Promise.all(
      prompts.map(async (file) => [/[\\/]1[\\/]([^\\/]+)/.exec(file)?.[1], await readFile(file, 'utf8')]),
    );
    const withRole = roles.filter(([, text]) => text?.includes('```text\nDoubt everything.\n```'));
    expect(new Set(withRole.map(([agent]) => agent))).toEqual(new Set(['strict']));
    expect(roles.length).toBeGreaterThan(withRole.length);
    const refused = await cfn('run', '--task', 'x', '--implementer', '@nobody', ...crew.slice(2), 'human');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toBe(
      '--implementer names the profile "nobody", which does not exist; there is @careful.\n',
    );
  });

  it('[DP-012] prints every event with the fields that outside tools rely on', async () => {
    const ended = await cfn(
      'run',
      '--task',
      'Add sum',
      '--task-id',
      newId(),
      ...crew,
      agentOwner(),
      '--json',
    );
    expect(ended.code).toBe(0);
    for (const event of events(ended)) {
      const { type, correlation, at } = event;
      expect(correlation).toMatch(/^[a-z-]+:iter-\d+:\d{13}$/);
      expect(new Date(String(at)).toISOString()).toBe(at);
      expect(Object.keys(event)).toEqual(
        expect.arrayContaining(['taskId', 'iteration', ...(FIELDS[String(type)] ?? ['unknown type'])]),
      );
    }
    const points = events(ended).filter((event) => event['type'] === 'TransferPoint');
    expect(points.map((event) => event['point'])).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('gives agents sparse worktrees, and changes nothing of what they do not see', async () => {
    const id = newId();
    const argv = ['run', '--task', 'Add sum', '--task-id', id, ...crew, agentOwner(), '--json'];
    const missing = await cfn(...argv, '--sparse', 'lib,nowhere');
    expect([missing.code, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toMatch(/^sparse names "nowhere", which is no folder of the base commit/m);
    const pattern = await cfn(...argv, '--sparse', 'lib/*');
    expect([pattern.code, pattern.stderr]).toEqual([
      2,
      '--sparse is "lib/*"; it takes folders such as src or packages/a, from the root of the repository and without .. or *, or . for all.\n',
    ]);
    const ended = await cfn(...argv, '--sparse', './lib/');
    expect(ended.code).toBe(0);
    expect(events(ended)[0]).toMatchObject({ type: 'LoopStarted', sparse: ['lib'] });
    const finished = events(ended).at(-1);
    const { stdout } = await run('git', [
      '-C',
      repository,
      'ls-tree',
      '-r',
      '--name-only',
      String(finished?.['commit']),
    ]);
    expect(stdout).toBe('README.md\ndocs/readme.md\nlib/readme.md\nsum.js\n');
    const { stdout: said } = await cfn('logs', id);
    expect(said).toContain('working as implementer in .git README.md lib\n');
    for (const role of ['validator', 'product-owner'])
      expect(said).toContain(`working as ${role} in .git README.md lib sum.js\n`);
  });

  it('waits for a person, is decided, tells its end again, and refuses its id', async () => {
    const id = newId();
    const waiting = await cfn('run', '--task', 'Add sum', '--task-id', id, ...crew, 'human', '--json');
    expect(waiting.code).toBe(5);
    expect(types(waiting).at(-1)).toBe('LoopWaiting');
    expect((await cfn('resume', id, '--json')).code).toBe(5);
    const status = await cfn('status', id, '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ taskId: id, waiting: { for: 'decision' } });

    const decided = await cfn('decide', id, 'PROCEED', '--reason', 'Right.', '--json');
    expect(decided.code).toBe(0);
    expect(types(decided)).toEqual(['DecisionMade', 'LoopResumed', 'TransferPoint', 'LoopFinished']);
    const again = await cfn('resume', id, '--json');
    expect(again.code).toBe(0);
    expect(events(again)).toEqual(events(decided).slice(-1));
    expect(await cfn('decide', id, 'PROCEED')).toMatchObject({ code: 2, stdout: '' });
    expect(await cfn('run', '--task', 'x', '--task-id', id, ...crew, 'human')).toMatchObject({
      code: 2,
      stdout: '',
    });
  });

  it('follows a loop that another process holds, and forwards a stop to it', async () => {
    await hold();
    const id = newId();
    const holder = start('run', '--task', 'Add sum', '--task-id', id, ...crew, agentOwner(), '--json');
    await holder.shows('AgentStarted');
    const follower = start('run', '--task-id', id, '--json');
    const stop = await cfn('stop', id);
    await letGo();
    expect(stop).toMatchObject({ code: 0, stderr: '' });
    const [held, followed] = await Promise.all([holder.ended, follower.ended]);
    expect([held.code, followed.code]).toEqual([130, 130]);
    expect(events(followed).at(-1)).toEqual(events(held).at(-1));
  });

  it('pauses without ending agents, takes feedback, and goes on', async () => {
    await hold();
    const id = newId();
    const holder = start('run', '--task', 'Add sum', '--task-id', id, ...crew, agentOwner(), '--json');
    await holder.shows('AgentStarted');
    expect((await cfn('pause', id)).code).toBe(0);
    expect((await cfn('feedback', id, 'Add tests.')).code).toBe(0);
    const running = await cfn('logs', id);
    expect(running).toMatchObject({ code: 0, stderr: '' });
    expect(running.stdout).toContain('api text: working as implementer');
    expect(JSON.parse((await cfn('status', id, '--json')).stdout)).toMatchObject({
      paused: true,
      agents: [{ id: 'api', state: 'working' }, { id: 'v' }, { id: 'po' }],
    });
    await letGo();
    await holder.shows('GateChecked');
    const resumed = await cfn('resume', id, '--json');
    const held = await holder.ended;
    expect([resumed.code, held.code]).toEqual([0, 0]);
    const order = types(held);
    expect(order.indexOf('LoopPaused')).toBeLessThan(order.indexOf('AgentExited'));
    expect(order.indexOf('LoopResumed')).toBeLessThan(order.lastIndexOf('AgentStarted'));
    expect(events(held).find((event) => event['type'] === 'AgentExited')).toMatchObject({
      ending: 'completed',
    });
    const logs = await cfn('logs', id, '--agent-id', 'API');
    expect(logs.stdout).toContain('working as implementer');
  });

  it.skipIf(process.platform === 'win32').each(['SIGTERM', 'SIGHUP'] as const)(
    'lets go of its loop at %s, ends by it, and goes on where it stood',
    async (signal) => {
      await hold();
      const id = newId();
      const first = start('run', '--task', 'Add sum', '--task-id', id, ...crew, agentOwner(), '--json');
      await first.shows('AgentStarted');
      first.child.kill(signal);
      const detached = await first.ended;
      expect([detached.code, first.child.signalCode]).toEqual([null, signal]);
      expect(types(detached)).not.toContain('LoopFinished');
      await letGo();
      const second = await cfn('resume', id, '--json');
      expect(second.code).toBe(0);
      const told = [...types(detached), ...types(second)];
      expect(told.filter((type) => type === 'LoopStarted' || type === 'LoopFinished')).toHaveLength(2);
      const attempts = [...events(detached), ...events(second)].filter(
        (event) => event['type'] === 'AgentStarted' && event['role'] === 'implementer',
      );
      expect(attempts).toHaveLength(1);
    },
  );
});
