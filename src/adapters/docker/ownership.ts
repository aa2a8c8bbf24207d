import { lchown, lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '../../ports/container-engine.ts';

/** Only root's containers run as somebody else, and only root can give what it has away. */
const isRoot = (): boolean => process.getuid?.() === 0;

/** Gives what a container is to read or write to its user, with all that is in it. */
export async function makeOver(mounts: readonly Mount[], user: string): Promise<void> {
  const [uid = 0, gid = 0] = user.split(':').map(Number);
  if (isRoot()) for (const { source, owned } of mounts) if (owned) await give(source, uid, gid);
}

/** What an agent took away needs no owner. */
export async function takeBack(mounts: readonly Mount[]): Promise<void> {
  if (!isRoot()) return;
  for (const { source, owned } of mounts)
    if (owned) await give(source, 0, process.getgid?.() ?? 0).catch(() => undefined);
}

/** Links as they are. */
async function give(path: string, uid: number, gid: number): Promise<void> {
  await lchown(path, uid, gid);
  if (!(await lstat(path)).isDirectory()) return;
  for await (const entry of await opendir(path)) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) await give(inside, uid, gid);
    else await lchown(inside, uid, gid);
  }
}
