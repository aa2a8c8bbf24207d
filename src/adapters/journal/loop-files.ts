import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoopFiles } from '../../ports/loop-files.ts';
import { ensurePrivateFolder, writeWhole } from './durable-files.ts';

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
    remove: (taskId) => rm(folderOf(taskId), { recursive: true, force: true }),
  };
}
