import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { err, ok, type Result } from '../base/result.ts';
import { readLimited } from './read-limited.ts';

const LARGEST_BYTES = 4 * 1024 * 1024;

/** UTF-8 text of a stream or of the file at a path, 4 MiB at most; `what` begins the error's sentence. */
export async function readText(what: string, source: Readable | string): Promise<Result<string, string>> {
  const tooLarge = err(`${what} is larger than ${LARGEST_BYTES} bytes.`);
  try {
    if (typeof source === 'string') {
      const bytes = await readFile(source);
      return bytes.length > LARGEST_BYTES ? tooLarge : ok(bytes.toString('utf8'));
    }
    const text = await readLimited(source, LARGEST_BYTES);
    return text.ok ? text : tooLarge;
  } catch (error) {
    return err(`${what} can not be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
