import { mkdir, readFile, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import {
  LIVE_LIMITS,
  SHIPPING_LIMITS,
  tooLargeToShip,
  type ShippingLimits,
} from '../../domain/containers/shipping.ts';
import type { EngineError } from '../../domain/containers/engine.ts';
import { ask } from './engine.ts';
import { HANDED } from './hand-over.ts';
import { addFiles, folderBeside, swapContent } from './swap-content.ts';
import { ArchiveRefused, unpackArchive } from './unpack-archive.ts';

/** A folder of this machine whose copy is in a container. */
export interface Fetched {
  readonly folder: string;
  /** Path of the copy. */
  readonly inside: string;
  /** Paths in it that stay as they are here. */
  readonly kept: readonly string[];
}

/** So long an engine may be away before what a container wrote counts as lost. */
const AWAY_MS = 60_000;
const AGAIN_MS = 1000;
/** An engine packs a folder before it answers. */
const ANSWER_MS = 60_000;
/** Between two parts of an archive. */
const SILENT_MS = 60_000;

/** Replaces the folder's content by that of its copy; else why not, in one sentence. */
export async function fetchFolder(holder: Docker.Container, fetched: Fetched): Promise<string | null> {
  const giveUpAt = performance.now() + AWAY_MS;
  for (;;) {
    try {
      await replace(holder, fetched);
      return null;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (error instanceof ArchiveRefused || performance.now() > giveUpAt)
        return `What was written to ${fetched.folder} could not be brought back from the container engine: ${why}`;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

async function replace(holder: Docker.Container, { folder, inside, kept }: Fetched): Promise<void> {
  const beside = await folderBeside(folder);
  const [fresh, old] = [`${beside}/fresh`, `${beside}/old`] as const;
  try {
    await unpackTo(holder, { inside, kept, fresh, folder, limits: SHIPPING_LIMITS });
    // Whoever took it away has brought it back, and may have given the folder to somebody else since.
    const there = await ask('tell of a container', {}, (abortSignal) => holder.inspect({ abortSignal }));
    if (!there.ok) throw failureOf(there.error);
    await swapContent(folder, { fresh, old, kept });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** Of a container that is gone there is nothing to fetch at a second try. */
const failureOf = ({ kind, message }: EngineError): Error =>
  kind === 'missing' ? new ArchiveRefused(message) : new Error(message);

/** Adds what is new in the copy, while a container writes to it. Best effort: all of it comes in the end. */
export async function fetchLive(
  holder: Docker.Container,
  { folder, inside, kept }: Fetched,
  signal: AbortSignal,
): Promise<void> {
  try {
    const beside = await folderBeside(folder);
    const fresh = `${beside}/fresh`;
    try {
      await unpackTo(holder, { inside, kept, fresh, folder, limits: LIVE_LIMITS, signal });
      if (!signal.aborted) await addFiles(folder, fresh, isSame);
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
  } catch {
    // A file that is written at this moment, or an engine that is away; the next look is near.
  }
}

interface Wanted {
  readonly inside: string;
  readonly kept: readonly string[];
  readonly fresh: string;
  readonly folder: string;
  readonly limits: ShippingLimits;
  readonly signal?: AbortSignal;
}

async function unpackTo(
  holder: Docker.Container,
  { inside, kept, fresh, folder, limits, signal }: Wanted,
): Promise<void> {
  const asked = { deadlineMs: ANSWER_MS, ...(signal ? { signal } : {}) };
  await mkdir(fresh, { mode: 0o700 });
  const archive = await ask('give what a container wrote', asked, () => holder.getArchive({ path: inside }));
  if (!archive.ok) throw failureOf(archive.error);
  const stream = archive.value as Readable;
  const stop = () => stream.destroy(new Error('It is not wanted any more.'));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await unpackArchive(patiently(stream), {
      into: fresh,
      // What was handed over and never read is a secret.
      isLeftOut: (path) =>
        HANDED.test(path) || kept.some((one) => path === one || path.startsWith(`${one}/`)),
      limits,
      tooLarge: tooLargeToShip(folder, limits),
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    stream.on('error', () => undefined).destroy();
  }
}

/** A stream that fails when nothing comes any more: a connection may die without a word. */
async function* patiently(stream: Readable): AsyncGenerator<Buffer> {
  const late = () => stream.destroy(new Error(`nothing came for ${SILENT_MS / 1000} s.`));
  let timer = setTimeout(late, SILENT_MS);
  try {
    for await (const chunk of stream) {
      clearTimeout(timer);
      yield chunk as Buffer;
      timer = setTimeout(late, SILENT_MS);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([readFile(one), readFile(other).catch(() => null)]);
  return second !== null && first.equals(second);
}
