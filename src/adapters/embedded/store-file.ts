import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { patientlySync } from '../../base/patience.ts';
import { storeFileSchema, type StoreFile } from '../../protocol/store-file.ts';

/** `null` when there is none, or when it is damaged: then the store starts with new credentials. */
export function readStoreFile(path: string): StoreFile | null {
  try {
    const parsed = storeFileSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Written whole to another name and renamed; a full disk leaves the old file as it was. */
export function writeStoreFile(path: string, file: StoreFile): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const text = JSON.stringify(file, null, 2);
  rmSync(temporary, { force: true });
  const handle = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
    if (fstatSync(handle).size !== Buffer.byteLength(text))
      throw new Error(`${temporary} was not written whole`);
  } finally {
    closeSync(handle);
  }
  patientlySync(() => renameSync(temporary, path), process.platform);
}
