import { lstat, mkdir, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

/** Windows takes `.. ` for `..` and `C:x` for a place on a drive; `a:b` is a stream of `a`, `nul` a device. */
const MEANS_ANOTHER = /[. ]$|:|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Absolute path below `root`, or null for a name that leads out of it. */
export function below(
  root: string,
  name: string,
  platform: NodeJS.Platform = process.platform,
): string | null {
  const parts = name.split('/');
  if (platform === 'win32' && parts.some((part) => MEANS_ANOTHER.test(part))) return null;
  if (name === '' || isAbsolute(name) || parts.some((part) => part === '..' || part === '.' || part === ''))
    return null;
  return parts.some((part) => part.includes('\\') || part.includes('\0')) ? null : join(root, ...parts);
}

/**
 * Makes the folders above a file that is to be written below `root`. A committed link could lead such a write
 * anywhere, so links and files in the way are `refused`, or with `replace` removed first.
 */
export async function makeFoldersAbove(
  root: string,
  name: string,
  blocked: 'refuse' | 'replace',
): Promise<boolean> {
  let current = root;
  for (const part of dirname(name)
    .split('/')
    .filter((part) => part !== '.')) {
    current = join(current, part);
    const found = await lstat(current).catch(() => null);
    if (found?.isDirectory()) continue;
    if (found && blocked === 'refuse') return false;
    if (found) await rm(current, { recursive: true, force: true });
    await mkdir(current);
  }
  return true;
}
