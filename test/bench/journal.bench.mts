/** What a durable event costs, over the disk's own price, and how fast a loop is there again. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { evolve } from '../../src/domain/loop/evolve.ts';
import type { LoopState } from '../../src/domain/loop/state.ts';
import { storedEventSchema } from '../../src/protocol/persisted.ts';
import type { Journal, LoopStore } from '../../src/ports/journal.ts';
import { aLoopOf } from './long-loop.mts';
import { alternate, timed, type Bench, type Row } from './measure.mts';

const EVENT = { type: 'FeedbackAdded', items: ['The error message names the field and what it takes.'] };

async function heldJournal(store: LoopStore, taskId: string): Promise<Journal> {
  const holder = await store.hold(taskId, () => Promise.resolve(null));
  if (!holder.ok) throw new Error('the loop cannot be held');
  const journal = await store.open(taskId, holder.value.epoch);
  if (!journal.ok) throw new Error(journal.error.message);
  return journal.value;
}

async function append(journal: Journal): Promise<void> {
  const written = await journal.append([EVENT]);
  if (!written.ok) throw new Error(written.error.message);
}

async function oneEvent(folder: string, store: LoopStore, samples: number): Promise<Row> {
  const journal = await heldJournal(store, 'one');
  const raw = await open(join(folder, 'raw'), 'a');
  const line = Buffer.from(`${JSON.stringify(EVENT)}\n`.padStart(160));
  try {
    const { ours, theirs } = await alternate(
      samples,
      () => timed(() => append(journal)),
      () =>
        timed(async () => {
          await raw.write(line);
          await raw.datasync();
        }),
    );
    return {
      id: 'durable-event',
      title: 'one event, from the append to its acknowledgement on disk',
      unit: 'ms',
      samples: ours,
      limit: { title: 'one write and fdatasync of as many bytes', samples: theirs },
      target: { kind: 'ratio-at-most', value: 1.5 },
    };
  } finally {
    await raw.close();
    await journal.close();
  }
}

async function manyWriters(store: LoopStore, seconds: number): Promise<Row> {
  const journal = await heldJournal(store, 'many');
  const rates: number[] = [];
  const syncs: number[] = [];
  try {
    for (let round = 0; round < seconds; round += 1) {
      const until = performance.now() + 1000;
      let written = 0;
      const writer = async () => {
        while (performance.now() < until) {
          await append(journal);
          written += 1;
        }
      };
      const took = await timed(() => Promise.all(Array.from({ length: 100 }, writer)));
      rates.push((written / took) * 1000);
      syncs.push((1000 / (await timed(() => append(journal)))) * 1);
    }
  } finally {
    await journal.close();
  }
  return {
    id: 'journal-writers',
    title: '100 writers side by side, each waiting for its acknowledgement',
    unit: 'events/s',
    samples: rates,
    limit: { title: 'one writer on the same journal', samples: syncs },
    target: { kind: 'at-least', value: 50_000 },
  };
}

async function resume(store: LoopStore, events: number, rounds: number): Promise<Row> {
  const journal = await heldJournal(store, 'long');
  for (const batch of aLoopOf(events)) {
    const written = await journal.append(batch);
    if (!written.ok) throw new Error(written.error.message);
  }
  await journal.close();
  const fromDisk = async () => {
    const entries = await store.read('long');
    if (!entries.ok) throw new Error(entries.error.message);
    return entries.value;
  };
  const restore = async () => {
    let state: LoopState | null = null;
    for (const entry of await fromDisk()) state = evolve(state, storedEventSchema.parse(entry.event));
    return state;
  };
  const { ours, theirs } = await alternate(
    rounds,
    () => timed(restore),
    () => timed(fromDisk),
  );
  return {
    id: 'resume',
    title: `a loop of ${events.toLocaleString('en')} events, from the file to its state`,
    unit: 'ms',
    samples: ours,
    limit: { title: 'reading and checking its lines alone', samples: theirs },
    target: { kind: 'at-most', value: 300 },
  };
}

export const journal: Bench = {
  id: 'journal',
  title: 'The journal',
  async run({ short }) {
    const folder = await mkdtemp(join(tmpdir(), 'cfn-bench-journal-'));
    const store = createLoopStore({ stateFolder: folder });
    try {
      return [
        await oneEvent(folder, store, short ? 50 : 1000),
        await manyWriters(store, short ? 1 : 5),
        await resume(store, short ? 10_000 : 100_000, short ? 2 : 7),
      ];
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};
