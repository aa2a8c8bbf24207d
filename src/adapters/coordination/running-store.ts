import { err, ok, type Result } from '../../base/result.ts';
import type { Coordination, CoordinationError } from '../../ports/coordination.ts';
import type { RespValue } from '../../ports/store-commands.ts';
import { openRespClient } from './resp-client.ts';
import { findStore } from './store-launch.ts';

const DEADLINE_MS = 1000;

/** Keys of a store that runs already. Starts none: where nobody runs one, nothing is found and nothing kept. */
export function createRunningStore(folder: string): Pick<Coordination, 'get' | 'put'> {
  const command = async (words: readonly string[]): Promise<Result<RespValue, CoordinationError>> => {
    const store = await findStore(folder);
    if (store === null) return ok(null);
    const client = await openRespClient({ url: store.adminUrl, deadlineMs: DEADLINE_MS });
    if (!client.ok) return client;
    const reply = await client.value.command(words);
    client.value.close();
    return reply;
  };
  return {
    get: async (key) => {
      const reply = await command(['GET', key]);
      if (!reply.ok) return reply;
      return reply.value === null || typeof reply.value === 'string'
        ? ok(reply.value)
        : err({ kind: 'rejected', message: `${key} is no text.` });
    },
    put: async (key, value, ttlSeconds) => {
      const reply = await command(['SET', key, value, 'EX', String(ttlSeconds)]);
      return reply.ok ? ok(undefined) : reply;
    },
  };
}
