import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saysDiskFull } from '../../base/disk-full.ts';
import type { LoopFiles } from '../../ports/loop-files.ts';
import { ensurePrivateFolder, writeWhole } from './durable-files.ts';

/** A few events, a ledger entry and a lock's worth. */
const ROOM_BYTES = 64 * 1024;

/** Derived data beside a loop's journal; what is missing or unreadable is as good as not there. */
export function createLoopFiles(folderOf: (taskId: string) => string): LoopFiles {
  const fileOf = (taskId: string, name: string) => join(folderOf(taskId), `${name}.json`);
  return {
    read: async (taskId, name) => {
      try {
        return JSON.parse(await readFile(fileOf(taskId, name), 'utf8')) as unknown;
      } catch {
        return null;
      }
    },
    write: async (taskId, name, value) => {
      await ensurePrivateFolder(folderOf(taskId));
      await writeWhole(fileOf(taskId, name), JSON.stringify(value));
    },
    hasRoom: async (taskId) => {
      const probe = join(folderOf(taskId), `room.${randomBytes(6).toString('hex')}.tmp`);
      try {
        // Only a write shows it: quotas and reserved blocks are in no number that a file system tells.
        await writeFile(probe, Buffer.alloc(ROOM_BYTES), { mode: 0o600 });
        return true;
      } catch (error) {
        if (saysDiskFull(error)) return false;
        throw error;
      } finally {
        await rm(probe, { force: true });
      }
    },
    remove: (taskId) => rm(folderOf(taskId), { recursive: true, force: true }),
  };
}
