import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildRunner, makeAttempt, until, type BuiltRunner } from './support/attempt.ts';

const LIMIT_BYTES = '200000000';

/** A control group with little memory, of either version; `null` where nobody lets us make one. */
function smallGroup(): string | null {
  const root = '/sys/fs/cgroup';
  const unified = existsSync(join(root, 'cgroup.controllers'));
  const group = join(unified ? root : join(root, 'memory'), `cfn-test-${process.pid}`);
  try {
    mkdirSync(group);
    writeFileSync(join(group, unified ? 'memory.max' : 'memory.limit_in_bytes'), LIMIT_BYTES);
    return group;
  } catch {
    if (existsSync(group)) rmdirSync(group);
    return null;
  }
}

const group = smallGroup();
if (group === null)
  process.stdout.write('Skipped: a memory limit takes Linux and the right to make control groups.\n');
let built: BuiltRunner;
beforeAll(async () => {
  built = await buildRunner();
});
afterAll(async () => {
  built.remove();
  if (group === null) return;
  await until(() => {
    try {
      rmdirSync(group);
      return true;
    } catch {
      return false;
    }
  });
});

it.skipIf(group === null)(
  'says oom when the kernel killed the agent for memory, and shows the evidence',
  async () => {
    const greedy = 'const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 5)';
    const attempt = makeAttempt({
      program: { kind: 'exec', argv: [process.execPath, '-e', greedy], tty: false },
    });
    const enter = `echo $$ > ${group}/cgroup.procs; exec "$@"`;
    const runner = spawn('sh', ['-c', enter, 'sh', process.execPath, built.file, attempt.folder], {
      stdio: 'ignore',
    });
    await once(runner, 'exit');
    const record = attempt.record();
    attempt.remove();
    expect(record).toMatchObject({ ending: 'oom', signal: 'SIGKILL' });
    expect(record?.failure).toMatch(/memory ran out \(.*: oom_kill \d+ → \d+\)/);
  },
);
