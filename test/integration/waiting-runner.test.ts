import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openEngine } from '../../src/open-engine.ts';
import { createAttemptWatch } from '../../src/adapters/process/attempt-watch.ts';
import { createProcessRuntime } from '../../src/adapters/process/process-runtime.ts';
import { createProcessTable } from '../../src/adapters/process/process-table.ts';
import {
  buildRunner,
  isRunning,
  makeAttempt,
  scripted,
  until,
  type Attempt,
  type BuiltRunner,
} from './support/attempt.ts';

let built: BuiltRunner;
let attempt: Attempt | null = null;
const never = new AbortController().signal;

beforeAll(async () => {
  built = await buildRunner();
});
afterAll(() => built.remove());
afterEach(() => {
  attempt?.remove();
  attempt = null;
});

function waiting() {
  const child = spawn(process.execPath, [built.file, '--wait'], { stdio: ['pipe', 'ignore', 'ignore'] });
  return { child, exited: once(child, 'exit') };
}

it('runs an attempt with exactly the environment that came with it', async () => {
  attempt = makeAttempt({ program: scripted('env=ONLY_HERE', 'env=HOME') });
  const runtime = createProcessRuntime({ runner: built.file });
  runtime.expect?.(1);
  const env = { PATH: process.env['PATH'] ?? '', CFN_RUN_TOKEN: attempt.spec.runToken, ONLY_HERE: 'yes' };
  const { folder, spec } = attempt;
  const launched = await runtime.launch({ spec, folder, env, title: 'test' }, never);
  expect(launched).toMatchObject({ ok: true });
  const record = await createAttemptWatch({ openEngine, table: createProcessTable() }).awaitRecord(
    folder,
    never,
  );
  expect(record).toMatchObject({ ending: 'completed' });
  const lines = attempt.transcript().map((line) => line.text);
  expect(lines).toContain('ONLY_HERE=yes');
  expect(lines).not.toContain(`HOME=${process.env['HOME']}`);
});

it('goes when whoever might have had work for it is gone', async () => {
  const { child, exited } = waiting();
  child.stdin.end();
  expect(await exited).toEqual([0, null]);
});

it('runs nothing of an assignment that was cut off', async () => {
  const { child, exited } = waiting();
  child.stdin.end('{"folder":"/somewhe');
  expect(await exited).toEqual([0, null]);
});

function spareOf(runner: string): number | undefined {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith(`${runner}\0--wait\0`);
      } catch {
        return false;
      }
    });
}

// Only Linux tells a test the command lines of others.
it.runIf(process.platform === 'linux')(
  'is replaced by an ordinary start when it died meanwhile',
  async () => {
    attempt = makeAttempt({ program: scripted() });
    const runtime = createProcessRuntime({ runner: built.file });
    runtime.expect?.(1);
    const spare = await until(() => spareOf(built.file));
    process.kill(spare, 'SIGKILL');
    await until(() => !isRunning(spare));
    const env = { PATH: process.env['PATH'] ?? '', CFN_RUN_TOKEN: attempt.spec.runToken };
    const { folder, spec } = attempt;
    await runtime.launch({ spec, folder, env, title: 'test' }, never);
    const record = await createAttemptWatch({ openEngine, table: createProcessTable() }).awaitRecord(
      folder,
      never,
    );
    expect(record).toMatchObject({ ending: 'completed' });
  },
);
