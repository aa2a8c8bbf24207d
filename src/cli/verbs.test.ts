import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoopService, StartPlan } from '../app/loop-service.ts';
import { err, ok } from '../base/result.ts';
import type { OUTCOMES } from '../domain/loop/model.ts';
import { dispatch } from './dispatch.ts';
import { createTestLoop, type TestLoop } from './test-loop.ts';
import { createTestWorld, type TestWorldOptions } from './test-service.ts';

const CREW = ['--implementer', 'demo', '--validator', 'demo', '--product-owner', 'demo'];
const RUN = ['run', '--task', 'Do it', ...CREW];

const NPM = { commands: ['npm ci'], chosen: null };

const start = (argv: readonly string[], options: TestWorldOptions = {}) => {
  const world = createTestWorld(options);
  return { ...world, exit: dispatch(argv, '1.2.3', world.context) };
};
const json = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const finishing = (outcome: (typeof OUTCOMES)[number]) => ({
  onStart: (loop: TestLoop) => loop.finish(outcome),
});

describe('cfn run', () => {
  it.each([
    ['PROCEED', 0],
    ['ABORT', 1],
    ['EXHAUSTED', 3],
    ['BUDGET', 4],
    ['CANCELLED', 130],
  ] as const)('[X-32] [X-05] ends %s with exit code %d', async (outcome, code) => {
    const { exit } = start(RUN, finishing(outcome));
    expect(await exit).toBe(code);
  });

  it('prints one JSON object a line with --json and nothing else, the summary on standard error', async () => {
    const { exit, output } = start([...RUN, '--json'], finishing('PROCEED'));
    await exit;
    expect(json(output.stdout).map((event) => event['type'])).toEqual(['LoopStarted', 'LoopFinished']);
    expect(output.stderr).toBe('At most 40 agent runs, 2 at a time.\n');
  });

  it('says the most that may run before it starts anything', async () => {
    const { exit, output } = start(RUN, finishing('PROCEED'));
    await exit;
    expect(output.stdout).toMatch(/^At most 40 agent runs, 2 at a time\.\n.*fix-login started/);
  });

  it('ends with 5 and tells how to decide when nobody is at a terminal', async () => {
    const { exit, output } = start([...RUN, '--json'], { onStart: (loop) => loop.wait() });
    expect(await exit).toBe(5);
    expect(output.stderr).toContain('cfn decide fix-login PROCEED|ITERATE|ABORT');
    expect(json(output.stdout).at(-1)).toMatchObject({ type: 'LoopWaiting' });
  });

  it.each([
    ['none', [...RUN, '--set-up', 'none'], false],
    ['install', [...RUN, '--set-up', 'install'], true],
  ] as const)('remembers --set-up %s without asking, on a terminal too', async (setUp, argv, terminal) => {
    const { exit, calls, output } = start(argv, { terminal, installs: NPM, ...finishing('PROCEED') });
    expect(await exit).toBe(0);
    expect(calls).toContainEqual(['rememberSetUp', setUp]);
    expect(output.stdout + output.stderr).not.toContain('npm ci');
  });

  it('asks once on a terminal whether to install, and remembers a no', async () => {
    const started: StartPlan[] = [];
    const { exit, stdin, shows, calls } = start(RUN, {
      terminal: true,
      installs: NPM,
      service: {
        start: (plan) => {
          started.push(plan);
          const loop = createTestLoop();
          loop.finish('PROCEED');
          return Promise.resolve(ok(loop.handle));
        },
      },
    });
    await shows("Install dependencies with `npm ci` in each agent's worktree? This is asked once. (Y/n)");
    stdin.write('perhaps\nn\n');
    expect(await exit).toBe(0);
    expect(calls).toContainEqual(['rememberSetUp', 'none']);
    expect(started).toMatchObject([{ installs: { chosen: 'none' } }]);
  });

  it('starts nothing when the person leaves that question', async () => {
    const { exit, stdin, shows, calls } = start(RUN, { terminal: true, installs: NPM });
    await shows('This is asked once.');
    stdin.end();
    expect(await exit).toBe(130);
    expect(calls.map((call) => call[0])).toEqual(['openRepository', 'dispose']);
  });

  it('installs where nobody can be asked, says so in one line, and remembers nothing', async () => {
    for (const argv of [RUN, [...RUN, '--json']]) {
      const { exit, output, calls } = start(argv, { installs: NPM, ...finishing('PROCEED') });
      expect(await exit).toBe(0);
      expect(output.stderr).toContain('(`npm ci`); --set-up none turns that off');
      expect(calls.map((call) => call[0])).not.toContain('rememberSetUp');
    }
    const chosen = start(RUN, { installs: { ...NPM, chosen: 'none' }, ...finishing('PROCEED') });
    await chosen.exit;
    expect(chosen.output.stderr).toBe('');
  });

  it('refuses another --set-up before it opens the repository', async () => {
    const { exit, output, calls } = start([...RUN, '--set-up', 'maybe']);
    expect(await exit).toBe(2);
    expect(output.stderr).toContain('--set-up is "maybe"; it takes install or none.');
    expect(calls).toEqual([]);
  });

  it('remembers --code without asking, and refuses another one before it opens the repository', async () => {
    const { exit, calls, output } = start([...RUN, '--code', 'container'], {
      terminal: true,
      codePlace: null,
      ...finishing('PROCEED'),
    });
    expect(await exit).toBe(0);
    expect(calls).toContainEqual(['rememberCodePlace', 'container']);
    expect(output.stdout).not.toContain('This is asked once.');
    const wrong = start([...RUN, '--code', 'moon']);
    expect(await wrong.exit).toBe(2);
    expect(wrong.output.stderr).toContain('--code is "moon"; it takes machine or container.');
    expect(wrong.calls).toEqual([]);
  });

  it('asks once on a terminal where code runs, and starts with the answer', async () => {
    const started: StartPlan[] = [];
    const { exit, stdin, shows, calls } = start(RUN, {
      terminal: true,
      codePlace: null,
      service: {
        start: (plan) => {
          started.push(plan);
          const loop = createTestLoop();
          loop.finish('PROCEED');
          return Promise.resolve(ok(loop.handle));
        },
      },
    });
    await shows('Run agents, set-up and evidence on this machine, with your rights?');
    stdin.write('n\n');
    expect(await exit).toBe(0);
    expect(calls).toContainEqual(['rememberCodePlace', 'container']);
    expect(started).toMatchObject([{ codePlace: { flag: null, remembered: 'container' } }]);
  });

  it('takes the machine where nobody can be asked, says so in one line, and remembers nothing', async () => {
    for (const argv of [RUN, [...RUN, '--json']]) {
      const { exit, output, calls } = start(argv, { codePlace: null, ...finishing('PROCEED') });
      expect(await exit).toBe(0);
      expect(output.stderr.match(/run on this machine, with your rights; --code container/g)).toHaveLength(1);
      expect(calls.map((call) => call[0])).not.toContain('rememberCodePlace');
    }
  });

  it('asks the person at the terminal, and goes on with the answer', async () => {
    let loop: TestLoop | undefined;
    const { exit, stdin, shows, calls } = start(RUN, {
      terminal: true,
      onStart: (started) => {
        loop = started;
        started.wait();
      },
    });
    await shows('PROCEED, ITERATE or ABORT?');
    stdin.write('perhaps\niterate\n');
    await shows('Reason');
    stdin.write('not yet\n');
    await shows('What has to change:');
    stdin.write('\ntests\n');
    await shows('empty when done');
    stdin.write('\n');
    await shows('going on');
    loop?.finish('PROCEED');
    expect(await exit).toBe(0);
    expect(calls).toContainEqual([
      'decide',
      'fix-login',
      { decision: 'ITERATE', reason: 'not yet', feedback: ['tests'], confirm: [] },
    ]);
  });

  it('withdraws the question when somebody else decides', async () => {
    let loop: TestLoop | undefined;
    const { exit, shows, calls } = start(RUN, {
      terminal: true,
      onStart: (started) => {
        loop = started;
        started.wait();
      },
    });
    await shows('PROCEED, ITERATE or ABORT?');
    loop?.goOn();
    loop?.finish('ABORT');
    expect(await exit).toBe(1);
    expect(calls.map((call) => call[0])).not.toContain('decide');
  });

  it('ends with 5 when the person closes the input', async () => {
    const { exit, shows, stdin } = start(RUN, { terminal: true, onStart: (loop) => loop.wait() });
    await shows('PROCEED, ITERATE or ABORT?');
    stdin.end();
    expect(await exit).toBe(5);
  });

  it('cancels on Ctrl+C and leaves at once on the second', async () => {
    const first = start(RUN);
    await first.shows('started');
    first.signal('SIGINT');
    expect(await first.exit).toBe(130);
    expect(first.calls).toContainEqual(['stop', 'fix-login']);

    const never = { stop: () => new Promise<never>(() => undefined) };
    const second = start(RUN, { service: never });
    await second.shows('started');
    second.signal('SIGINT');
    expect(second.left).toEqual([]);
    second.signal('SIGINT');
    expect(second.left).toEqual([130]);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'lets go of the loop on %s, without cancelling it',
    async (signal) => {
      const { exit, shows, signal: send, calls } = start(RUN);
      await shows('started');
      send(signal);
      expect(await exit).toBe(signal);
      expect(calls.map((call) => call[0])).toEqual(['openRepository', 'dispose']);
    },
  );

  it('starts nothing when Ctrl+C comes while the start is planned', async () => {
    const planning = createTestWorld({
      service: {
        plan: (request) => {
          planning.signal('SIGINT');
          return Promise.resolve(
            ok({
              request,
              taskId: 'x',
              evidenceCommands: [],
              installs: null,
              codePlace: { flag: null, remembered: 'machine' },
              attachments: [],
              maxAgentRuns: 1,
              maxParallelAgents: 1,
              summary: '',
            }),
          );
        },
        start: () => Promise.reject(new Error('started')),
      },
    });
    expect(await dispatch(RUN, '1', planning.context)).toBe(130);
  });

  it('follows a loop in progress, telling only what is new, and ends with its outcome', async () => {
    const loop = createTestLoop('t1');
    loop.emit('LoopStarted', { at: '2020-01-01T00:00:00.000Z' });
    const { exit, output } = start(['run', '--task-id', 't1', '--json'], { loops: [loop] });
    await loop.followed;
    loop.emit('GateChecked');
    loop.finish('EXHAUSTED');
    expect(await exit).toBe(3);
    expect(json(output.stdout).map((event) => event['type'])).toEqual(['GateChecked', 'LoopFinished']);
  });

  it('refuses a finished id, and an id without a loop and without a task', async () => {
    const finished = start(['run', '--task', 'x', '--task-id', 't1', ...CREW], {
      loops: [createTestLoop('t1', { outcome: 'PROCEED' })],
    });
    expect(await finished.exit).toBe(2);
    expect(finished.output.stderr).toContain('The loop t1 is finished');
    const unknown = start(['run', '--task-id', 't2']);
    expect(await unknown.exit).toBe(2);
    expect(unknown.output.stderr).toContain('There is no loop t2 in progress');
  });

  it('names demo when no agent CLI is found, and else takes the first of claude, codex, pi', async () => {
    const none = start(['run', '--task', 'x']);
    expect(await none.exit).toBe(2);
    expect(none.output.stderr).toMatch(/^No agent CLI was found.*demo/);
    const some = start(['run', '--task', 'x'], { found: ['pi', 'codex'], ...finishing('PROCEED') });
    expect(await some.exit).toBe(0);
    expect(some.requests[0]?.crew[0]?.program).toEqual({ kind: 'preset', preset: 'codex' });
  });

  it('refuses presets that do not exist, and those whose CLI is not here', async () => {
    const unknown = start(['run', '--task', 'x', '--implementer', 'api=nosuch', ...CREW.slice(2)]);
    expect(await unknown.exit).toBe(2);
    expect(unknown.output.stderr).toBe(
      'The agent api has the preset "nosuch", which does not exist; the presets are claude, codex, pi, demo.\n',
    );
    const missing = start(['run', '--task', 'x', ...CREW.slice(0, 4), '--product-owner', 'codex+human']);
    expect(await missing.exit).toBe(2);
    expect(missing.output.stderr).toContain(
      'The agent product-owner needs codex, which was not found on PATH',
    );
    expect([unknown.requests, missing.requests]).toEqual([[], []]);
  });

  it('ends with 2 for refused repositories and with 70 for faults', async () => {
    const refused = start(RUN, { refuseRepository: { kind: 'input', message: 'No repository.' } });
    expect(await refused.exit).toBe(2);
    expect(refused.output.stderr).toBe('No repository.\n');
    const broken = start(RUN, {
      service: { start: () => Promise.resolve(err({ kind: 'internal', message: 'Disk full.' })) },
    });
    expect(await broken.exit).toBe(70);
    expect(broken.calls.at(-1)).toEqual(['dispose']);
  });

  it('[SI-122] takes the flags of the seeds: --task-id, --mode and --epic', async () => {
    const argv = [
      'run',
      '--task-id',
      'test-1',
      '--mode',
      'standard',
      '--epic',
      'Test the entire CFN Loop',
      ...CREW,
    ];
    const { exit, requests } = start(argv, finishing('PROCEED'));
    expect(await exit).toBe(0);
    expect(requests[0]).toMatchObject({
      taskId: 'test-1',
      mode: 'standard',
      description: 'Test the entire CFN Loop',
    });
  });

  it('keeps control characters of agents away from the terminal', async () => {
    const { exit, output } = start(RUN, {
      onStart: (loop) => {
        loop.emit('DecisionMade', { decision: 'ABORT', by: 'x', reason: '\u001B[2Jbad\u202E\nline' });
        loop.finish('ABORT');
      },
    });
    await exit;
    expect(output.stdout).toContain('decision ABORT by x: \uFFFD[2Jbad\uFFFD line');
  });
});

describe('where settings come from', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cfn-cli-'));
    await mkdir(join(folder, 'repo', '.git'), { recursive: true });
    await mkdir(join(folder, 'repo', '.cfn'));
    await mkdir(join(folder, 'repo', 'sub'));
    await mkdir(join(folder, 'user', 'cfn'), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = async (argv: readonly string[], env: Record<string, string> = {}) => {
    const world = start(['run', ...argv], {
      cwd: join(folder, 'repo', 'sub'),
      env: { XDG_CONFIG_HOME: join(folder, 'user'), ...env },
      ...finishing('PROCEED'),
    });
    return { code: await world.exit, request: world.requests[0], stderr: world.output.stderr };
  };

  it('[X-01] [X-31] flags come before the epic, the repository, the user and the defaults', async () => {
    await writeFile(
      join(folder, 'repo', 'sub', 'a.cfn.md'),
      '---\ngate: 0.6\nconsensus: 0.6\nagents: [demo]\nvalidators: [demo]\nproductOwner: demo\n---\nDo it\n',
    );
    await writeFile(
      join(folder, 'repo', '.cfn', 'config.json'),
      '{"gate": 0.5, "consensus": 0.5, "iterations": 5, "budget": 5}',
    );
    await writeFile(
      join(folder, 'user', 'cfn', 'config.json'),
      '{"gate": 0.4, "iterations": 4, "budget": 4, "mode": "mvp", "permission": "full"}',
    );
    const { code, request } = await run(['a.cfn.md', '--gate', '0.7'], { AGENT_TIMEOUT: '900' });
    expect(code).toBe(0);
    expect(request).toMatchObject({
      folder: join(folder, 'repo', 'sub'),
      gateThreshold: 0.7,
      consensusThreshold: 0.6,
      maxIterations: 5,
      budgetUsd: 5,
      mode: 'mvp',
      permission: 'full',
      onBudget: 'pause',
      totalLimitMs: 900_000,
    });
  });

  it('names the file and the line of what is wrong', async () => {
    await writeFile(join(folder, 'repo', 'sub', 'a.cfn.md'), '---\nmode: mvp\ngate: 2\n---\nDo it\n');
    expect(await run(['a.cfn.md'])).toMatchObject({
      code: 2,
      stderr: 'a.cfn.md line 3: gate is 2; it takes a number from 0 to 1.\n',
    });
    await writeFile(join(folder, 'repo', '.cfn', 'config.json'), '{"gates": 1}');
    expect((await run(['--task', 'x'])).stderr).toMatch(/^\.cfn\/config\.json: "gates" is not known here/);
  });

  it('tells what an epic holds that reaches no agent', async () => {
    await writeFile(join(folder, 'repo', 'sub', 'a.cfn.md'), 'Do it\n## Notes\n- x\n');
    expect((await run(['a.cfn.md', ...CREW])).stderr).toContain('a.cfn.md line 2: The section "Notes"');
  });

  it('writes a configuration to start from, once', async () => {
    const first = start(['init', '--repo', join(folder, 'repo', 'sub')]);
    expect(await first.exit).toBe(0);
    expect((await run(['--task', 'x', ...CREW])).code).toBe(0);
    const second = start(['init', '--repo', join(folder, 'repo')]);
    expect(await second.exit).toBe(2);
    expect(second.output.stderr).toContain('exists already; it is left as it is.');
  });
});

describe('the other verbs on loops', () => {
  it('resume tells the end of a finished loop, and exits with its code', async () => {
    const loop = createTestLoop('t1');
    loop.emit('LoopStarted');
    loop.finish('BUDGET');
    const { exit, output } = start(['resume', 't1', '--json'], { loops: [loop] });
    expect(await exit).toBe(4);
    expect(json(output.stdout).map((event) => event['type'])).toEqual(['LoopFinished']);
  });

  it('resume tells for what a loop waits, also when it did so before', async () => {
    const loop = createTestLoop('t1');
    loop.emit('LoopStarted', { at: '2020-01-01T00:00:00.000Z' });
    loop.emit('LoopWaiting', { at: '2020-01-01T00:00:01.000Z', for: 'quorum' });
    loop.set({ waiting: { for: 'quorum', since: 0, message: 'One of three voted.' } });
    const { exit, output } = start(['resume', 't1', '--json'], { loops: [loop] });
    expect(await exit).toBe(5);
    expect(json(output.stdout)).toMatchObject([{ type: 'LoopWaiting', for: 'quorum' }]);
  });

  it('resume takes the only loop in progress, ends its pause, and asks which of several', async () => {
    const loop = createTestLoop('t1', { paused: true });
    const done = createTestLoop('t0', { outcome: 'PROCEED' });
    const one = start(['resume'], { loops: [done, loop] });
    await loop.followed;
    loop.finish('PROCEED');
    expect(await one.exit).toBe(0);
    expect(one.calls).toContainEqual(['unpause', 't1']);
    const several = start(['resume'], { loops: [createTestLoop('a'), createTestLoop('b')] });
    expect(await several.exit).toBe(2);
    expect(several.output.stderr).toContain('Several loops are in progress (a, b)');
    const none = start(['resume'], { loops: [done] });
    expect(await none.exit).toBe(2);
  });

  it('decide forwards to a living holder with exit 0, and else goes on like run', async () => {
    const elsewhere = createTestLoop('t1');
    const forwarded = start(['decide', 't1', 'PROCEED', '--reason', 'fine', '--confirm', 'a.test.ts'], {
      loops: [elsewhere],
      service: { decide: () => Promise.resolve(ok({ ...elsewhere.handle, heldElsewhere: true })) },
    });
    expect(await forwarded.exit).toBe(0);

    const loop = createTestLoop('t2');
    loop.wait();
    const here = start(['decide', 't2', 'ITERATE', '--feedback', 'a', '--feedback', 'b', '--json'], {
      loops: [loop],
    });
    await loop.followed;
    loop.finish('ABORT');
    expect(await here.exit).toBe(1);
    expect(here.calls).toContainEqual([
      'decide',
      't2',
      { decision: 'ITERATE', feedback: ['a', 'b'], confirm: [] },
    ]);
    expect(json(here.output.stdout).at(-1)).toMatchObject({ type: 'LoopFinished' });
  });

  it('decide is refused where the loop does not wait, and where a word is wrong', async () => {
    const refusing = {
      decide: () => Promise.resolve(err({ kind: 'state', message: 'The loop t1 does not wait.' } as const)),
    };
    const state = start(['decide', 't1', 'PROCEED'], { service: refusing });
    expect(await state.exit).toBe(2);
    for (const argv of [
      ['t1'],
      ['t1', 'proceed'],
      ['t1', 'ITERATE', '--feedback', ' '],
      ['t1', 'PROCEED', '--reason', ' '],
      [],
    ]) {
      const wrong = start(['decide', ...argv]);
      expect(await wrong.exit).toBe(2);
      expect(wrong.calls).toEqual([]);
    }
  });

  it('[X-10] pause, stop and feedback take the loop as a word or by --task-id', async () => {
    const loops = () => [createTestLoop('t1'), createTestLoop('t2')];
    const pause = start(['pause', 't1', '--now'], { loops: loops() });
    expect(await pause.exit).toBe(0);
    expect(pause.calls).toContainEqual(['pause', 't1', true]);
    const stop = start(['stop', '--task-id', 't2'], { loops: loops() });
    expect(await stop.exit).toBe(0);
    expect(stop.calls).toContainEqual(['stop', 't2']);
    const words = start(['feedback', '--task-id', 't1', 'add', 'tests'], { loops: loops() });
    expect(await words.exit).toBe(0);
    expect(words.calls).toContainEqual(['addFeedback', 't1', ['add tests']]);
    const flags = start(['feedback', 't1', '--feedback', 'a', '--feedback', 'b'], { loops: loops() });
    expect(await flags.exit).toBe(0);
    expect(flags.calls).toContainEqual(['addFeedback', 't1', ['a', 'b']]);
    expect(await start(['feedback', 't1'], { loops: loops() }).exit).toBe(2);
  });

  it('status shows all loops or one, and JSON where asked', async () => {
    const loops = [createTestLoop('t1', { headline: 'in iteration 1' }), createTestLoop('t2')];
    const all = start(['status'], { loops });
    expect(await all.exit).toBe(0);
    expect(all.output.stdout).toBe('t1  it 1/10  implement  in iteration 1\nt2  it 1/10  implement\n');
    const one = start(['status', 't2', '--json'], { loops });
    expect(await one.exit).toBe(0);
    expect(json(one.output.stdout)).toEqual([loops[1]!.view]);
    expect(await start(['status', 't3'], { loops }).exit).toBe(2);
  });

  it.each([
    ['other-version', undefined, 0, 'warn codex 9.9.9 is newer.\n'],
    ['missing-flags', undefined, 1, 'FAIL codex 9.9.9 is newer.\n'],
    ['absent', undefined, 0, '-    codex 9.9.9 is newer.\n'],
    ['absent', 'codex', 1, '-    codex 9.9.9 is newer.\n'],
  ] as const)(
    'agents --verify of a CLI that is %s (named: %s) ends with %i',
    async (status, name, code, text) => {
      const cli = {
        id: 'codex',
        path: null,
        version: '9.9.9',
        verified: { from: '1.0.0', to: '2.0.0' },
        status,
        missingFlags: [],
        message: 'codex 9.9.9 is newer.',
      };
      const { exit, output } = start(['agents', '--verify', ...(name ? [name] : [])], {
        verified: ok([cli]),
      });
      expect([await exit, output.stdout]).toEqual([code, text]);
    },
  );

  it('agents --verify refuses a name that is no preset', async () => {
    const { exit, output } = start(['agents', '--verify=vim'], { verified: err('--verify takes claude.') });
    expect([await exit, output.stderr]).toEqual([2, '--verify takes claude.\n']);
  });

  const CLAIMED = {
    preset: 'exec',
    model: `node ${'long/'.repeat(20)}agent.mjs`,
    role: 'implementer',
    runs: 10,
    held: 6,
    claimed: 0.92,
    brier: 0.3424,
    gap: 0.32,
    badge: 'over-confident',
    unjudged: 0,
  } as const;
  const NEW = {
    ...CLAIMED,
    preset: 'claude',
    model: null,
    role: 'validator',
    runs: 0,
    held: 0,
    claimed: null,
    brier: null,
    gap: null,
    badge: 'too-few-runs',
    unjudged: 2,
  } as const;
  const calibration = () => Promise.resolve(ok([CLAIMED, NEW]));

  it('agents --calibration shows a row for each kind of agent', async () => {
    const { exit, output } = start(['agents', '--calibration'], { service: { calibration } });
    expect(await exit).toBe(0);
    expect(output.stdout.split('\n')).toEqual([
      'preset  model                             role         runs  said  held     Brier',
      'exec    …g/long/long/long/long/agent.mjs  implementer  10    0.92  6 of 10  0.34   over-confident',
      'claude                                    validator    0                           too few runs, 2 not judged',
      '',
    ]);
  });

  it('agents --calibration prints the figures as one object', async () => {
    const { exit, output } = start(['agents', '--calibration', '--json'], { service: { calibration } });
    expect(await exit).toBe(0);
    expect(json(output.stdout)).toEqual([{ calibration: [CLAIMED, NEW] }]);
  });

  it('agents prints one object of what was found', async () => {
    const { exit, output } = start(['agents', '--json'], { found: ['demo', 'claude'] });
    expect(await exit).toBe(0);
    expect(json(output.stdout)).toEqual([
      {
        clis: [
          {
            id: 'claude',
            title: 'claude',
            path: '/bin/claude',
            version: '1.0.0',
            verified: null,
            capabilities: {
              resume: true,
              usage: true,
              cost: false,
              channels: ['command', 'file', 'message'],
            },
          },
        ],
        profiles: [],
      },
    ]);
  });
});

describe('cfn gc and cfn replay', () => {
  it.each([
    [['gc'], { taskId: null, olderThanMs: 7 * 86_400_000, remove: false }],
    [['gc', '--yes', '--older-than', '12h'], { taskId: null, olderThanMs: 12 * 3_600_000, remove: true }],
    [['gc', '--task-id', 't1', '--json'], { taskId: 't1', olderThanMs: 0, remove: false }],
  ])('%s asks for a clean-up', async (argv, request) => {
    const { exit, calls, output } = start(argv);
    expect(await exit).toBe(0);
    expect(calls).toContainEqual(['cleanUp', request]);
    const empty = { removed: false, loops: [], artifacts: [], containers: [], bytes: 0 };
    expect(output.stdout).toBe(
      argv.includes('--json') ? `${JSON.stringify(empty)}\n` : 'There is nothing to remove.\n',
    );
  });

  it.each(['7', 'd', '-1d', '1.5d', '7 d', ''])('gc refuses %j as an age', async (age) => {
    const { exit, calls, output } = start(['gc', '--yes', '--older-than', age]);
    expect(await exit).toBe(2);
    expect(calls).toEqual([]);
    expect(output.stderr).toMatch(
      /^--older-than is .*; it takes a number and s, m, h, d or w, such as 7d\.\n$/,
    );
  });

  it('gc shows what goes and what stays, why, and how much it is', async () => {
    const item = { bytes: null, kept: null } as const;
    const report = {
      removed: false,
      artifacts: ['/r/.artifacts/a.bin'],
      containers: [
        { ...item, kind: 'container', name: 'cfn-agent-a-t1' },
        { ...item, kind: 'network', name: 'cfn-network', kept: 'its loop runs' },
      ],
      bytes: 2_500_000,
      loops: [
        {
          taskId: 't1',
          state: 'finished',
          endedAt: 0,
          bytes: 2_500_000,
          kept: null,
          rescued: [],
          ignored: [],
          items: [
            { ...item, kind: 'worktree', name: '/r.cfn/t1/a\u001b[31m1', bytes: 2_000_000 },
            {
              ...item,
              kind: 'branch',
              name: 'refs/heads/cfn/t1/result',
              kept: 'not merged into a branch of yours',
            },
          ],
        },
        {
          taskId: 't2',
          state: 'open',
          endedAt: null,
          bytes: 10,
          kept: 'it is not over',
          rescued: [],
          ignored: [],
          items: [{ ...item, kind: 'journal', name: '/s/t2' }],
        },
      ],
    } as const;
    const { exit, output } = start(['gc'], { service: { cleanUp: () => Promise.resolve(ok(report)) } });
    expect(await exit).toBe(0);
    expect(output.stdout.split('\n')).toEqual([
      't1  finished, 2.5 MB',
      '  would go  worktree  /r.cfn/t1/a\uFFFD[31m1  2.0 MB',
      '  stays  branch  refs/heads/cfn/t1/result  (not merged into a branch of yours)',
      't2  open, 10 bytes, kept: it is not over',
      '.artifacts: 1 old files would go',
      '  would go  /r/.artifacts/a.bin',
      'container engine:',
      '  would go  container  cfn-agent-a-t1',
      '  stays  network  cfn-network  (its loop runs)',
      '2.0 MB of 2.5 MB would be archived or removed; do it with: cfn gc --yes',
      '',
    ]);
  });

  it('gc --agent shows what removing one worktree would do, does it with --yes, and restores it', async () => {
    const calls: unknown[] = [];
    const service: Partial<LoopService> = {
      removeWorktree: (request) => {
        calls.push(request);
        const path = '/r.cfn/t1/a\u001b[31m1';
        const item = { agentId: 'a1', bytes: null, kept: null } as const;
        return Promise.resolve(
          ok({
            removed: request.remove,
            taskId: 't1',
            agentId: 'a1',
            there: true,
            bytes: 2_000_000,
            items: [
              { ...item, kind: 'worktree', name: path, bytes: 2_000_000 },
              { ...item, kind: 'branch', name: 'cfn/t1/a1', kept: 'it has the commits of the agent' },
            ],
            unsaved: [{ path: 'src/new\u0007.ts', status: 'added', added: 1, removed: 0 }],
            looseCommits: 2,
            rescued: request.remove ? 'refs/cfn/rescue/t1/a1/0123' : null,
            ignored: [`${path}/node_modules/`],
          }),
        );
      },
      restoreWorktree: (...which) => {
        calls.push(which);
        return Promise.resolve(ok({ path: '/r.cfn/t1/a1', branch: 'cfn/t1/a1', needsSetup: true }));
      },
    };
    const gc = async (...flags: readonly string[]) => {
      const { exit, output } = start(['gc', '--task-id', 't1', '--agent', 'a1', ...flags], { service });
      expect(await exit).toBe(0);
      return output.stdout;
    };
    expect((await gc()).split('\n')).toEqual([
      't1 a1',
      '  would go  worktree  /r.cfn/t1/a\uFFFD[31m1  2.0 MB',
      '  stays  branch  cfn/t1/a1  (it has the commits of the agent)',
      '  rescued first: added  src/new\uFFFD.ts',
      '  rescued first: commits of the agent that nothing else holds: 2',
      '  ignored by git, goes with its worktree: /r.cfn/t1/a\uFFFD[31m1/node_modules/',
      '2.0 MB would be removed; do it with: cfn gc --task-id t1 --agent a1 --yes',
      '',
    ]);
    const done = await gc('--yes');
    expect(done).toContain('\n  rescue ref: refs/cfn/rescue/t1/a1/0123\n');
    expect(done).toContain('Removed 2.0 MB; make it again with: cfn gc --task-id t1 --agent a1 --restore\n');
    expect(json(await gc('--json'))).toMatchObject([{ removed: false, agentId: 'a1', looseCommits: 2 }]);
    expect(await gc('--restore')).toBe('/r.cfn/t1/a1 is there again, on cfn/t1/a1.\n');
    const named = { taskId: 't1', agentId: 'a1' };
    expect(calls).toEqual([
      { ...named, remove: false },
      { ...named, remove: true },
      { ...named, remove: false },
      ['t1', 'a1'],
    ]);
  });

  it.each([
    [['--agent', 'a1'], '--agent needs --task-id, which takes the id of its loop (cfn status lists them).'],
    [
      ['--task-id', 't1', '--restore'],
      '--restore has no meaning without --agent, which takes the id of an agent.',
    ],
    [
      ['--task-id', 't1', '--agent', 'a1', '--older-than', '1d'],
      '--older-than has no meaning with --agent; leave it out.',
    ],
    [
      ['--task-id', 't1', '--agent', 'a1', '--restore', '--yes'],
      '--yes has no meaning with --restore; leave it out.',
    ],
    [['--task-id', 't1', '--agent', '../a1'], /^--agent is /],
  ])('gc %j says what it takes instead', async (flags, message) => {
    const { exit, calls, output } = start(['gc', ...flags]);
    expect(await exit).toBe(2);
    expect(calls).toEqual([]);
    expect(output.stderr.trim()).toMatch(message);
  });

  it('replay tells the events again, and needs a loop', async () => {
    const loop = createTestLoop('t1');
    loop.emit('LoopStarted', { mode: 'mvp' });
    loop.finish('PROCEED');
    const { exit, output } = start(['replay', 't1', '--json'], { loops: [loop] });
    expect(await exit).toBe(0);
    expect(json(output.stdout)).toEqual(loop.told());
    const without = start(['replay'], { loops: [loop] });
    expect(await without.exit).toBe(2);
    expect(without.output.stderr).toMatch(/^TASK_ID is missing/);
  });
});

describe('stepping through a loop', () => {
  const LOOP = { loops: [createTestLoop('sum')] };

  it.each([
    [
      ['breakpoint', 'sum', '5', '1'],
      ['setBreakpoints', 'sum', [5, 1]],
    ],
    [
      ['breakpoint', '--task-id', 'sum', '5'],
      ['setBreakpoints', 'sum', [5]],
    ],
    [
      ['breakpoint', 'sum', '--clear'],
      ['setBreakpoints', 'sum', []],
    ],
    [
      ['thresholds', 'sum', '--gate', '0.8', '--max-iterations', '3'],
      ['changeThresholds', 'sum', { gate: 0.8, maxIterations: 3 }],
    ],
    [
      ['retry', 'sum', 'worker'],
      ['retryAgent', 'sum', 'worker', {}],
    ],
    [
      ['retry', 'sum', 'worker', '--with', 'codex'],
      ['retryAgent', 'sum', 'worker', { spec: 'codex' }],
    ],
  ])('cfn %j does one thing to one loop', async (argv, call) => {
    const { exit, calls } = start(argv, LOOP);
    expect(await exit).toBe(0);
    expect(calls).toContainEqual(call);
  });

  it.each([
    [['breakpoint', 'sum'], 'No transfer point is named; it takes numbers from 1 to 7, or --clear.'],
    [['breakpoint', 'sum', '8'], 'The breakpoint is "8"; it takes transfer points from 1 to 7.'],
    [['breakpoint', 'sum', '5', '--clear'], 'Points and --clear are both given; it takes one of them.'],
    [['thresholds', 'sum', '--gate', 'high'], '--gate is "high"; it takes a number.'],
    [['retry', 'sum'], 'No agent is named; cfn retry takes TASK_ID and AGENT_ID.'],
    [['transfer', 'sum', '0'], 'The transfer point is "0"; it takes a number from 1 to 7.'],
    [['transfer', 'sum', '5', '--iteration', '0'], '--iteration is "0"; it takes a whole number from 1 on.'],
    [['release', 'sum', '--payload', 'nowhere.json'], 'The hand-over of --payload can not be read'],
    [[...RUN, '--breakpoint', '9'], '--breakpoint is "9"; it takes a transfer point from 1 to 7.'],
  ])('cfn %j is refused in one sentence, and does nothing', async (argv, message) => {
    const { exit, output, calls } = start(argv, LOOP);
    expect(await exit).toBe(2);
    expect(output.stderr).toContain(message);
    expect(calls.filter(([name]) => name !== 'openRepository' && name !== 'dispose')).toEqual([]);
  });

  it('reads an edited hand-over from standard input', async () => {
    const loop = createTestLoop('sum');
    const { exit, calls, stdin } = start(['release', 'sum', '--payload', '-'], {
      loops: [loop],
      ...finishing('PROCEED'),
    });
    stdin.end('{"passed":true}');
    queueMicrotask(() => loop.finish('PROCEED'));
    expect(await exit).toBe(0);
    expect(calls).toContainEqual(['release', 'sum', '{"passed":true}']);
  });
});

describe('cfn nudge', () => {
  it('passes on what a person says, or that the agent showed no sign of work', async () => {
    const loops = [createTestLoop('fix')];
    const said = start(['nudge', 'fix', 'backend-1', 'Use', 'argon2'], { loops });
    expect(await said.exit).toBe(0);
    expect(said.calls).toContainEqual(['nudge', 'fix', 'backend-1', 'Use argon2']);
    const plain = start(['nudge', 'fix', 'backend-1'], { loops });
    expect(await plain.exit).toBe(0);
    expect(plain.calls).toContainEqual(['nudge', 'fix', 'backend-1']);
    const nobody = start(['nudge', 'fix'], { loops });
    expect(await nobody.exit).toBe(2);
    expect(nobody.output.stderr).toContain('No agent is named');
  });
});

describe('cfn inbox', () => {
  it('lists what needs a person, or says that nothing does', async () => {
    const loop = createTestLoop('fix');
    const none = start(['inbox'], { loops: [loop] });
    expect(await none.exit).toBe(0);
    expect(none.output.stdout).toBe('Nothing needs you.\n');
    loop.wait();
    const shown = start(['inbox'], { loops: [loop] });
    await shown.exit;
    expect(shown.output.stdout).toMatch(/fix +it 1 .*Decide iteration 1/);
    const asked = start(['inbox', '--json'], { loops: [loop] });
    await asked.exit;
    expect(json(asked.output.stdout)).toMatchObject([{ kind: 'decision', taskId: 'fix', blocks: true }]);
  });
});

describe('cfn ask', () => {
  const inAgent = { env: { CFN_RESULT_FILE: '/nowhere/out/result.json' } };
  it.each([
    [[], 'The question is empty; cfn ask takes a text.'],
    [['x'.repeat(4097)], 'The question has 4097 characters; it takes at most 4096.'],
    [
      ['a', ...Array.from({ length: 9 }, (_, at) => ['--choice', `${at}`]).flat()],
      '--choice is given 9 times; it takes at most 8.',
    ],
    [['a', '--choice', ' '], '--choice is " "; it takes a text of at most 200 characters.'],
    [['a', '--timeout', 'soon'], '--timeout is "soon"; it takes seconds, more than 0 and at most 86400.'],
    [['a', '--timeout', '0'], '--timeout is "0"; it takes seconds, more than 0 and at most 86400.'],
  ])('refuses what is wrong in one sentence: %j', async (words, sentence) => {
    const { exit, output } = start(['ask', ...words], inAgent);
    expect(await exit).toBe(2);
    expect(output).toEqual({ stdout: '', stderr: `[ERROR] ${sentence}\n` });
  });

  it('says that it works within an agent only', async () => {
    const { exit, output } = start(['ask', 'Which?']);
    expect(await exit).toBe(2);
    expect(output.stderr).toBe(
      '[ERROR] CFN_RESULT_FILE is not set; cfn ask works within an agent of the loop.\n',
    );
  });
});

it('cfn answer takes a text', async () => {
  const { exit, output } = start(['answer', 'fix-login', ' ']);
  expect(await exit).toBe(2);
  expect(output.stderr).toBe('The answer is empty; cfn answer takes TASK_ID and a text.\n');
});
