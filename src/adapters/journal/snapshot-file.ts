import { randomBytes } from 'node:crypto';
import { copyFile, link, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensurePrivateFolder, errorCode, renamePatiently, writeWhole } from './durable-files.ts';

/**
 * A file that is only ever replaced as a whole, with the one before it kept: `read(0)` is the newest, `read(1)` the one
 * before; `null` when there is none.
 */
export function createSnapshotFile(path: string): {
  read(age: 0 | 1): Promise<Uint8Array | null>;
  write(bytes: Uint8Array): Promise<void>;
} {
  const previous = `${path}.previous`;
  return {
    read: (age) =>
      readFile(age === 0 ? path : previous).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return null;
        throw error;
      }),
    write: async (bytes) => {
      await ensurePrivateFolder(dirname(path));
      await keep(path, previous);
      await writeWhole(path, bytes);
    },
  };
}

/** A second name for the newest, so that it never goes missing whenever the process dies. */
async function keep(path: string, previous: string): Promise<void> {
  const draft = `${previous}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    // Some file systems have no hard links.
    await link(path, draft).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') throw error;
      return copyFile(path, draft);
    });
    await renamePatiently(draft, previous);
  } catch (error) {
    await rm(draft, { force: true });
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
