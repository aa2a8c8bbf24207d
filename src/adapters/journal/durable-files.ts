import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { patiently } from '../../base/patience.ts';

/** A file that is written at positions. Every operation may fail, and a write may write less than asked. */
export interface DurableFile {
  /** Returns how many bytes were written. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** What durable state needs of a file system; tests make its operations fail. */
export interface DurableFiles {
  /** Opens for writing at positions and creates the file (mode 0600) when it is missing. */
  open(path: string): Promise<DurableFile>;
  read(path: string): Promise<Buffer>;
}

export const nodeFiles: DurableFiles = {
  open: async (path) => {
    // 'a' would ignore positions, 'w' would empty the file, and 'r+' alone does not create it.
    await (await open(path, 'a', 0o600)).close();
    await syncFolder(dirname(path));
    return durableFile(await open(path, 'r+'));
  },
  read: (path) => readFile(path),
};

function durableFile(handle: FileHandle): DurableFile {
  return {
    write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    datasync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    close: () => handle.close(),
  };
}

/** Writes all of `bytes`: a full disk may take a part of them without an error. */
export async function writeFully(file: DurableFile, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const taken = await file.write(bytes.subarray(written), position + written);
    if (taken <= 0) {
      throw Object.assign(new Error('The disk took no more bytes.'), { code: 'ENOSPC' });
    }
    written += taken;
  }
}

/** Makes a folder that only its owner may enter. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') await chmod(path, 0o700);
}

/** Makes what was created, renamed or removed in a folder survive a loss of power. */
export async function syncFolder(path: string): Promise<void> {
  // Windows can not open a folder for this; NTFS journals its metadata.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file as a whole: after a crash it holds the old bytes or the new ones. */
export async function writeWhole(path: string, bytes: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renamePatiently(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

export const renamePatiently = (from: string, to: string): Promise<void> =>
  patiently(() => rename(from, to), process.platform);

/** The system's error code, '' when there is none. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
