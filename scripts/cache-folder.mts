import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

/** Things that are fetched once and shared by all checkouts. */
export const cacheRoot = path.join(
  process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
  'cfn-loop',
);

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Built in a temporary folder and renamed, so that a cut-off build never looks complete. */
export async function cached(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const target = path.join(cacheRoot, name);
  if (await exists(target)) return target;
  await mkdir(cacheRoot, { recursive: true });
  const folder = await mkdtemp(path.join(cacheRoot, '.building-'));
  try {
    await build(folder);
    await rename(folder, target).catch(async (error: unknown) => {
      // Another checkout may have been faster.
      if (!(await exists(target))) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return target;
}
