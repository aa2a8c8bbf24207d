import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resultRecordSchema } from '../../src/protocol/attempt.ts';
import {
  buildRunner,
  makeAttempt,
  scripted,
  startRunner,
  until,
  type BuiltRunner,
} from './support/attempt.ts';

/** A disk of one mebibyte; `null` where nobody lets us make one. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'cfn-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}

const disk = smallDisk();
if (disk === null) process.stdout.write('Skipped: a small disk takes Linux and the right to mount.\n');
let built: BuiltRunner;
beforeAll(async () => {
  built = await buildRunner();
});
afterAll(() => {
  built.remove();
  if (disk === null) return;
  execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true });
});

async function onDisk(disk: string, filledKib: number, whileRunning: () => Promise<void>) {
  const attempt = makeAttempt({ program: scripted('flood=3', 'block={"nonce":"%n","confidence":0.4}') });
  const folder = join(disk, 'attempt');
  cpSync(attempt.folder, folder, { recursive: true });
  writeFileSync(join(disk, 'filler'), Buffer.alloc(filledKib * 1024));
  const running = startRunner(built.file, { ...attempt, folder });
  await whileRunning();
  await until(() => existsSync(join(folder, 'record.json')), 30_000);
  const record = resultRecordSchema.parse(JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8')));
  await until(() => running.child.exitCode !== null);
  const transcript = readFileSync(join(folder, 'transcript.ndjson'), 'utf8').trimEnd().split('\n');
  rmSync(folder, { recursive: true });
  rmSync(join(disk, 'filler'), { force: true });
  attempt.remove();
  return { record, transcript: transcript.filter((line) => line !== '') };
}

it.skipIf(disk === null)(
  'keeps the result of an agent that fills the disk, and only whole lines of what it said',
  async () => {
    const { record, transcript } = await onDisk(disk!, 300, () => Promise.resolve());
    expect(record).toMatchObject({ ending: 'completed', result: { confidence: 0.4 } });
    expect(transcript.length).toBeGreaterThan(100);
    expect(() => transcript.map((line) => JSON.parse(line) as unknown)).not.toThrow();
  },
);

it.skipIf(disk === null)('waits with the record until somebody frees the disk', async () => {
  const { record } = await onDisk(disk!, 1012, async () => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(existsSync(join(disk!, 'attempt', 'record.json'))).toBe(false);
    rmSync(join(disk!, 'filler'));
  });
  expect(record).toMatchObject({ ending: 'completed', result: { confidence: 0.4 } });
});
