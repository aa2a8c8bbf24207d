import { constants } from 'node:fs';
import { copyFile, lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { below, makeFoldersAbove } from './safe-paths.ts';

/** More than this is no list of local settings; the rest is left out and named. */
const MAX_FILES = 5_000;
const INCLUDE_FILE = '.worktreeinclude';

/**
 * Copies what the `.worktreeinclude` of the user's checkout names (gitignore's patterns, for local files such
 * as `.env.test`) from there into another checkout. It is read from the user's checkout and not from the
 * target, so that agents cannot widen what is handed to them. Files that the target has already are tracked
 * and stay. Links are not followed; nothing outside of either checkout is read or written.
 *
 * Gives the names copied, relative to the root.
 */
export async function copyIncluded(userRoot: string, target: string): Promise<readonly string[]> {
  const text = await readFile(join(userRoot, INCLUDE_FILE), 'utf8').catch(() => null);
  if (text === null) return [];
  const patterns = ignore().add(text);
  const intoPackages = text.includes('node_modules');
  const copied: string[] = [];
  const from = await realpath(userRoot);
  const to = await realpath(target);
  const wanted = await includedFiles(from, patterns, { intoPackages, leaveOut: to });
  for (const name of wanted.slice(0, MAX_FILES)) {
    const file = below(to, name);
    if (!file || (await lstat(file).catch(() => null))) continue;
    if (!(await makeFoldersAbove(to, name, 'refuse'))) continue;
    await copyFile(join(from, name), file, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    copied.push(name);
  }
  return copied;
}

async function includedFiles(
  root: string,
  patterns: Ignore,
  options: { readonly intoPackages: boolean; readonly leaveOut: string },
): Promise<readonly string[]> {
  const found: string[] = [];
  const open = [''];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name === '.git' || (entry.name === 'node_modules' && !options.intoPackages)) continue;
      if (entry.isDirectory()) {
        if (relative(options.leaveOut, join(root, name)) !== '') open.push(name);
      } else if (entry.isFile() && patterns.ignores(name)) found.push(name);
    }
  }
  return found;
}
