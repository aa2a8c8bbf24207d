import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorCode, renamePatiently, syncFolder } from './durable-files.ts';

export const archiveOfFolder = (folder: string): string => `${folder}.tar.gz`;
const removedName = (folder: string): string => `${folder}.removed`;

/**
 * Packs a folder into `FOLDER.tar.gz`, compares every file with what the archive holds, then removes the folder.
 * It is renamed before that, so that a half removed folder is never packed over a whole archive.
 */
export async function archiveFolder(folder: string): Promise<void> {
  const removed = removedName(folder);
  await rm(removed, { recursive: true, force: true, maxRetries: 5 });
  if (!(await isFolder(folder))) return;
  const archive = archiveOfFolder(folder);
  const draft = `${archive}.tmp`;
  const { create } = await import('tar');
  await create({ gzip: { level: 9 }, file: draft, cwd: dirname(folder), portable: true, strict: true }, [
    basename(folder),
  ]);
  const handle = await open(draft, 'r+');
  await handle.sync();
  await handle.close();
  await compare(folder, draft);
  await renamePatiently(draft, archive);
  await syncFolder(dirname(folder));
  await rename(folder, removed);
  await rm(removed, { recursive: true, force: true, maxRetries: 5 });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function compare(folder: string, archive: string): Promise<void> {
  const held = await hashesIn(archive);
  const parent = dirname(folder);
  for await (const path of filesBelow(folder)) {
    const name = relative(parent, path).replaceAll('\\', '/');
    if (held.get(name) !== (await hashOf(path))) {
      throw new Error(`The archive ${archive} does not hold ${name} as it is.`);
    }
  }
}

async function hashesIn(archive: string): Promise<ReadonlyMap<string, string>> {
  const { list } = await import('tar');
  const hashes = new Map<string, string>();
  const links: [string, string][] = [];
  await list({
    file: archive,
    strict: true,
    onReadEntry: (entry) => {
      if (entry.type === 'Link') links.push([entry.path, entry.linkpath ?? '']);
      const hash = createHash('sha256');
      entry.on('data', (chunk) => hash.update(chunk));
      entry.on('end', () => {
        if (entry.type !== 'Link') hashes.set(entry.path, hash.digest('hex'));
      });
    },
  });
  for (const [path, target] of links) hashes.set(path, hashes.get(target) ?? '');
  return hashes;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Regular files; links are not followed. */
export async function* filesBelow(folder: string): AsyncGenerator<string> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}
