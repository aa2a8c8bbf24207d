import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AttemptSpec } from '../../src/protocol/attempt.ts';
import {
  buildRunner,
  fixture,
  isRunning,
  makeAttempt,
  readPids,
  run,
  scripted,
  startRunner,
  until,
  type Attempt,
  type BuiltRunner,
} from './support/attempt.ts';

let built: BuiltRunner;
let runner = '';
beforeAll(async () => {
  built = await buildRunner();
  runner = built.file;
});
afterAll(() => built.remove());

const attempts: Attempt[] = [];
afterEach(() => {
  for (const attempt of attempts.splice(0)) attempt.remove();
});
const attemptOf = (change: Partial<AttemptSpec> = {}, prompt?: string) => {
  const attempt = makeAttempt(change, prompt);
  attempts.push(attempt);
  return attempt;
};
const runSteps = (...steps: string[]) => run(runner, attemptOf({ program: scripted(...steps) }));
const limits = { idleMs: 20_000, totalMs: 60_000, completionMs: 700, killGraceMs: 200 };
const valid = '{"nonce":"%n","confidence":0.8,"summary":"done"}';

describe('results', () => {
  it('[FL-042] takes a fenced block, a result file and a report, in the order of the contract', async () => {
    const message = await runSteps('say=hello', `block=${valid}`);
    expect(message).toMatchObject({ ending: 'completed', lingered: false, channel: 'message', exitCode: 0 });
    expect(message.result).toMatchObject({ role: 'implementer', confidence: 0.8, summary: 'done' });
    expect(message.lastLine).toContain('"summary":"done"');
    const file = await runSteps('file={"nonce":"%n","confidence":0.7}', `block=${valid}`);
    expect(file).toMatchObject({ channel: 'file', result: { confidence: 0.7 } });
    const report = await runSteps(
      'report={"nonce":"%n","confidence":0.6}',
      'file={"nonce":"%n","confidence":0.7}',
      `block=${valid}`,
    );
    expect(report).toMatchObject({ channel: 'report', result: { confidence: 0.6 } });
  });

  it('[L-12] rejects 10.0, "92%", a stale nonce and no result, each with one sentence', async () => {
    const errorOf = async (...steps: string[]) => {
      const record = await runSteps(...steps);
      expect(record).toMatchObject({ ending: 'completed', result: null, channel: null });
      return record.resultError;
    };
    expect(await errorOf('block={"nonce":"%n","confidence":10.0}')).toContain('confidence is 10; it takes');
    expect(await errorOf('block={"nonce":"%n","confidence":"92%"}')).toContain(
      'confidence is "92%"; it takes',
    );
    expect(await errorOf('block={"nonce":"old","confidence":0.9}')).toContain('nonce is "old"');
    expect(await errorOf('say=all good, confidence: 9/10')).toContain('No result');
  });

  it('says that a result file was too large, instead of that there was none', async () => {
    const write = `require('fs').writeFileSync(process.env.CFN_RESULT_FILE, ' '.repeat(4 * 1024 * 1024 + 1))`;
    const program = { kind: 'exec', argv: [process.execPath, '-e', write], tty: false } as const;
    const record = await run(runner, attemptOf({ program }));
    expect(record).toMatchObject({
      ending: 'completed',
      result: null,
      resultError: expect.stringMatching(/4 MB/),
    });
  });

  it('[L-31] does not take an echo of the prompt for a result', async () => {
    const prompt = 'Answer:\n```json\n{"nonce":"n-fixed","confidence":0.9}\n```\n';
    const program = scripted('echo-prompt');
    const record = await run(runner, attemptOf({ program, nonce: 'n-fixed' }, prompt));
    expect(record.result).toBeNull();
  });

  it('keeps characters whole that were split over writes', async () => {
    const attempt = attemptOf({ program: scripted('utf8', `block=${valid}`) });
    expect((await run(runner, attempt)).channel).toBe('message');
    expect(attempt.transcript().map((line) => line.text)).toContain('grüße 🎉 漢字');
  });

  it('runs a plain shell agent that writes to /dev/stderr by name', async () => {
    const program = { kind: 'exec', argv: ['sh', fixture('shell-agent.sh'), '0.75'], tty: false } as const;
    const attempt = attemptOf({ program });
    const record = await run(runner, attempt);
    expect(record).toMatchObject({ ending: 'completed', result: { confidence: 0.75 } });
    expect(attempt.transcript()).toContainEqual(
      expect.objectContaining({ stream: 'stderr', text: 'a warning by name' }),
    );
    expect(readFileSync(join(attempt.worktree, 'shell-agent.txt'), 'utf8')).toBe('changed by agent-1\n');
  });
});

