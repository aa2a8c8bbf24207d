import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok } from '../../base/result.ts';
import type { LoopStorage } from '../../ports/loop-storage.ts';
import { errorCode, errorText } from './durable-files.ts';
import { archiveFolder, archiveOfFolder, filesBelow } from './folder-archive.ts';
import { archiveJournal, archiveOf } from './journal-archive.ts';

export interface LoopStorageOptions {
  /** The repository's state folder. */
  readonly stateFolder: string;
  readonly folderOf: (taskId: string) => string;
  /** Where evidence of a loop is collected. */
  readonly evidenceOf: (taskId: string) => string;
}

export function createLoopStorage(options: LoopStorageOptions): LoopStorage {
  const { folderOf, evidenceOf } = options;
  const journalOf = (taskId: string): string => join(folderOf(taskId), 'journal.ndjson');
  const attemptsOf = (taskId: string): string => join(folderOf(taskId), 'attempts');
  return {
    tasks: async () => {
      const loops = join(options.stateFolder, 'loops');
      const names = await readdir(loops).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return [];
        throw error;
      });
      return Promise.all(
        names.map((name) => readFile(join(loops, name, 'task-id'), 'utf8').catch(() => name)),
      );
    },
    usage: async (taskId) => ({
      journal: await bytesOf(journalOf(taskId)),
      attempts: await bytesOf(attemptsOf(taskId)),
      archive:
        (await bytesOf(archiveOf(journalOf(taskId)))) + (await bytesOf(archiveOfFolder(attemptsOf(taskId)))),
      evidence: await bytesOf(evidenceOf(taskId)),
    }),
    archive: async (taskId) => {
      try {
        await archiveFolder(attemptsOf(taskId));
        await archiveJournal(journalOf(taskId));
        return ok(undefined);
      } catch (error) {
        return err(
          `The files of ${taskId} could not be archived and are left as they are: ${errorText(error)}`,
        );
      }
    },
    archived: (taskId) =>
      lstat(archiveOf(journalOf(taskId))).then(
        () => true,
        () => false,
      ),
    dropEvidence: (taskId) => rm(evidenceOf(taskId), { recursive: true, force: true, maxRetries: 5 }),
    bytesOf,
  };
}

async function bytesOf(path: string): Promise<number> {
  const stat = await lstat(path).catch(() => null);
  if (stat === null) return 0;
  if (!stat.isDirectory()) return stat.isFile() ? stat.size : 0;
  let bytes = 0;
  for await (const file of filesBelow(path)) bytes += (await lstat(file).catch(() => null))?.size ?? 0;
  return bytes;
}
