import { link, mkdir, open, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Parser, type ReadEntry } from 'tar';
import type { ShippingLimits } from '../../domain/containers/shipping.ts';

/** What is in an archive is not taken, and would not be at a second try. */
export class ArchiveRefused extends Error {}

export interface Unpacking {
  /** An empty folder that nobody else writes to. */
  readonly into: string;
  /** Paths that are left out, with all below them. */
  readonly isLeftOut: (path: string) => boolean;
  readonly limits: ShippingLimits;
  /** One sentence for when they are passed. */
  readonly tooLarge: string;
}

/**
 * Writes what is in a stranger's archive into a fresh folder, without the name that all its paths begin with. The library's own
 * `extract` would change or drop links that lead outside, which a repository may well hold; here they stay what they are and are
 * made last, so that nothing can be written through one. Devices, pipes and sockets are left out; of rights only those
 * of reading, writing and running stay. Throws `ArchiveRefused`, or what broke off the stream.
 */
export async function unpackArchive(archive: AsyncIterable<Buffer>, unpacking: Unpacking): Promise<void> {
  const writer = new Writer(unpacking);
  let writing = Promise.resolve();
  let failure: unknown = null;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      writing = writing
        .then(() => writer.take(entry))
        .catch((error: unknown) => {
          failure ??= error;
          // What is not read would hold up the rest.
          entry.resume();
        });
    },
  });
  const ended = new Promise<void>((resolve, reject) => {
    parser.on('end', resolve);
    parser.on('error', reject);
  });
  ended.catch(() => undefined);
  try {
    for await (const chunk of archive) {
      if (failure !== null) throw failure;
      if (!parser.write(chunk))
        await Promise.race([new Promise<void>((resolve) => parser.once('drain', resolve)), ended]);
    }
    parser.end();
    await ended;
  } catch (error) {
    // The file that is being written would wait for its end.
    writer.stop();
    await writing;
    throw error;
  }
  await writing;
  if (failure !== null) throw failure;
  await writer.makeLinks();
}

const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);

class Writer {
  readonly #unpacking: Unpacking;
  readonly #folders = new Set(['']);
  readonly #files = new Set<string>();
  readonly #links = new Map<string, string>();
  #current: ReadEntry | null = null;
  #stopped = false;
  #bytes = 0;
  #entries = 0;

  constructor(unpacking: Unpacking) {
    this.#unpacking = unpacking;
  }

  async take(entry: ReadEntry): Promise<void> {
    const path = withoutFirst(entry.path);
    this.#entries += 1;
    this.#bytes += entry.size;
    const { limits, tooLarge, isLeftOut } = this.#unpacking;
    if (this.#entries > limits.entries || this.#bytes > limits.bytes) throw new ArchiveRefused(tooLarge);
    if (path === '' || isLeftOut(path)) entry.resume();
    else if (FILES.has(entry.type)) await this.#file(path, entry);
    else {
      entry.resume();
      if (entry.type === 'Directory') await this.#folder(path, entry.mode);
      else if (entry.type === 'SymbolicLink') this.#remember(path, entry.linkpath ?? '');
      else if (entry.type === 'Link') await this.#sameFile(path, withoutFirst(entry.linkpath ?? ''));
    }
  }

  /** No more of the archive comes: what waits for the rest of a file, or is about to, ends. */
  stop(): void {
    this.#stopped = true;
    this.#current?.destroy();
  }

  async makeLinks(): Promise<void> {
    for (const [path, target] of this.#links) await symlink(target, this.#at(path));
  }

  #at(path: string): string {
    return join(this.#unpacking.into, path);
  }

  #remember(path: string, target: string): void {
    this.#claim(path);
    this.#links.set(path, target);
  }

  async #folder(path: string, mode = 0o755): Promise<void> {
    if (this.#folders.has(path)) return;
    this.#claim(path);
    this.#folders.add(path);
    await mkdir(this.#at(path), { mode: (mode & 0o777) | 0o700 });
  }

  async #file(path: string, entry: ReadEntry): Promise<void> {
    this.#claim(path);
    this.#files.add(path);
    const file = await open(this.#at(path), 'wx', 0o600);
    this.#current = entry;
    try {
      if (this.#stopped) throw new ArchiveRefused('The archive broke off.');
      for await (const chunk of entry) await file.writeFile(chunk);
      await file.chmod(((entry.mode ?? 0o644) & 0o777) | 0o600);
      if (entry.mtime) await file.utimes(entry.mtime, entry.mtime);
    } finally {
      await file.close();
    }
  }

  /** A second name, of a file of the same archive alone. */
  async #sameFile(path: string, target: string): Promise<void> {
    this.#claim(path);
    // One that was left out is somebody else's.
    if (this.#unpacking.isLeftOut(target)) return;
    if (!this.#files.has(target))
      throw new ArchiveRefused(
        `The container engine sent a link to ${JSON.stringify(target)}, which is no file of the same folder.`,
      );
    this.#files.add(path);
    await link(this.#at(target), this.#at(path));
  }

  /** Each path once, and in a folder that was made here. */
  #claim(path: string): void {
    const parent = dirname(path);
    const taken = this.#folders.has(path) || this.#files.has(path) || this.#links.has(path);
    if (taken || !this.#folders.has(parent === '.' ? '' : parent))
      throw new ArchiveRefused(`The container engine sent ${JSON.stringify(path)} twice, or in no folder.`);
  }
}

/** `worker/src/a.js` → `src/a.js`. */
function withoutFirst(path: string): string {
  const names = path.replace(/\/+$/, '').split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0')))
    throw new ArchiveRefused(
      `The container engine sent the path ${JSON.stringify(path)}, which leads elsewhere.`,
    );
  return names.slice(1).join('/');
}