describe('environment', () => {
  it('[SI-061] tells the agent who it is and removes what only the runner needs', async () => {
    const names = [
      'AGENT_ID',
      'TASK_ID',
      'CFN_ROLE',
      'CFN_ITERATION',
      'CFN_ATTEMPT',
      'CFN_NONCE',
      'CFN_REPAIR',
    ];
    const program = scripted(
      ...[...names, 'ELECTRON_RUN_AS_NODE', 'KEPT'].map((name) => `env=${name}`),
      'stdin',
    );
    const attempt = attemptOf({ program, iteration: 3, attempt: 2 });
    await run(runner, attempt, { ...process.env, ELECTRON_RUN_AS_NODE: '1', KEPT: 'yes' });
    const said = attempt.transcript().map((line) => line.text);
    expect(said).toEqual([
      'AGENT_ID=agent-1',
      'TASK_ID=task-1',
      'CFN_ROLE=implementer',
      'CFN_ITERATION=3',
      'CFN_ATTEMPT=2',
      `CFN_NONCE=${attempt.spec.nonce}`,
      'CFN_REPAIR=(unset)',
      'ELECTRON_RUN_AS_NODE=(unset)',
      'KEPT=yes',
      'stdin: 0',
    ]);
  });

  it('tells a repair round what was wrong', async () => {
    const program = scripted('env=CFN_REPAIR', 'env=CFN_REPAIR_ERROR');
    const attempt = attemptOf({ program, repair: { error: 'confidence is 10', sessionId: null } });
    await run(runner, attempt);
    const said = attempt.transcript().map((line) => line.text);
    expect(said).toEqual(['CFN_REPAIR=1', 'CFN_REPAIR_ERROR=confidence is 10']);
  });
});

it.skipIf(process.platform === 'win32')('[DP-132] runs the agent with a low priority', async () => {
  const command = 'sleep 0.3; nice';
  const attempt = attemptOf({ program: { kind: 'exec', argv: ['sh', '-c', command], tty: false } });
  await run(runner, attempt);
  expect(attempt.transcript().map((line) => line.text)).toEqual(['10']);
});

