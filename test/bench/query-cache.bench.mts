/** What the query cache gains over the index itself, and how many disk writes the index saves. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createCoordination } from '../../src/adapters/coordination/coordination.ts';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { createSnapshotFile } from '../../src/adapters/journal/snapshot-file.ts';
import { openDatabase } from '../../src/adapters/sqljs/database.ts';
import { createThreadedReadModel } from '../../src/adapters/sqljs/threaded-read-model.ts';
import { createLoopQueries } from '../../src/app/query-loops.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { ok } from '../../src/base/result.ts';
import { aLoopOf } from './long-loop.mts';
import { alternate, timed, type Bench, type Row } from './measure.mts';

const DIST = resolve(import.meta.dirname, '../../dist');
const SMALL = 'SELECT state, iteration FROM (SELECT step AS state, iteration FROM loops)';
const LARGE =
  'SELECT type, iteration, count(*) AS n, avg(length(body)) AS size, max(at) AS at FROM events GROUP BY type, iteration ORDER BY n DESC';

/** A repository's state with one loop of so many events, which goes on. */
async function fill(folder: string, events: number): Promise<void> {
  const store = createLoopStore({ stateFolder: folder });
  const holder = await store.hold('task-001', () => Promise.resolve(null));
  if (!holder.ok) throw new Error('the loop cannot be held');
  const journal = await store.open('task-001', holder.value.epoch);
  if (!journal.ok) throw new Error(journal.error.message);
  for (const batch of aLoopOf(events)) {
    const written = await journal.value.append(batch);
    if (!written.ok) throw new Error(written.error.message);
  }
  await journal.value.close();
  await holder.value.release();
}

async function gain(
  folder: string,
  options: { readonly rounds: number; readonly events: number },
): Promise<Row[]> {
  await fill(folder, options.events);
  const program = { execPath: process.execPath, args: [join(DIST, 'store.js')] };
  const coordination = createCoordination({ folder, program, redis: null });
  const queries = (cache: Pick<typeof coordination, 'get' | 'put'>) =>
    createLoopQueries({
      loops: createLoopStore({ stateFolder: folder }),
      openIndex: () =>
        createThreadedReadModel({
          program: join(DIST, 'index-worker.js'),
          workerData: { stateFolder: folder, retention: null },
          logger: silentLogger,
        }),
      coordination: cache,
      hash: (text) => createHash('sha256').update(text).digest('hex'),
      logger: silentLogger,
      now: () => performance.now(),
    });
  const none = { get: () => Promise.resolve(ok(null)), put: () => Promise.resolve(ok(undefined)) };
  const [cached, uncached] = [queries(coordination), queries(none)];
  const ask = async (from: typeof cached, sql: string) => {
    const rows = await from.query({ sql });
    if (!rows.ok) throw new Error(rows.error.message);
  };
  try {
    const rows: Row[] = [];
    for (const [id, sql] of [
      ['query-cache-small', SMALL],
      ['query-cache-large', LARGE],
    ] as const) {
      const { ours, theirs } = await alternate(
        options.rounds,
        () => timed(() => ask(cached, sql)),
        () => timed(() => ask(uncached, sql)),
      );
      rows.push({
        id,
        title: `a kept answer to a ${id.endsWith('small') ? 'small' : 'large'} question over ${options.events.toLocaleString('en')} events`,
        unit: 'ms',
        samples: ours,
        limit: { title: 'the same asked of the index, opened and caught up for it', samples: theirs },
        target: { kind: 'ratio-at-most', value: 1 },
        note: 'the seeds name "<1 ms vs 50–100 ms disk access"',
      });
    }
    return rows;
  } finally {
    await coordination.dispose();
  }
}

/** Bytes that reach the disk for the index of a loop: saved as we do it, and after each event. */
async function writes(folder: string, events: number): Promise<Row> {
  const database = await openDatabase(null);
  database.script('CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT)');
  const file = createSnapshotFile(join(folder, 'each.sqlite'));
  let each = 0;
  let seq = 0;
  for (const batch of aLoopOf(events)) {
    for (const event of batch) {
      database.execute('INSERT INTO events VALUES (?, ?)', [(seq += 1), JSON.stringify(event)]);
      const bytes = database.export();
      await file.write(bytes);
      each += bytes.length;
    }
  }
  const once = database.export().length;
  database.close();
  return {
    id: 'index-writes',
    title: `written for the index of a loop of ${events} events, saved once at its end`,
    unit: 'kB',
    samples: [once / 1000],
    limit: { title: 'the same, saved after each event', samples: [each / 1000] },
    target: null,
    note: `${(100 * (1 - once / each)).toFixed(1)} % less; the seeds name "~70 %" fewer write operations`,
  };
}

export const queryCache: Bench = {
  id: 'query-cache',
  title: 'Query cache and index',
  run: async ({ short }) => {
    const folder = await mkdtemp(join(tmpdir(), 'cfn-query-cache-'));
    try {
      const rows = await gain(folder, { rounds: short ? 3 : 15, events: short ? 5_000 : 50_000 });
      return [...rows, await writes(folder, short ? 50 : 300)];
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};
