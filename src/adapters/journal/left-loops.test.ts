import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LoopHolder, LoopStore } from '../../ports/journal.ts';
import { createLoopStore } from './loop-store.ts';
import { createProcesses } from './process-identity.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-left-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const noAnswer = () => Promise.resolve(null);
const storeOf = (owner?: string): LoopStore => createLoopStore({ stateFolder: join(folder, 'state'), owner });
/** Of a process that is not there any more. */
function storeOfDead(owner?: string): LoopStore {
  const processes = createProcesses();
  const self = async () => ({ ...(await processes.self()), startTime: '1' });
  return createLoopStore({ stateFolder: join(folder, 'state'), owner, processes: { ...processes, self } });
}

async function hold(store: LoopStore): Promise<LoopHolder> {
  const holder = await store.hold('t1', noAnswer);
  if (!holder.ok) throw new Error(JSON.stringify(holder.error));
  return holder.value;
}

async function write(store: LoopStore, { epoch }: LoopHolder): Promise<void> {
  const journal = await store.open('t1', epoch);
  if (!journal.ok) throw new Error(journal.error.message);
  await journal.value.append([{ type: 'LoopStarted' }]);
  await journal.value.close();
}

it('gives a loop back to whoever began it, whether its process let go or died', async () => {
  const window = storeOf('window a');
  const holder = await hold(window);
  await holder.begin();
  expect(await window.left()).toEqual([]);
  await write(window, holder);
  expect(await window.left()).toEqual([]);
  await holder.release();
  expect(await window.left()).toEqual([{ taskId: 't1', letGo: true }]);
  expect(await storeOf('window b').left()).toEqual([]);
  expect(await storeOf().left()).toEqual([]);

  const again = storeOfDead('window a');
  await (await hold(again)).begin();
  expect(await window.left()).toEqual([{ taskId: 't1', letGo: false }]);
});

it('is nobody’s to go on with where it was held but not begun', async () => {
  const dead = storeOfDead('window a');
  await write(dead, await hold(dead));
  expect(await storeOf('window a').left()).toEqual([]);
});

it('stays whose it is while others look after it or only steer it, until somebody else begins it', async () => {
  const window = storeOf('window a');
  const dead = storeOfDead('window a');
  const holder = await hold(dead);
  await holder.begin();
  await write(dead, holder);

  const other = storeOf('window b');
  const care = await other.care('t1');
  if (!care.ok) throw new Error(JSON.stringify(care.error));
  expect(await window.left()).toEqual([]);
  expect(await other.forward('t1', 'pause')).toBeNull();
  await care.value.release();
  expect(await window.left()).toEqual([{ taskId: 't1', letGo: true }]);

  await (await hold(other)).release();
  expect(await window.left()).toEqual([{ taskId: 't1', letGo: true }]);

  const commandLine = await hold(storeOf());
  await commandLine.begin();
  await commandLine.release();
  expect(await window.left()).toEqual([]);
});

it('leaves no socket of a process that died while it looked after a loop', async () => {
  expect((await storeOfDead().care('t1')).ok).toBe(true);
  expect((await storeOfDead().lease()).ok).toBe(true);
  expect(await readdir(folder)).toEqual(['state']);
});
