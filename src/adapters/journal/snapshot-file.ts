import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensurePrivateFolder, errorCode, writeWhole } from './durable-files.ts';

/** A file that is only ever replaced as a whole; `read` gives `null` when there is none. */
export function createSnapshotFile(path: string): {
  read(): Promise<Uint8Array | null>;
  write(bytes: Uint8Array): Promise<void>;
} {
  return {
    read: () =>
      readFile(path).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return null;
        throw error;
      }),
    write: async (bytes) => {
      await ensurePrivateFolder(dirname(path));
      await writeWhole(path, bytes);
    },
  };
}
