import { appendFile, mkdtemp, readFile, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalEntry, LoopStore } from '../../ports/journal.ts';
import { askHolder } from './holder-socket.ts';
import { createLoopStore } from './loop-store.ts';
import { createProcesses } from './process-identity.ts';

let folder: string;
let store: LoopStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-store-'));
  store = createLoopStore({ stateFolder: folder });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const noAnswer = () => Promise.resolve(null);

async function begin(taskId: string) {
  const holder = await store.hold(taskId, noAnswer);
  if (!holder.ok) throw new Error(JSON.stringify(holder.error));
  const journal = await store.open(taskId, holder.value.epoch);
  if (!journal.ok) throw new Error(journal.error.message);
  return { holder: holder.value, journal: journal.value };
}

describe('the store of loops', () => {
  it('knows a loop from its first event on, under the id it was given', async () => {
    const { holder, journal } = await begin('Fix-Login');
    expect(await store.exists('Fix-Login')).toBe(false);
    expect(await store.list()).toEqual([]);
    await journal.append([{ type: 'LoopStarted' }]);
    expect(await store.exists('fix-login')).toBe(true);
    expect(await store.list()).toEqual(['Fix-Login']);
    expect(await store.read('FIX-LOGIN')).toMatchObject({ ok: true, value: [{ seq: 1 }] });
    await journal.close();
    await holder.release();
  });

  it('stamps what the journals say: another one after every event, the same one otherwise', async () => {
    expect(await store.stamp()).toBe('');
    const { holder, journal } = await begin('t1');
    await journal.append([{ type: 'LoopStarted' }]);
    const first = await store.stamp();
    expect(await createLoopStore({ stateFolder: folder }).stamp()).toBe(first);
    await journal.append([{ type: 'LoopPaused' }]);
    const second = await store.stamp();
    expect(second).not.toBe(first);
    await journal.close();
    await holder.release();
    await store.list();
    expect(await store.stamp()).toBe(second);
  });

  it.skipIf(process.platform === 'win32')('makes folders that only their owner may enter', async () => {
    const { holder, journal } = await begin('t1');
    await journal.close();
    await holder.release();
    expect((await stat(store.folder('t1'))).mode & 0o777).toBe(0o700);
  });

  it('refuses ids that lead out of its folder', () => {
    expect(() => store.folder('../elsewhere')).toThrow(/taskId/);
    expect(() => store.folder('con')).toThrow(/reserved/);
  });

  it('follows what another store appends, from a given event on', async () => {
    const other = createLoopStore({ stateFolder: folder });
    const stop = new AbortController();
    const seen: number[] = [];
    const following = new Promise<void>((resolve, reject) => {
      const onEntry = (entry: JournalEntry): void => {
        seen.push(entry.seq);
        if (entry.seq === 6) resolve();
      };
      other.follow('t1', 2, onEntry, stop.signal).catch(reject);
    });
    const { holder, journal } = await begin('t1');
    await journal.append([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await journal.append([{ n: 4 }]);
    await journal.append([{ n: 5 }, { n: 6 }]);
    await following;
    stop.abort();
    expect(seen).toEqual([3, 4, 5, 6]);
    await journal.close();
    await holder.release();
  });
});

describe('a follower', () => {
  it('delivers nothing twice and nothing torn when a failed write is taken back', async () => {
    const { holder, journal } = await begin('t1');
    await journal.append([{ n: 1 }, { n: 2 }]);
    const path = join(store.folder('t1'), 'journal.ndjson');
    const whole = await readFile(path);
    const seen: number[] = [];
    const stop = new AbortController();
    const following = store.follow('t1', 0, (entry) => void seen.push(entry.seq), stop.signal);
    await vi.waitFor(() => expect(seen).toEqual([1, 2]));
    await appendFile(path, '00000000 {"seq":3,"epoch":1,"ev');
    await truncate(path, whole.length);
    await truncate(path, whole.length - 30);
    await appendFile(path, whole.subarray(whole.length - 30));
    await journal.append([{ n: 3 }]);
    await vi.waitFor(() => expect(seen).toEqual([1, 2, 3]));
    stop.abort();
    await following;
    await journal.close();
    await holder.release();
  });
});

describe('the holder of a loop', () => {
  it('[X-08] is one at a time, with a higher epoch after each release', async () => {
    const first = await store.hold('t1', noAnswer);
    expect(first).toMatchObject({ ok: true, value: { epoch: 1 } });
    expect(await store.hold('t1', noAnswer)).toEqual({
      ok: false,
      error: { kind: 'held', pid: process.pid, epoch: 1 },
    });
    if (first.ok) await first.value.release();
    const second = await store.hold('t1', noAnswer);
    expect(second).toMatchObject({ ok: true, value: { epoch: 2 } });
    if (second.ok) await second.value.release();
  });

  it('is one of many that ask at the same moment', async () => {
    for (let round = 1; round <= 40; round += 1) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.hold('t1', noAnswer)));
      const held = answers.filter((answer) => answer.ok);
      expect(held).toHaveLength(1);
      expect(held[0]!.value.epoch).toBe(round);
      await held[0]!.value.release();
    }
    const kept = (await readdir(store.folder('t1'))).filter((name) => name.startsWith('holder-'));
    expect(kept.length).toBeLessThanOrEqual(17);
  });

  it('is replaced when its process is gone, although its pid lives on as another process', async () => {
    const processes = createProcesses();
    const earlier = createLoopStore({
      stateFolder: folder,
      processes: { ...processes, self: async () => ({ ...(await processes.self()), startTime: '1' }) },
    });
    const first = await earlier.hold('t1', noAnswer);
    const second = await store.hold('t1', noAnswer);
    expect(second).toMatchObject({ ok: true, value: { epoch: 2 } });
    if (!first.ok || !second.ok) throw new Error('unreachable');
    const late = await earlier.open('t1', first.value.epoch);
    if (!late.ok) throw new Error(late.error.message);
    expect(await late.value.append([{}])).toMatchObject({ ok: false, error: { kind: 'fenced' } });
    await late.value.close();
    await first.value.release();
    await second.value.release();
  });

  it.skipIf(process.platform !== 'linux')(
    'is not replaced when nobody can say whether its process lives',
    async () => {
      const processes = createProcesses();
      const elsewhere = createLoopStore({
        stateFolder: folder,
        processes: {
          ...processes,
          self: async () => ({ ...(await processes.self()), machine: 'b|n|other' }),
        },
      });
      const first = await elsewhere.hold('t1', noAnswer);
      const second = await store.hold('t1', noAnswer);
      expect(second.ok).toBe(false);
      if (first.ok) await first.value.release();
    },
  );

  it('answers the commands of others', async () => {
    const holder = await store.hold('t1', (command) => Promise.resolve({ echo: command }));
    const other = createLoopStore({ stateFolder: folder });
    expect(await other.forward('t1', { kind: 'pause' })).toEqual({ echo: { kind: 'pause' } });
    if (holder.ok) await holder.value.release();
    expect(await other.forward('t1', { kind: 'pause' })).toBeNull();
    expect(await other.forward('t2', {})).toBeNull();
  });

  it('still answers the command that made it let go', async () => {
    let letGo = (): Promise<void> => Promise.resolve();
    const holder = await store.hold('t1', async () => {
      await letGo();
      return 'stopped';
    });
    if (!holder.ok) throw new Error('unreachable');
    letGo = () => holder.value.release();
    expect(await store.forward('t1', 'stop')).toBe('stopped');
  });

  it('is as good as none when it does not answer in time or can not make an answer', async () => {
    const holder = await store.hold('t1', (command) =>
      command === 'never' ? new Promise(() => undefined) : Promise.reject(new Error('a fault')),
    );
    expect(await store.forward('t1', 'decide')).toBeNull();
    const hasty = createLoopStore({ stateFolder: folder, forwardDeadlineMs: 50 });
    expect(await hasty.forward('t1', 'never')).toBeNull();
    if (holder.ok) await holder.value.release();
  });

  it('answers nobody who does not know its token', async () => {
    let asked = 0;
    const holder = await store.hold('t1', () => {
      asked += 1;
      return Promise.resolve('done');
    });
    const name = (await readdir(store.folder('t1'))).find((entry) => entry.startsWith('holder-'));
    const record = JSON.parse(await readFile(join(store.folder('t1'), name!, 'process.json'), 'utf8'));
    expect(await askHolder({ address: record.address, token: 'f'.repeat(32) }, 'stop', 2000)).toEqual({
      ok: false,
      error: 'silent',
    });
    expect(asked).toBe(0);
    expect(await askHolder(record, 'stop', 2000)).toEqual({ ok: true, value: 'done' });
    if (holder.ok) await holder.value.release();
  });
});
