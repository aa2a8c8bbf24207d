import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Discovered } from './discover.ts';
import type { GitProcess } from './git-process.ts';
import { parseTree } from './parse.ts';

const options = (found: Discovered) => ({ cwd: found.root });

/** True when an attributes file at HEAD asks for LFS and git-lfs can be found. */
export async function lfsInUse(git: GitProcess, found: Discovered): Promise<boolean> {
  const listed = await git.run(['ls-tree', '-r', '-z', '--full-tree', found.head], options(found));
  if (!listed.ok) return false;
  const files = parseTree(listed.value.stdout.toString('utf8')).filter(({ path }) =>
    /(^|\/)\.gitattributes$/.test(path),
  );
  for (const { oid } of files) {
    const shown = await git.run(['cat-file', 'blob', oid], { ...options(found), maxBytes: 1024 * 1024 });
    if (shown.ok && /\sfilter=lfs(\s|$)/m.test(shown.value.stdout.toString('utf8'))) return onPath('git-lfs');
  }
  return false;
}

async function onPath(name: string): Promise<boolean> {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = await access(join(folder, file), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && found) return true;
  }
  return false;
}
