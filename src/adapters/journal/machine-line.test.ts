import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { tryUnderLock } from './machine-line.ts';
import { createProcesses } from './process-identity.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-line-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const line = (name: string) => ({
  folder: join(folder, name),
  clock: systemClock,
  processes: createProcesses(),
});

it('lets one in at a time', async () => {
  expect(await tryUnderLock(line('a'), () => tryUnderLock(line('a'), () => Promise.resolve('in')))).toBe(
    'locked',
  );
  expect(await tryUnderLock(line('a'), () => Promise.resolve('in'))).toBe('in');
});

it('opens no socket, which a process that is killed under the lock would leave behind', async () => {
  const { names, record } = await tryUnderLock(line('a'), async () => ({
    names: await readdir(folder),
    record: await readFile(join(folder, 'a', 'lock', 'holder-1', 'process.json'), 'utf8'),
  })).then((seen) => (seen === 'locked' ? { names: [], record: '' } : seen));
  expect(names).toEqual(['a']);
  expect(JSON.parse(record)).toMatchObject({ pid: process.pid, address: '' });
});
