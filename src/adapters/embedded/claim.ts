import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

export interface Claim {
  release(): Promise<void>;
}

/** Flags of open(2) on macOS and the BSDs that Node does not name: lock while open, do not wait for it. */
const O_EXLOCK = 0x20;
const O_NONBLOCK = 0x4;

/**
 * Claims a folder for this process; `null` when another process has it. The kernel lets go of the claim
 * however the process ends: on Linux it is the name of an abstract socket, on Windows that of a pipe,
 * elsewhere a lock on an open file.
 */
export async function claimFolder(folder: string, platform = process.platform): Promise<Claim | null> {
  const path = await realpath(folder);
  const name = `cfn-store-${createHash('sha256').update(path).digest('hex').slice(0, 40)}`;
  if (platform === 'linux') return claimName(`\0${name}`);
  if (platform === 'win32') return claimName(`\\\\.\\pipe\\${name}`);
  return claimFile(join(path, 'store.lock'));
}

function claimName(name: string): Promise<Claim | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else reject(error);
    });
    server.listen(name, () => {
      server.unref();
      resolve({ release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

async function claimFile(path: string): Promise<Claim | null> {
  try {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | O_EXLOCK | O_NONBLOCK, 0o600);
    return { release: () => file.close() };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return null;
    throw error;
  }
}
