/** What the query cache gains over the index itself, and how many disk writes the index saves. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createCoordination } from '../../src/adapters/coordination/coordination.ts';
import { createSnapshotFile } from '../../src/adapters/journal/snapshot-file.ts';
import { openDatabase } from '../../src/adapters/sqljs/database.ts';
import { createThreadedReadModel } from '../../src/adapters/sqljs/threaded-read-model.ts';
import { createQueryCache } from '../../src/app/query-cache.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { ReadModel } from '../../src/ports/read-model.ts';
import { aLoopOf } from './long-loop.mts';
import { alternate, timed, type Bench, type Row } from './measure.mts';

const DIST = resolve(import.meta.dirname, '../../dist');
const SMALL = 'SELECT state, iteration FROM (SELECT step AS state, iteration FROM loops)';
const LARGE =
  'SELECT type, iteration, count(*) AS n, avg(length(body)) AS size, max(at) AS at FROM events GROUP BY type, iteration ORDER BY n DESC';

async function fill(model: ReadModel, events: number): Promise<void> {
  let seq = 0;
  for (const batch of aLoopOf(events)) {
    const entries = batch.map((event) => ({ seq: (seq += 1), event }));
    await model.apply('task-001', entries);
  }
}

async function gain(
  folder: string,
  options: { readonly rounds: number; readonly events: number },
): Promise<Row[]> {
  const model = createThreadedReadModel({
    program: join(DIST, 'index-worker.js'),
    workerData: { stateFolder: folder, retention: null },
    logger: silentLogger,
  });
  const program = { execPath: process.execPath, args: [join(DIST, 'store.js')] };
  const coordination = createCoordination({ folder, program, redis: null });
  try {
    await fill(model, options.events);
    const cache = createQueryCache({
      readModel: model,
      coordination,
      hash: (text) => createHash('sha256').update(text).digest('hex'),
      logger: silentLogger,
    });
    const rows: Row[] = [];
    for (const [id, sql] of [
      ['query-cache-small', SMALL],
      ['query-cache-large', LARGE],
    ] as const) {
      const { ours, theirs } = await alternate(
        options.rounds,
        () => timed(() => cache.query({ sql, reads: ['task-001'] })),
        () => timed(() => model.query(sql)),
      );
      rows.push({
        id,
        title: `a kept answer to a ${id.endsWith('small') ? 'small' : 'large'} query over ${options.events} events`,
        unit: 'ms',
        samples: ours,
        limit: { title: 'the same query asked of the index in its thread', samples: theirs },
        target: null,
        note: 'the seeds name "<1 ms vs 50–100 ms disk access"',
      });
    }
    return rows;
  } finally {
    await coordination.dispose();
    await model.dispose();
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
      const rows = await gain(folder, { rounds: short ? 20 : 200, events: short ? 5_000 : 50_000 });
      return [...rows, await writes(folder, short ? 50 : 300)];
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};
