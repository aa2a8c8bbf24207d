import { mkdir, mkdtemp, lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Names of what stands beside a folder for a moment. */
const prefixFor = (folder: string): string => `.${basename(folder)}.brought-`;

/**
 * An empty folder beside another one, on the same disk and for this account alone. What a killed process left there
 * of an earlier one is taken away.
 */
export async function folderBeside(folder: string): Promise<string> {
  const parent = dirname(folder);
  for (const name of await readdir(parent))
    if (name.startsWith(prefixFor(folder))) await rm(join(parent, name), { recursive: true, force: true });
  return mkdtemp(join(parent, prefixFor(folder)));
}

/**
 * Gives a folder the content of a fresh one. The folder itself stays, and so does what it has at the paths `kept`. What was there
 * before is below `old` afterwards. No link is followed.
 */
export async function swapContent(
  folder: string,
  { fresh, old, kept }: { readonly fresh: string; readonly old: string; readonly kept: readonly string[] },
): Promise<void> {
  await mkdir(old, { recursive: true });
  const below = (name: string) =>
    kept.flatMap((path) => (path.startsWith(`${name}/`) ? [path.slice(name.length + 1)] : []));
  for (const name of await readdir(folder)) {
    if (kept.includes(name)) continue;
    const inside = below(name);
    const at = join(folder, name);
    if (inside.length === 0) await rename(at, join(old, name));
    else if ((await isFolder(at)) && (await isFolder(join(fresh, name)))) {
      await swapContent(at, { fresh: join(fresh, name), old: join(old, name), kept: inside });
      await rm(join(fresh, name), { recursive: true });
    }
  }
  for (const name of await readdir(fresh))
    if (!kept.includes(name) && !(below(name).length > 0 && (await isFolder(join(folder, name)))))
      await rename(join(fresh, name), join(folder, name));
}

/** Puts files that are new or have changed into a folder; takes nothing away, makes no link and goes through none. */
export async function addFiles(
  folder: string,
  fresh: string,
  isSame: (one: string, other: string) => Promise<boolean>,
): Promise<void> {
  for (const entry of await readdir(fresh, { withFileTypes: true })) {
    const from = join(fresh, entry.name);
    const to = join(folder, entry.name);
    if (entry.isFile() && !(await isFolder(to)) && !(await isSame(from, to))) await rename(from, to);
    if (!entry.isDirectory()) continue;
    await mkdir(to, { mode: 0o700 }).catch(() => undefined);
    if (await isFolder(to)) await addFiles(to, from, isSame);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch {
    return false;
  }
}
