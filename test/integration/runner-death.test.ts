import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openEngine } from '../../src/open-engine.ts';
import { createAttemptWatch } from '../../src/adapters/process/attempt-watch.ts';
import { createProcessRuntime } from '../../src/adapters/process/process-runtime.ts';
import { createProcessTable } from '../../src/adapters/process/process-table.ts';
import type { AttemptSpec } from '../../src/protocol/attempt.ts';
import {
  buildRunner,
  fixture,
  isRunning,
  makeAttempt,
  readPids,
  scripted,
  until,
  type Attempt,
  type BuiltRunner,
} from './support/attempt.ts';

const posix = process.platform !== 'win32';
if (!posix) process.stdout.write('Skipped on Windows: tree.sh needs a POSIX shell and setsid.\n');

const table = createProcessTable();
const watch = createAttemptWatch({ openEngine, table, pollMs: 200 });
const env = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);
const never = new AbortController().signal;
let built: BuiltRunner;
beforeAll(async () => {
  built = await buildRunner();
});
afterAll(() => built.remove());

const attempts: Attempt[] = [];
afterEach(() => {
  for (const attempt of attempts.splice(0)) attempt.remove();
});
const attemptOf = (change: Partial<AttemptSpec> = {}) => {
  const attempt = makeAttempt(change);
  attempts.push(attempt);
  return attempt;
};
const launch = async (attempt: Attempt) => {
  const runtime = createProcessRuntime({ runner: built.file });
  const started = await runtime.launch(
    {
      spec: attempt.spec,
      folder: attempt.folder,
      env: { ...env, PRESET_WORD: 'only-in-memory' },
      title: 'agent',
    },
    never,
  );
  if (!started.ok) throw new Error(started.error.message);
  return started.value.pid;
};
const treeOf = (attempt: Attempt) => join(attempt.worktree, 'pids');
const withTree = () => {
  const attempt = attemptOf();
  const program = { kind: 'exec', argv: ['sh', fixture('tree.sh'), treeOf(attempt)], tty: false } as const;
  attempt.write('spec.json', { ...attempt.spec, program });
  return attempt;
};

it('launches a runner that delivers its record and writes no secret down', async () => {
  const attempt = attemptOf({
    program: scripted('env=PRESET_WORD', 'sleep=300', 'block={"nonce":"%n","confidence":1}'),
  });
  const pid = await launch(attempt);
  const agent = (await watch.agentStart(attempt.folder, never))?.pid;
  expect(agent).not.toBe(pid);
  const record = await watch.awaitRecord(attempt.folder, never);
  expect(record).toMatchObject({ ending: 'completed', pid: agent, result: { confidence: 1 } });
  expect(attempt.transcript()[0]?.text).toBe('PRESET_WORD=only-in-memory');
  for (const file of ['spec.json', 'runner.json', 'record.json', 'runner.log']) {
    expect(readFileSync(join(attempt.folder, file), 'utf8')).not.toContain('only-in-memory');
  }
  await until(() => !isRunning(pid));
});

it('cancels through the folder alone', async () => {
  const attempt = attemptOf({ program: scripted('hang') });
  await launch(attempt);
  await watch.agentStart(attempt.folder, never);
  await watch.cancel(attempt.folder, 'not needed any more');
  expect(await watch.awaitRecord(attempt.folder, never)).toMatchObject({
    ending: 'cancelled',
    failure: 'Cancelled: not needed any more.',
  });
});

