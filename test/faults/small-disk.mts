/** A disk that can be filled to the last page. */
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A disk of its own below a folder; false where nobody lets us make one. */
export function mountDisk(folder: string, size: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export const unmount = (folder: string) => execFileSync('umount', ['-l', folder]);

/** Leaves so many bytes free, or as many more as a page takes. */
export function fill(disk: string, freeBytes: number): void {
  const { bavail, bsize } = statfsSync(disk);
  const bytes = Math.max(0, bavail * bsize - freeBytes);
  try {
    writeFileSync(join(disk, 'filler'), Buffer.alloc(bytes));
  } catch (error) {
    // Whoever else writes there was faster: so it is full already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

export const free = (disk: string) => rmSync(join(disk, 'filler'), { force: true });
