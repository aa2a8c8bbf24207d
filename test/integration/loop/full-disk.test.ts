import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, last, LoopBench, removePrograms } from './fixture.ts';

let bench: LoopBench;
let disk: string | null = null;
beforeEach(async () => {
  bench = await new LoopBench().create();
  const folder = join(bench.folder, 'state');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=0700', 'tmpfs', folder], { stdio: 'ignore' });
    disk = folder;
  } catch {
    process.stdout.write('Skipped: a small disk takes Linux and the right to mount.\n');
  }
});
afterEach(() => {
  if (disk) execFileSync('umount', ['-l', disk]);
  disk = null;
  bench.finish();
});
afterAll(removePrograms);

/** Leaves not a byte: the last page goes to whoever writes in small pieces. */
function fill(file: string): void {
  const handle = openSync(file, 'a');
  for (let size = 1024 * 1024; size > 0;) {
    try {
      if (writeSync(handle, Buffer.alloc(size)) < size) size >>= 1;
    } catch {
      size >>= 1;
    }
  }
  closeSync(handle);
}

it('a loop whose state folder is full pauses, says so, and goes on when there is space', async ({ skip }) => {
  if (!disk) return skip('no small disk here');
  const filler = join(disk, 'filler');
  const { child, ended } = await bench.start(bench.runArguments(GOOD), (event) => {
    if (event.type === 'AgentStarted' && event['role'] === 'implementer') fill(filler);
  });
  let said = '';
  child.stderr?.on('data', (text: string) => {
    if (!said.includes('The disk is full') && (said += text).includes('The disk is full')) rmSync(filler);
  });
  const run = await ended;
  expect(run.stderr).toContain('The disk is full; the loop goes on once there is space.');
  expect(run.stderr).toContain('There is space again; the loop goes on.');
  expect(run.stderr).not.toContain('Internal error');
  expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 1 });
  expect(run.code).toBe(0);
});