it('goes on when the orchestrator is killed, and the next one takes the finished result', async () => {
  const launcher = await buildRunner('test/integration/support/launcher.ts');
  const attempt = attemptOf({
    program: scripted('say=up', 'sleep=1200', 'block={"nonce":"%n","confidence":0.9}'),
  });
  const orchestrator = spawn(process.execPath, [launcher.file, built.file, attempt.folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await until(() => attempt.transcript().length > 0);
  orchestrator.kill('SIGKILL');
  await once(orchestrator, 'exit');
  expect(attempt.record()).toBeNull();
  const next = createAttemptWatch({ openEngine, table: createProcessTable(), pollMs: 200 });
  expect((await next.agentStart(attempt.folder, never))?.pid).toBeGreaterThan(0);
  expect(await next.awaitRecord(attempt.folder, never)).toMatchObject({
    ending: 'completed',
    result: { confidence: 0.9 },
  });
  launcher.remove();
});

it('gives up waiting when told so, and says lost when no runner ever came', async () => {
  const attempt = attemptOf();
  await expect(watch.awaitRecord(attempt.folder, AbortSignal.timeout(50))).rejects.toThrow('timeout');
  await expect(watch.agentStart(attempt.folder, AbortSignal.abort())).rejects.toThrow('aborted');
  const impatient = createAttemptWatch({ openEngine, table, pollMs: 50, startMs: 100 });
  expect(await impatient.awaitRecord(attempt.folder, never)).toBe('lost');
  expect(await impatient.agentStart(attempt.folder, never)).toBeNull();
});

it.skipIf(!posix)('[L-41] ends the whole tree within 5 s of a KILL of its runner', async () => {
  const rounds = Array.from({ length: 5 }, withTree);
  for (const attempt of rounds) {
    const runner = await launch(attempt);
    const pids = await until(() => readPids(treeOf(attempt)));
    expect(pids.filter(isRunning)).toEqual(pids);
    process.kill(runner, 'SIGKILL');
    await until(() => pids.every((pid) => !isRunning(pid)), 5000);
  }
  expect(await watch.awaitRecord(rounds[0]!.folder, never)).toBe('lost');
});

it.skipIf(!posix)('leaves no guard behind after a clean end', async () => {
  const attempt = attemptOf({ program: scripted('sleep=200') });
  const runner = await launch(attempt);
  await watch.agentStart(attempt.folder, never);
  const guards = (await table.list()).filter(({ ppid }) => ppid === runner);
  expect(guards.length).toBeGreaterThanOrEqual(2);
  await watch.awaitRecord(attempt.folder, never);
  await until(() => guards.every(({ pid }) => !isRunning(pid)));
});

it.skipIf(!posix)('replaces a guard that was killed', async () => {
  const attempt = withTree();
  const runner = await launch(attempt);
  const pids = await until(() => readPids(treeOf(attempt)));
  const agent = (await watch.agentStart(attempt.folder, never))?.pid;
  const guardOf = async () =>
    (await table.list()).find(({ ppid, pid }) => ppid === runner && pid !== agent)?.pid ?? 0;
  const first = await guardOf();
  process.kill(first, 'SIGKILL');
  await until(() => !isRunning(first));
  let second = 0;
  while (second === 0 || second === first) second = await guardOf();
  expect(pids.filter(isRunning)).toEqual(pids);
  process.kill(runner, 'SIGKILL');
  await until(() => pids.every((pid) => !isRunning(pid)), 5000);
});

it.skipIf(!posix)(
  'reaps what a dead runner and a dead guard left, and nothing while the runner lives',
  async () => {
    const attempt = withTree();
    const runner = await launch(attempt);
    const pids = await until(() => readPids(treeOf(attempt)));
    await watch.reap(attempt.folder);
    expect(pids.filter(isRunning)).toEqual(pids);
    const agent = (await watch.agentStart(attempt.folder, never))?.pid;
    // A runner that goes on replaces a dead guard at once, and the new one ends what the runner leaves.
    process.kill(runner, 'SIGSTOP');
    const guards = (await table.list()).filter(({ ppid, pid }) => ppid === runner && pid !== agent);
    for (const { pid } of guards) process.kill(pid, 'SIGKILL');
    process.kill(runner, 'SIGKILL');
    await until(() => !isRunning(runner));
    expect(pids.filter(isRunning)).toEqual(pids);
    await watch.reap(attempt.folder);
    expect(pids.filter(isRunning)).toEqual([]);
  },
);

it('never touches a process whose pid is right and whose start time is not', async () => {
  const attempt = attemptOf();
  const state = {
    version: 1,
    runToken: attempt.spec.runToken,
    runner: { pid: process.pid, startTime: 'another process' },
    agent: { pid: process.ppid, startTime: 'another process' },
    phase: 'running',
    lastSign: null,
    usage: null,
    costUsd: null,
  };
  attempt.write('runner.json', state);
  await watch.reap(attempt.folder);
  expect(isRunning(process.ppid)).toBe(true);
});

it.skipIf(!posix)('[L-14] counts an agent that prints 50 MB without growing', async () => {
  const attempt = attemptOf({
    program: scripted('flood=50', 'endless=10', 'say=', 'block={"nonce":"%n","confidence":0.4}'),
  });
  const runner = await launch(attempt);
  let peak = 0;
  const sample = setInterval(() => {
    peak = Math.max(peak, residentMb(runner));
  }, 20);
  const record = await watch.awaitRecord(attempt.folder, never);
  clearInterval(sample);
  expect(record).toMatchObject({ ending: 'completed', result: { confidence: 0.4 } });
  expect(statSync(join(attempt.folder, 'transcript.ndjson')).size).toBeLessThan(17 * 1024 * 1024);
  expect(existsSync(join(attempt.folder, 'transcript.ndjson.1'))).toBe(false);
  process.stdout.write(
    `runner at its peak: ${peak} MB, 60 MB in ${record === 'lost' ? 0 : record.endedAt - record.startedAt} ms\n`,
  );
  expect(peak).toBeLessThan(160);
});

function residentMb(pid: number): number {
  try {
    return Math.round(
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    );
  } catch {
    return 0;
  }
}
