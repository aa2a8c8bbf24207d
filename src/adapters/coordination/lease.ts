import type { Disposable } from '../../base/emitter.ts';
import type { StoreCommands } from '../../ports/store-commands.ts';
import { openRespClient } from './resp-client.ts';

const RETRY_MS = 5000;
const DEADLINE_MS = 2000;

/**
 * Keeps the store alive for as long as something may use it that does not talk to it all the time: a runner holds
 * one with its task's URL, so that agents can still signal when their orchestrator is gone. A store that went away
 * is looked for again; nothing of this keeps the process alive, and nothing of it is an error.
 */
export function holdStoreLease(url: string, name: string): Disposable {
  let client: StoreCommands | null = null;
  let connecting = false;
  let disposed = false;
  const connect = async (): Promise<void> => {
    if (connecting || (client && !client.closed)) return;
    connecting = true;
    const opened = await openRespClient({ url, deadlineMs: DEADLINE_MS, background: true });
    connecting = false;
    if (!opened.ok) return;
    client = opened.value;
    if (disposed) client.close();
    else await client.command(['CFN.LEASE', name]);
  };
  const timer = setInterval(() => void connect(), RETRY_MS);
  timer.unref();
  void connect();
  return {
    dispose: () => {
      disposed = true;
      clearInterval(timer);
      client?.close();
    },
  };
}
