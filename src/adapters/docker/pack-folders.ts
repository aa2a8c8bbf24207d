import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { create } from 'tar';
import {
  foreignPaths,
  isWritable,
  tooLargeToShip,
  type ShippedFolder,
  type ShippingLimits,
} from '../../domain/containers/shipping.ts';

export interface Packing {
  /** Path inside at which the folders stand by their numbers. */
  readonly at: string;
  /** Who they are to belong to: `uid:gid`. */
  readonly user: string;
  readonly limits: ShippingLimits;
}

/** The folder itself, without what lies over it. Its stream fails, in one sentence, where it is too large. */
export function packFolder(
  folder: ShippedFolder & { readonly source: string },
  number: number,
  packing: Packing,
): Readable {
  const { source } = folder;
  const { limits } = packing;
  const left = new Set(foreignPaths(folder));
  const writable = isWritable(folder);
  let bytes = 0;
  let entries = 0;
  return streamOf(packing, {
    cwd: source,
    prefix: `${packing.at.slice(1)}/${number}`,
    paths: ['.'],
    filter: (path, size) => {
      const name = path.replace(/^\.\//, '').replace(/\/$/, '');
      // Source maps of our own programs are for people, and larger than all the rest.
      if (left.has(name) || (!writable && name.endsWith('.map'))) return false;
      entries += 1;
      bytes += size;
      if (entries > limits.entries || bytes > limits.bytes) throw new Error(tooLargeToShip(source, limits));
      return true;
    },
  });
}

/** Single files, folders that hold nothing else, and the places at which folders are mounted in others. */
export async function packSingles(folders: readonly ShippedFolder[], packing: Packing): Promise<Readable> {
  const staging = await mkdtemp(join(tmpdir(), 'cfn-ship-'));
  const paths: string[] = [];
  for (const [number, { source, files, folders: places }] of folders.entries()) {
    if (source === null) paths.push(String(number));
    for (const path of [...(source === null ? [''] : []), ...places]) {
      await mkdir(join(staging, String(number), path), { recursive: true });
      await chmod(join(staging, String(number), path), 0o755);
    }
    for (const [path, from] of files) {
      await mkdir(dirname(join(staging, String(number), path)), { recursive: true });
      await copyFile(from, join(staging, String(number), path));
    }
    paths.push(...[...files.keys(), ...places].map((path) => `${number}/${path}`));
  }
  const stream = streamOf(packing, { cwd: staging, prefix: packing.at.slice(1), paths, filter: () => true });
  stream.once('close', () => void rm(staging, { recursive: true, force: true }));
  return stream;
}

interface Source {
  readonly cwd: string;
  readonly prefix: string;
  readonly paths: readonly string[];
  readonly filter: (path: string, size: number) => boolean;
}

function streamOf({ user }: Packing, { cwd, prefix, paths, filter }: Source): Readable {
  const [uid = 0, gid = 0] = user.split(':').map(Number);
  let failure: unknown = null;
  const pack = create(
    {
      cwd,
      prefix,
      // A wire is slower than the lightest packing.
      gzip: { level: 1 },
      strict: true,
      filter: (path, entry) => {
        try {
          return failure === null && filter(path, entry.size);
        } catch (error) {
          failure = error;
          return false;
        }
      },
      onWriteEntry: ({ stat }) => {
        if (stat) Object.assign(stat, { uid, gid, mode: stat.mode & ~0o7000 });
      },
    },
    [...paths],
  );
  return Readable.from(
    chunks(pack, () => failure),
    { objectMode: false },
  );
}

async function* chunks(pack: AsyncIterable<Buffer>, failure: () => unknown): AsyncGenerator<Buffer> {
  for await (const chunk of pack) {
    if (failure() !== null) throw failure();
    yield chunk;
  }
  if (failure() !== null) throw failure();
}
