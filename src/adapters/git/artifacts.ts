import { lstat, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { GitError } from '../../ports/worktrees.ts';
import type { Discovered } from './discover.ts';
import { isRealFolder } from './files.ts';
import type { Harness } from './harness.ts';
import { fields } from './parse.ts';

/** Where the seeds' scripts put what they make on the way. */
const FOLDER = '.artifacts';

/**
 * Only what git ignores: whatever somebody versions there, or has not decided about, is work. Links are no files, and
 * git does not look behind them.
 */
export async function oldArtifacts(
  harness: Harness,
  found: Discovered,
  before: number,
): Promise<Result<readonly string[], GitError>> {
  const listed = await harness.run(
    ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--', FOLDER],
    { workTree: found.root, index: join(found.gitDir, 'index') },
  );
  if (!listed.ok) return listed;
  const old: string[] = [];
  for (const name of fields(listed.value.stdout.toString('utf8'))) {
    const path = join(found.root, name);
    const stat = await lstat(path).catch(() => null);
    if (stat?.isFile() && stat.mtimeMs <= before && (await isRealFolder(dirname(path)))) old.push(path);
  }
  return ok(old);
}

export async function removeArtifacts(
  harness: Harness,
  found: Discovered,
  before: number,
): Promise<Result<readonly string[], GitError>> {
  const old = await oldArtifacts(harness, found, before);
  if (!old.ok) return old;
  for (const path of old.value) await rm(path, { force: true });
  return old;
}
