/** The index as a thread of its own; its work is `src/adapters/sqljs`. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { createRowArchive } from './adapters/journal/row-archive.ts';
import { createSnapshotFile } from './adapters/journal/snapshot-file.ts';
import { serveIndex, type IndexReply } from './adapters/sqljs/index-worker.ts';
import { createReadModel } from './adapters/sqljs/read-model.ts';
import { systemClock } from './base/clock.ts';

const { stateFolder, retention } = z
  .object({
    stateFolder: z.string(),
    retention: z.nullable(z.object({ auditDays: z.number(), transactionDays: z.number() })),
  })
  .parse(workerData);
const port = parentPort;
if (port === null) throw new Error('index-worker runs as a thread.');
const model = createReadModel({
  snapshotFile: createSnapshotFile(join(stateFolder, 'index.sqlite')),
  archive: createRowArchive(join(stateFolder, 'archive')),
  retention,
  clock: systemClock,
  logger: {
    warn: (warning, fields) => {
      const error = fields?.['error'];
      const reply: IndexReply = { warning, error: typeof error === 'string' ? error : '' };
      port.postMessage(reply);
    },
  },
});
serveIndex(model, port);
