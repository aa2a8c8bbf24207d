import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { err, ok, type Result } from '../base/result.ts';

/** A runner looks at the file at any moment, so it appears whole or not at all. `what`: `The result`, for the error. */
export async function writeWhole(what: string, path: string, text: string): Promise<Result<void, string>> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  let file: FileHandle | null = null;
  try {
    file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    const { size } = await file.stat();
    await file.close();
    file = null;
    if (size !== Buffer.byteLength(text)) throw new Error('it was not written whole');
    await rename(temporary, path);
    return ok(undefined);
  } catch (error) {
    await file?.close().catch(() => undefined);
    await rm(temporary, { force: true }).catch(() => undefined);
    return err(
      `${what} can not be written to ${path}: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}
