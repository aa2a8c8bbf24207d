import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { patientlySync } from '../../base/patience.ts';
import type * as z from 'zod/mini';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import {
  attemptControlSchema,
  attemptSpecSchema,
  resultRecordSchema,
  runnerStateSchema,
} from '../../protocol/attempt.ts';

/** What a runner prints beside its protocol: only complaints of its own. */
export const RUNNER_LOG = 'runner.log';

/** Agents write into their attempt's folder; a result that is larger than this is none. */
const MAX_TEXT = 4 * 1024 * 1024;

/** Text of a file, `null` when there is none or it is unreasonably large. Reading a pipe would never end. */
export function readText(file: string): string | null {
  try {
    const found = statSync(file);
    return found.isFile() && found.size <= MAX_TEXT ? readFileSync(file, 'utf8') : null;
  } catch {
    return null;
  }
}

/** True for a file that `readText` leaves alone because of its size, so that somebody can say so. */
export function isTooLarge(file: string): boolean {
  try {
    return statSync(file).size > MAX_TEXT;
  } catch {
    return false;
  }
}

export function readValid<Schema extends z.ZodMiniType>(
  file: string,
  schema: Schema,
): z.infer<Schema> | null {
  const text = readText(file);
  if (text === null) return null;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export const readSpec = (folder: string) => readValid(join(folder, ATTEMPT_FILES.spec), attemptSpecSchema);
export const readState = (folder: string) => readValid(join(folder, ATTEMPT_FILES.runner), runnerStateSchema);
export const readRecord = (folder: string) =>
  readValid(join(folder, ATTEMPT_FILES.record), resultRecordSchema);
export const readControl = (folder: string) =>
  readValid(join(folder, ATTEMPT_FILES.control), attemptControlSchema);

/** Writes aside and renames, so that a reader finds the whole file or none. */
export function writeWhole(file: string, value: unknown): void {
  publish(writeAside(file, value), file);
}

/** The same, and its content is on disk before it has its name; waiting for the disk holds nobody up. */
export async function writeDurably(file: string, value: unknown): Promise<void> {
  const aside = writeAside(file, value);
  try {
    await synced(aside);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  publish(aside, file);
}

function writeAside(file: string, value: unknown): string {
  const aside = `${file}.${process.pid}.tmp`;
  orRemove(aside, () => {
    const handle = openSync(aside, 'w', 0o600);
    try {
      writeAll(handle, Buffer.from(`${JSON.stringify(value)}\n`));
    } finally {
      closeSync(handle);
    }
  });
  return aside;
}

async function synced(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const publish = (aside: string, file: string): void =>
  orRemove(aside, () => patientlySync(() => renameSync(aside, file), process.platform));

function orRemove(file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** A write on a full disk may take less than it was given without an error. */
export function writeAll(handle: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) {
    const step = writeSync(handle, bytes, written, bytes.length - written);
    if (step === 0) throw new Error('The disk took no more bytes.');
    written += step;
  }
}

const RESERVE = '.reserve';
const RESERVE_BYTES = 64 * 1024;

/** Takes the room that the record will need, before an agent fills the disk. */
export function reserveRoom(folder: string): void {
  try {
    writeFileSync(join(folder, RESERVE), Buffer.alloc(RESERVE_BYTES), { mode: 0o600 });
  } catch {
    // Full already; the record may still fit into what the transcript gives up.
    freeRoom(folder);
  }
}

export function freeRoom(folder: string): void {
  rmSync(join(folder, RESERVE), { force: true });
}