describe('endings', () => {
  it('keeps what an exec-tty agent says where there is no terminal', async () => {
    const attempt = attemptOf({ program: { ...scripted('say=hello', `block=${valid}`), tty: true } });
    expect(await run(runner, attempt)).toMatchObject({ ending: 'completed', channel: 'message' });
    expect(attempt.transcript().map((line) => line.text)).toContain('hello');
  });

  it('calls an exit other than 0 failed and keeps the result', async () => {
    const record = await runSteps(`block=${valid}`, 'exit=1');
    expect(record).toMatchObject({ ending: 'failed', exitCode: 1, result: { confidence: 0.8 } });
    expect(record.failure).toBe('The agent ended with exit code 1.');
  });

  it('[L-13] calls a crash failed and keeps its last words', async () => {
    const record = await runSteps('err=Prompt too long', 'crash=SIGSEGV');
    expect(record).toMatchObject({ ending: 'failed', signal: 'SIGSEGV', lastLine: 'Prompt too long' });
  });

  it('says in one sentence why a program could not be started', async () => {
    const program = { kind: 'exec', argv: ['no-such-program-at-all'], tty: false } as const;
    const record = await run(runner, attemptOf({ program }));
    expect(record).toMatchObject({ ending: 'failed', pid: null });
    expect(record.failure).toBe('no-such-program-at-all was not found; install it or put it on PATH.');
    const nowhere = await run(runner, attemptOf({ cwd: '/no/such/folder' }));
    expect(nowhere.failure).toContain('/no/such/folder does not exist');
    const preset = { kind: 'preset', preset: 'nobody' } as const;
    const unknown = await run(runner, attemptOf({ program: preset }));
    expect(unknown.failure).toBe('There is no agent preset "nobody".');
  });

  it('[DP-033] [X-27] [L-36] ends a silent agent at the idle limit', async () => {
    const record = await run(
      runner,
      attemptOf({ program: scripted('say=thinking', 'hang'), limits: { ...limits, idleMs: 1000 } }),
    );
    expect(record).toMatchObject({ ending: 'idle', result: null });
    expect(record.endedAt - record.startedAt).toBeLessThan(4000);
  });

  it('lets output, CPU time and file changes count as signs of life', async () => {
    const short = { ...limits, idleMs: 1800 };
    const ticks = Array.from({ length: 3 }, () => ['sleep=1000', 'say=still here']).flat();
    const talking = await run(runner, attemptOf({ program: scripted(...ticks), limits: short }));
    expect(talking.ending).toBe('completed');
    const burning = await run(runner, attemptOf({ program: scripted('burn=3500'), limits: short }));
    expect(burning.ending).toBe('completed');
    const touches = Array.from({ length: 3 }, (_, n) => ['sleep=1000', `touch=file-${n}`]).flat();
    const writing = await run(runner, attemptOf({ program: scripted(...touches), limits: short }));
    expect(writing.ending).toBe('completed');
  });

  it('[X-31] ends a talking agent at the total limit, and suspended time does not count', async () => {
    const forever = scripted(...Array.from({ length: 200 }, () => ['say=tick', 'sleep=50']).flat());
    const total = { ...limits, totalMs: 1200 };
    const record = await run(runner, attemptOf({ program: forever, limits: total }));
    expect(record.ending).toBe('timeout');
    const steps = scripted(
      ...Array.from({ length: 40 }, () => ['say=tick', 'sleep=50']).flat(),
      `block=${valid}`,
    );
    const suspended = attemptOf({ program: steps, limits: total });
    suspended.write('control.json', { version: 1, cancel: null, suspendedMs: 60_000 });
    expect(await run(runner, suspended)).toMatchObject({ ending: 'completed', channel: 'message' });
  });

  it('[DP-030] [DP-032] cancels with TERM, then KILL, and nothing of the tree is left', async () => {
    const attempt = attemptOf({ limits });
    const pidFile = join(attempt.worktree, 'pids');
    const program = scripted('deaf', 'child', 'escapee', 'daemon', 'holder', `pids=${pidFile}`, 'hang');
    attempt.write('spec.json', { ...attempt.spec, program });
    const running = startRunner(runner, attempt);
    const pids = await until(() => readPids(pidFile));
    expect(pids.filter(isRunning)).toHaveLength(5);
    attempt.write('control.json', { version: 1, cancel: { reason: 'stopped by a person' }, suspendedMs: 0 });
    const record = await running.finished();
    expect(record).toMatchObject({ ending: 'cancelled', failure: 'Cancelled: stopped by a person.' });
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it.each([
    ['reported and does not exit', ['report={"nonce":"%n","confidence":0.5}', 'hang']],
    ['wrote its result file and is deaf', ['deaf', 'file={"nonce":"%n","confidence":0.5}', 'hang']],
    ['printed its block and goes silent', ['block={"nonce":"%n","confidence":0.5}', 'hang']],
    ['holds its output open after its end', ['holder', 'block={"nonce":"%n","confidence":0.5}']],
    ['leaves a daemon', ['daemon', 'block={"nonce":"%n","confidence":0.5}']],
    ['leaves a child in another session', ['escapee', 'block={"nonce":"%n","confidence":0.5}', 'exit=0']],
  ])('completes an agent that %s as lingered and ends its tree', async (_, steps) => {
    const attempt = attemptOf({ limits });
    const pidFile = join(attempt.worktree, 'pids');
    const at = steps.findIndex((step) => step.startsWith('block') || step === 'hang');
    const program = scripted(...steps.slice(0, at), `pids=${pidFile}`, ...steps.slice(at));
    attempt.write('spec.json', { ...attempt.spec, program });
    const record = await run(runner, attempt);
    expect(record).toMatchObject({ ending: 'completed', lingered: true, result: { confidence: 0.5 } });
    expect((readPids(pidFile) ?? []).filter(isRunning)).toEqual([]);
    expect(record.endedAt - record.startedAt).toBeLessThan(6000);
  });

  it('does not cut off an agent that works on after an invalid report', async () => {
    const record = await run(
      runner,
      attemptOf({ limits, program: scripted('report={"confidence":2}', 'sleep=1500', `block=${valid}`) }),
    );
    expect(record).toMatchObject({ ending: 'completed', lingered: false, channel: 'message' });
  });

  it('starts nothing in a folder where another runner works or has worked', async () => {
    const attempt = attemptOf({ limits, program: scripted('say=up', 'sleep=700', `block=${valid}`) });
    const first = startRunner(runner, attempt);
    await until(() => attempt.transcript().length > 0);
    await expect(run(runner, attempt)).rejects.toThrow('Another runner works');
    const record = await first.finished();
    expect(record.ending).toBe('completed');
    expect(await run(runner, attempt)).toEqual(record);
  });

  it('[DP-031] cancels when the runner itself is asked to stop', async () => {
    const attempt = attemptOf({ limits, program: scripted('say=up', 'hang') });
    const running = startRunner(runner, attempt);
    await until(() => attempt.transcript().length > 0);
    running.child.kill('SIGTERM');
    expect(await running.finished()).toMatchObject({ ending: 'cancelled' });
  });
});
