import { constants } from 'node:fs';
import { access, opendir, readFile, stat, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { err, ok } from '../../base/result.ts';
import type { FolderLook, FolderSize, MachineProbe } from '../../ports/health-probes.ts';
import { findListeners } from './listeners.ts';

/** More than this is not worth a person's wait. */
const MOST_FILES = 200_000;

export function createMachineProbe(): MachineProbe {
  return {
    nodeVersion: process.versions.node,
    platform: process.platform,
    folder: lookAtFolder,
    size: sizeOf,
    file: (path) =>
      stat(path).then(
        (found) => (found.isFile() ? { bytes: found.size } : null),
        () => null,
      ),
    text: async (path) => {
      try {
        return ok(await readFile(path, 'utf8'));
      } catch (error) {
        const code = codeOf(error);
        return code === 'ENOENT' || code === 'ENOTDIR'
          ? ok(null)
          : err(`${path} could not be read (${code})`);
      }
    },
    listeners: (ports, signal) => findListeners(ports, signal),
    resources: () => ({
      cores: availableParallelism(),
      load: process.platform === 'win32' ? null : (loadavg()[0] ?? null),
      freeBytes: freemem(),
      totalBytes: totalmem(),
    }),
  };
}

async function lookAtFolder(path: string): Promise<FolderLook> {
  const found = await stat(path).catch(() => null);
  const exists = found?.isDirectory() === true;
  const nearest = await nearestExisting(path);
  const writable = await access(nearest, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const disk = await statfs(nearest).catch(() => null);
  return {
    path,
    exists,
    mode: exists && process.platform !== 'win32' ? found.mode & 0o777 : null,
    writable,
    nearest,
    freeBytes: disk === null ? null : disk.bavail * disk.bsize,
  };
}

async function nearestExisting(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const there = await stat(at).then(
      () => true,
      (error: unknown) => codeOf(error) !== 'ENOENT',
    );
    if (there || dirname(at) === at) return at;
  }
}

/** Links are counted as themselves, so that nothing outside is counted and no circle is walked. */
async function sizeOf(path: string, signal: AbortSignal): Promise<FolderSize> {
  const total = { bytes: 0, files: 0 };
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await opendir(folder).catch(() => null);
    if (entries === null) continue;
    for await (const entry of entries) {
      if (signal.aborted || total.files >= MOST_FILES) return { ...total, complete: false };
      const at = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(at);
      else if (entry.isFile()) {
        total.files += 1;
        total.bytes += await stat(at).then(
          (found) => found.size,
          () => 0,
        );
      }
    }
  }
  return { ...total, complete: true };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
