import { appendFile, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../../ports/journal.ts';
import { nodeFiles, type DurableFile, type DurableFiles } from './durable-files.ts';
import { openJournal, readJournal } from './journal-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-journal-'));
  path = join(folder, 'journal.ndjson');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const held = () => Promise.resolve(true);

async function open(files: DurableFiles = nodeFiles, epoch = 1): Promise<Journal> {
  const opened = await openJournal({ path, epoch, files, stillHeld: held });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

async function events(): Promise<readonly unknown[]> {
  const read = await readJournal(nodeFiles, path);
  if (!read.ok) throw new Error(read.error.message);
  return read.value.map((entry) => entry.event);
}

/** A disk with `room` bytes left that takes at most `most` bytes a write, as a nearly full one does. */
function smallDisk(disk: { room: number; most: number; syncs: number }): DurableFiles {
  return {
    ...nodeFiles,
    open: async (name) => {
      const file = await nodeFiles.open(name);
      const small: DurableFile = {
        ...file,
        write: async (bytes, position) => {
          const take = Math.min(bytes.length, disk.most, disk.room);
          if (take === 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
          disk.room -= take;
          return file.write(bytes.subarray(0, take), position);
        },
        datasync: async () => {
          disk.syncs += 1;
          await file.datasync();
        },
      };
      return small;
    },
  };
}

describe('a journal', () => {
  it('[DP-082] keeps events in order over several openings', async () => {
    const first = await open();
    expect(first.lastSeq).toBe(0);
    await first.append([{ n: 1 }, { n: 2 }]);
    expect(first.lastSeq).toBe(2);
    await first.close();
    const second = await open(nodeFiles, 2);
    expect(second.lastSeq).toBe(2);
    await second.append([{ n: 3 }]);
    await second.close();
    expect(await events()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it.skipIf(process.platform === 'win32')('is readable by its owner alone', async () => {
    await (await open()).close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('puts appends that are asked for together on disk together', async () => {
    const disk = { room: Infinity, most: Infinity, syncs: 0 };
    const journal = await open(smallDisk(disk));
    const results = await Promise.all(Array.from({ length: 100 }, (_, n) => journal.append([{ n }])));
    expect(results.every((result) => result.ok)).toBe(true);
    expect(disk.syncs).toBeLessThanOrEqual(2);
    await journal.close();
    expect(await events()).toHaveLength(100);
  });

  it('takes an append that comes while an earlier one is being acknowledged', async () => {
    const journal = await open();
    for (let n = 0; n < 50; n += 1) {
      const first = journal.append([{ n }]);
      await first.then(() => journal.append([{ after: n }]));
    }
    await journal.close();
    expect(await events()).toHaveLength(100);
  });

  it('writes on when the disk takes a few bytes at a time', async () => {
    const journal = await open(smallDisk({ room: Infinity, most: 7, syncs: 0 }));
    expect(await journal.append([{ text: 'x'.repeat(500) }, { n: 2 }])).toEqual({
      ok: true,
      value: undefined,
    });
    await journal.close();
    expect(await events()).toEqual([{ text: 'x'.repeat(500) }, { n: 2 }]);
  });

  it('loses nothing acknowledged at 200 fill levels of a full disk and goes on when there is space again', async () => {
    let refused = 0;
    const refusals = new Set<string>();
    for (let room = 0; room < 200; room += 1) {
      await rm(path, { force: true });
      const disk = { room, most: 64, syncs: 0 };
      const journal = await open(smallDisk(disk));
      const acknowledged: unknown[] = [];
      for (let n = 0; n < 4; n += 1) {
        const result = await journal.append([{ n }, { n, more: true }]);
        if (result.ok) acknowledged.push({ n }, { n, more: true });
        else refusals.add(result.error.kind);
      }
      refused += 8 - acknowledged.length;
      expect(await events()).toEqual(acknowledged);
      disk.room = Infinity;
      expect((await journal.append([{ n: 'later' }])).ok).toBe(true);
      await journal.close();
      expect(await events()).toEqual([...acknowledged, { n: 'later' }]);
    }
    expect(refused).toBeGreaterThan(200);
    expect([...refusals]).toEqual(['full']);
  });

  it('cuts what a failed write left behind even when the first attempt to cut fails', async () => {
    const disk = { room: 90, most: 64, syncs: 0 };
    let cuts = 0;
    const base = smallDisk(disk);
    const files: DurableFiles = {
      ...base,
      open: async (name) => {
        const file = await base.open(name);
        return {
          ...file,
          truncate: async (length) => {
            cuts += 1;
            if (cuts === 1) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
            await file.truncate(length);
          },
        };
      },
    };
    const journal = await open(files);
    await journal.append([{ n: 1 }]);
    const failed = await journal.append([{ n: 2 }, { n: 'a longer event that does not fit any more' }]);
    expect(failed.ok).toBe(false);
    disk.room = Infinity;
    expect((await journal.append([{ n: 3 }])).ok).toBe(true);
    await journal.close();
    expect(await events()).toEqual([{ n: 1 }, { n: 3 }]);
    expect(cuts).toBe(2);
  });

  it('does not acknowledge what could not be synced', async () => {
    const files: DurableFiles = {
      ...nodeFiles,
      open: async (name) => {
        const file = await nodeFiles.open(name);
        let syncs = 0;
        return {
          ...file,
          datasync: () =>
            (syncs += 1) === 1 ? Promise.reject(new Error('input/output error')) : file.datasync(),
        };
      },
    };
    const journal = await open(files);
    expect(await journal.append([{ n: 1 }])).toMatchObject({ ok: false, error: { kind: 'disk' } });
    expect(journal.lastSeq).toBe(0);
    expect((await journal.append([{ n: 2 }])).ok).toBe(true);
    await journal.close();
    expect(await events()).toEqual([{ n: 2 }]);
  });

  it('cuts a torn tail back to the last whole event and keeps what it cut', async () => {
    const journal = await open();
    await journal.append([{ n: 1 }, { n: 2 }]);
    await journal.close();
    const { size } = await stat(path);
    await truncate(path, size - 4);
    const again = await open(nodeFiles, 2);
    expect(again.lastSeq).toBe(1);
    await again.append([{ n: 'new' }]);
    await again.close();
    expect(await events()).toEqual([{ n: 1 }, { n: 'new' }]);
    const kept = (await readdir(folder)).find((name) => name.includes('.torn-'));
    expect(await readFile(join(folder, kept!), 'utf8')).toContain('"seq":2');
  });

  /** Five events, and where each of their lines ends. */
  async function written(): Promise<{ readonly whole: Buffer; readonly ends: readonly number[] }> {
    const journal = await open();
    const ends: number[] = [];
    for (let n = 1; n <= 5; n += 1) {
      await journal.append([{ n, text: 'ünï' }]);
      ends.push((await stat(path)).size);
    }
    await journal.close();
    return { whole: await readFile(path), ends };
  }

  it('cut at any byte of its last three events keeps the whole ones, and what was cut, and goes on', async () => {
    const { whole, ends } = await written();
    for (let cut = ends[1]!; cut < whole.length; cut += 1) {
      await writeFile(path, whole.subarray(0, cut));
      const kept = ends.filter((end) => end <= cut).length;
      const journal = await open(nodeFiles, 2);
      expect(journal.lastSeq).toBe(kept);
      await journal.append([{ n: 'later' }]);
      await journal.close();
      const expected = [1, 2, 3, 4, 5].slice(0, kept).map((n) => ({ n, text: 'ünï' }));
      expect(await events()).toEqual([...expected, { n: 'later' }]);
      const from = ends[kept - 1]!;
      if (cut === from) continue;
      const aside = (await readdir(folder)).filter((name) => name.startsWith(`journal.ndjson.torn-${from}-`));
      const pieces = await Promise.all(aside.map((name) => readFile(join(folder, name))));
      expect(pieces.some((piece) => piece.equals(whole.subarray(from, cut)))).toBe(true);
    }
  });

  it('with any bit of its last event flipped is opened without that event', async () => {
    const { whole, ends } = await written();
    for (let byte = ends[3]!; byte < whole.length; byte += 1) {
      const broken = Buffer.from(whole);
      broken[byte]! ^= 1 << (byte % 8);
      await writeFile(path, broken);
      const journal = await open(nodeFiles, 2);
      expect(journal.lastSeq).toBe(4);
      await journal.close();
      expect((await events()).map((event) => (event as { n: unknown }).n)).toEqual([1, 2, 3, 4]);
    }
  });

  it('with a bit of an earlier event flipped is neither read, opened nor changed, and a copy is kept', async () => {
    const { whole, ends } = await written();
    for (let byte = 0; byte < ends[3]!; byte += 3) {
      const broken = Buffer.from(whole);
      broken[byte]! ^= 1 << (byte % 8);
      await writeFile(path, broken);
      expect(await readJournal(nodeFiles, path)).toMatchObject({ ok: false, error: { kind: 'damaged' } });
      const opened = await openJournal({ path, epoch: 2, files: nodeFiles, stillHeld: held });
      if (opened.ok || opened.error.kind !== 'damaged') throw new Error(`byte ${byte} was taken`);
      expect(await readFile(path)).toEqual(broken);
      expect(await readFile(opened.error.keptAside)).toEqual(broken);
      expect(opened.error.keptAside).not.toBe(path);
    }
  });

  it('ignores the unfinished line of a writer at work when it is only read', async () => {
    const journal = await open();
    await journal.append([{ n: 1 }]);
    await appendFile(path, '0123abcd {"seq":2,');
    expect(await events()).toEqual([{ n: 1 }]);
    await journal.close();
    expect((await readFile(path, 'utf8')).endsWith('{"seq":2,')).toBe(true);
  });

  it('reports damage in the middle, changes nothing and keeps a copy', async () => {
    const journal = await open();
    await journal.append([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await journal.close();
    const bytes = await readFile(path);
    bytes[bytes.indexOf('"n":2') + 4] = 0x39;
    await writeFile(path, bytes);
    const opened = await openJournal({ path, epoch: 2, files: nodeFiles, stillHeld: held });
    expect(opened).toMatchObject({ ok: false, error: { kind: 'damaged', message: /after event 1/ } });
    if (opened.ok || opened.error.kind !== 'damaged') throw new Error('unreachable');
    expect(await readFile(opened.error.keptAside)).toEqual(bytes);
    expect(await readFile(path)).toEqual(bytes);
    const read = await readJournal(nodeFiles, path);
    expect(read).toMatchObject({ ok: false, error: { kind: 'damaged', keptAside: opened.error.keptAside } });
  });

  it('is not written by a process that lost the loop, nor opened with an older epoch', async () => {
    let mine = true;
    const opened = await openJournal({
      path,
      epoch: 3,
      files: nodeFiles,
      stillHeld: () => Promise.resolve(mine),
    });
    if (!opened.ok) throw new Error(opened.error.message);
    await opened.value.append([{ n: 1 }]);
    mine = false;
    expect(await opened.value.append([{ n: 2 }])).toMatchObject({ ok: false, error: { kind: 'fenced' } });
    await opened.value.close();
    expect(await events()).toEqual([{ n: 1 }]);
    const older = await openJournal({ path, epoch: 2, files: nodeFiles, stillHeld: held });
    expect(older).toMatchObject({ ok: false, error: { kind: 'fenced' } });
  });

  it('says that there is none', async () => {
    expect(await readJournal(nodeFiles, path)).toMatchObject({ ok: false, error: { kind: 'missing' } });
  });
});
