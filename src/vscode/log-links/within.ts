import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/** The file that a path in an agent's output means: within `folder` also behind all links, or null. */
export async function fileWithin(folder: string, path: string): Promise<string | null> {
  try {
    const [root, file] = await Promise.all([realpath(folder), realpath(resolve(folder, path))]);
    const way = relative(root, file);
    const isOutside = way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
    if (isOutside || !(await stat(file)).isFile()) return null;
    return file;
  } catch {
    // It is not there, or not readable: nothing that could be opened.
    return null;
  }
}
