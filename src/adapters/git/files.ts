import { chmod, lstat, mkdir, open, readFile, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { randomBytes } from 'node:crypto';
import { patiently } from '../../base/patience.ts';

/** Writes whole to a temporary name, syncs and renames, so that readers see the old or the new content. */
export async function writeAside(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(draft, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // `open` applies the umask; a hook without its executable bit would be a different hook.
  await chmod(draft, mode);
  await patiently(() => rename(draft, path), process.platform);
}

/** Text of a file; null when there is none. Whatever an agent put there instead is not opened: a pipe never ends. */
export async function readText(path: string): Promise<string | null> {
  try {
    return (await stat(path)).isFile() ? await readFile(path, 'utf8') : null;
  } catch {
    return null;
  }
}

/** Follows from the folder's own name, so that the next removal finds what one that was killed left. */
export const trashOf = (path: string): string => join(dirname(path), `.trash-${basename(path)}`);

/** Where a folder goes whose ignored files nobody may remove. */
export const asideOf = (path: string, token: string): string => `${path}.set-aside-${token}`;

/** Names of folders that we put away ourselves. */
export const isPutAway = (name: string): boolean =>
  name.startsWith('.trash-') || /\.set-aside-[^.]+$/.test(name);

/** Removes a folder of ours, moved aside first, so that whoever looks finds it whole or not at all. */
export async function removeFolder(path: string): Promise<void> {
  const trash = trashOf(path);
  await removeTree(trash);
  const moved = await rename(path, trash).then(
    () => true,
    () => false,
  );
  await removeTree(moved ? trash : path);
}

/**
 * Some tools leave read-only folders (Go's module cache), and on Windows something may hold a file for a moment,
 * hence the second try and the retries.
 */
async function removeTree(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 } as const;
  try {
    await rm(path, options);
  } catch {
    await makeWritable(path);
    await rm(path, options);
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}

/** Links are followed as far as the path exists: what was deleted is known by the folder it was in. */
export async function realPath(path: string): Promise<string> {
  const real = await realpath(path).catch(() => null);
  if (real !== null) return real;
  const parent = dirname(path);
  return parent === path ? path : join(await realPath(parent), basename(path));
}

/** True for the folder itself too. */
export function below(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/**
 * Compares absolute paths as the platform's file system does by default: Windows and macOS know no case, macOS takes
 * composed and decomposed letters for the same, and Windows writes one path in several ways (`C:/a`, `\\\\?\\C:\\a`).
 */
export function samePath(a: string, b: string, platform: NodeJS.Platform = process.platform): boolean {
  if (platform !== 'win32' && platform !== 'darwin') return a === b;
  const plain = (path: string) => {
    const same = platform === 'win32' ? windowsPath(path) : path.normalize('NFC');
    return same.toLowerCase();
  };
  return plain(a) === plain(b);
}

function windowsPath(path: string): string {
  const slashed = path.replaceAll('/', '\\');
  const short = slashed.replace(/^\\\\\?\\UNC\\/i, '\\\\').replace(/^\\\\\?\\/, '');
  return /^[a-z]:\\$/i.test(short) ? short : short.replace(/\\+$/, '');
}

/**
 * True for a folder that is reached through no link. An agent can replace its worktree by a link to any folder of the
 * user's; writing there, or taking its files for the agent's work, would be our doing.
 */
export async function isRealFolder(path: string): Promise<boolean> {
  const stat = await lstat(path).catch(() => null);
  return stat !== null && stat.isDirectory() && samePath(await realpath(path), path);
}
