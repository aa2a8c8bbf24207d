import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
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

/** All of them in one archive. Its stream fails, in one sentence, where one of them is too large. */
export function packFolders(folders: readonly ShippedFolder[], packing: Packing): Readable {
  // A wire is slower than the lightest packing. Who reads it hears of a failure by the stream itself.
  return pipeline(Readable.from(partsOf(folders, packing)), createGzip({ level: 1 }), () => undefined);
}

/** The end of an archive, after which nothing is read. */
const END = Buffer.alloc(1024);

async function* partsOf(folders: readonly ShippedFolder[], packing: Packing): AsyncGenerator<Buffer> {
  const staging = await mkdtemp(join(tmpdir(), 'cfn-ship-'));
  try {
    for (const [number, folder] of folders.entries()) {
      const { source } = folder;
      if (source !== null) yield* entriesOf(packing, wholeFolder({ ...folder, source }, number, packing));
    }
    const paths = await stage(staging, folders);
    const singles = { cwd: staging, prefix: packing.at.slice(1), paths, filter: () => true };
    if (paths.length > 0) yield* entriesOf(packing, singles);
    yield END;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

interface Source {
  readonly cwd: string;
  readonly prefix: string;
  readonly paths: readonly string[];
  /** May throw. */
  readonly filter: (path: string, size: number) => boolean;
}

/** The folder itself, without what lies over it. */
function wholeFolder(
  folder: ShippedFolder & { readonly source: string },
  number: number,
  { at, limits }: Packing,
): Source {
  const { source } = folder;
  const left = new Set(foreignPaths(folder));
  const writable = isWritable(folder);
  let bytes = 0;
  let entries = 0;
  return {
    cwd: source,
    prefix: `${at.slice(1)}/${number}`,
    paths: ['.'],
    filter(path, size) {
      const name = path.replace(/^\.\//, '').replace(/\/$/, '');
      // Source maps of our own programs are for people, and larger than all the rest.
      if (left.has(name) || (!writable && name.endsWith('.map'))) return false;
      entries += 1;
      bytes += size;
      if (entries > limits.entries || bytes > limits.bytes) throw new Error(tooLargeToShip(source, limits));
      return true;
    },
  };
}

/** Single files, folders that hold nothing else, and the places at which folders are mounted in others. */
async function stage(staging: string, folders: readonly ShippedFolder[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const [number, { source, files, folders: places }] of folders.entries()) {
    const at = (path: string) => join(staging, String(number), path);
    for (const path of [...(source === null ? [''] : []), ...places]) {
      await mkdir(at(path), { recursive: true });
      await chmod(at(path), 0o755);
    }
    for (const [path, from] of files) {
      await mkdir(dirname(at(path)), { recursive: true });
      await copyFile(from, at(path));
    }
    const inside = [...files.keys(), ...places].map((path) => `${number}/${path}`);
    paths.push(...(source === null ? [String(number)] : inside));
  }
  return paths;
}

/** An archive without its end. */
async function* entriesOf({ user }: Packing, { cwd, prefix, paths, filter }: Source): AsyncGenerator<Buffer> {
  const [uid = 0, gid = 0] = user.split(':').map(Number);
  const failures: unknown[] = [];
  const pack = create(
    {
      cwd,
      prefix,
      strict: true,
      filter(path, { size }) {
        try {
          return failures.length === 0 && filter(path, size);
        } catch (error) {
          failures.push(error);
          return false;
        }
      },
      onWriteEntry({ stat }) {
        if (stat) Object.assign(stat, { uid, gid, mode: stat.mode & ~0o7000 });
      },
    },
    [...paths],
  );
  let held = Buffer.alloc(0);
  for await (const chunk of pack) {
    if (failures.length > 0) break;
    const all = Buffer.concat([held, chunk]);
    held = all.subarray(Math.max(0, all.length - END.length));
    yield all.subarray(0, all.length - held.length);
  }
  if (failures.length > 0) throw failures[0];
}
