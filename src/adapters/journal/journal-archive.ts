import { readFile, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { errorCode, syncFolder, writeWhole } from './durable-files.ts';
import { dirname } from 'node:path';
import { scanJournal } from './line.ts';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** The compact form of a finished loop's journal, beside where the journal stood. */
export const archiveOf = (journal: string): string => `${journal}.gz`;

/** The journal's bytes, from its archive where it has been archived; rejects with ENOENT when there is neither. */
export async function readArchived(path: string): Promise<Buffer> {
  return unpack(await readFile(archiveOf(path)));
}

/** Compresses a whole journal, reads it back and removes the plain one. A damaged one is left as it is. */
export async function archiveJournal(path: string): Promise<void> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (scanJournal(bytes).end !== 'clean') throw new Error(`The journal ${path} is damaged or unfinished.`);
  await writeWhole(archiveOf(path), await pack(bytes, { level: 9 }));
  const back = await readArchived(path);
  if (!back.equals(bytes)) throw new Error(`The archive of ${path} does not read back as it was written.`);
  await rm(path);
  await syncFolder(dirname(path));
}
