import type { ProcessIdentity, ProcessTable } from './process-entry.ts';
import { darwinTable } from './process-table-darwin.ts';
import { linuxTable } from './process-table-linux.ts';
import { windowsTable } from './process-table-windows.ts';

export function createProcessTable(platform: NodeJS.Platform = process.platform): ProcessTable {
  if (platform === 'win32') return windowsTable();
  return platform === 'linux' ? linuxTable() : darwinTable();
}

export async function isAlive(table: ProcessTable, identity: ProcessIdentity): Promise<boolean> {
  return signalsReach(identity.pid) && (await table.startTime(identity.pid)) === identity.startTime;
}

/** Where asking for a start time takes a program of its own, it is asked this often at most. */
const VERIFY_EVERY_MS = 30_000;

/** `isAlive` for one who asks again and again: a pid is not given to another process within seconds. */
export function createAliveCheck(
  table: ProcessTable,
  platform: NodeJS.Platform = process.platform,
): (identity: ProcessIdentity) => Promise<boolean> {
  let verified = { key: '', at: 0 };
  return async (identity) => {
    const key = `${identity.pid} ${identity.startTime}`;
    const fresh = verified.key === key && performance.now() - verified.at < VERIFY_EVERY_MS;
    if (platform !== 'linux' && fresh) return signalsReach(identity.pid);
    const alive = await isAlive(table, identity);
    if (alive) verified = { key, at: performance.now() };
    return alive;
  };
}

/** Cheap first question: a pid that no signal reaches is gone; one that is another user's is not ours. */
function signalsReach(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
