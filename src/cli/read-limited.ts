import type { Readable } from 'node:stream';
import { err, ok, type Result } from '../base/result.ts';

/** Reads a stream to its end as UTF-8, unless it is longer than `limit` bytes. Rejects when it fails. */
export async function readLimited(stream: Readable, limit: number): Promise<Result<string, 'too long'>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array | string);
    size += bytes.length;
    if (size > limit) return err('too long');
    chunks.push(bytes);
  }
  return ok(Buffer.concat(chunks).toString('utf8'));
}
