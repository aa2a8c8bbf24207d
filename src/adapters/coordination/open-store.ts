import { ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { StoreCommands } from '../../ports/store-commands.ts';
import { openRespClient } from './resp-client.ts';
import { ensureStore, findStore, type EnsureStore } from './store-launch.ts';

const DEADLINE_MS = 5000;

/**
 * Connections to a folder's store with the orchestrator's login, on which words and replies are bytes. A store that has
 * ended is started again.
 */
export function openStore(place: Omit<EnsureStore, 'signal'>) {
  return async (signal: AbortSignal): Promise<Result<StoreCommands, CoordinationError>> => {
    const store = await ensureStore({ ...place, signal });
    if (!store.ok) return store;
    const url = store.value.adminUrl;
    return openRespClient({ url, deadlineMs: DEADLINE_MS, signal, bytes: true, background: true });
  };
}

/** The same for a folder whose store may have ended: none is started, and null says so. */
export function openRunningStore(folder: string) {
  return async (signal: AbortSignal): Promise<Result<StoreCommands | null, CoordinationError>> => {
    const store = await findStore(folder, signal);
    if (store === null) return ok(null);
    const url = store.adminUrl;
    return openRespClient({ url, deadlineMs: DEADLINE_MS, signal, bytes: true, background: true });
  };
}
