import { Worker } from 'node:worker_threads';

/** Runs in a worker: the synchronous copy is several times faster than the asynchronous one, but it blocks. */
const SOURCE = `
const { workerData } = require('node:worker_threads');
const { constants, cpSync } = require('node:fs');
cpSync(workerData.from, workerData.to, {
  recursive: true,
  mode: constants.COPYFILE_FICLONE,
  verbatimSymlinks: true,
  preserveTimestamps: true,
});
`;

/** Copies a folder with its links as they are, by cloned blocks where the disk can. Throws when it cannot. */
export function copyFolder(from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(SOURCE, { eval: true, workerData: { from, to } });
    worker.once('error', reject);
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`Copying ${from} failed.`))));
  });
}
