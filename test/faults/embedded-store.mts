/** What can happen to the embedded coordination store: its process killed, frozen, its keys gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { findStore } from '../../src/adapters/coordination/store-launch.ts';
import { TASK, type FaultBench } from './bench.mts';
import { storeOf } from './census.mts';
import type { StoreUnderFault } from './store-under-fault.mts';

async function empty({ store }: FaultBench): Promise<boolean> {
  const folder = store()
    ?.folder(TASK)
    .replace(/\/loops\/[^/]+$/, '');
  const found = folder === undefined ? null : await findStore(folder);
  const client = found && (await openRespClient({ url: found.adminUrl, deadlineMs: 2000 }));
  if (!client?.ok) return false;
  const keys = await client.value.command(['KEYS', '*']);
  const names = keys.ok && Array.isArray(keys.value) ? keys.value.map(String) : [];
  const done = names.length > 0 && (await client.value.command(['DEL', ...names])).ok;
  client.value.close();
  return done;
}

/** False: the process is not there any more. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}

export function embeddedStore(place: FaultBench): StoreUnderFault {
  const signalled = async (ms: number, ...signals: readonly NodeJS.Signals[]): Promise<boolean> => {
    const pid = storeOf(place);
    if (pid === null) return false;
    for (const [index, signal] of signals.entries()) {
      if (index > 0) await sleep(ms);
      // It may have been killed just before, or be replaced while it stands still.
      if (!send(pid, signal)) return index > 0;
    }
    return true;
  };
  return {
    kinds: {
      kill: (ms) => signalled(ms, 'SIGKILL'),
      freeze: (ms) => signalled(ms, 'SIGSTOP', 'SIGCONT'),
      empty: () => empty(place),
    },
    left: () => Promise.resolve([]),
    connections: () => Promise.resolve(0),
    close: () => Promise.resolve(),
  };
}
