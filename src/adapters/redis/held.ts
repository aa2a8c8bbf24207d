import type { Redis } from 'ioredis';
import { err, ok, type Result } from '../../base/result.ts';
import type { Answer, HeldConnection, NoReply, Words } from '../../ports/redis-server.ts';
import { createHeldClient, slotOf, type Client } from './clients.ts';
import { bytesOf, toAnswer, toReply, unavailable } from './reply.ts';

/** So many connections are kept open between two waits. */
const KEPT_IDLE = 4;

export interface HeldPool {
  hold(key: string): Promise<Result<HeldConnection, NoReply>>;
  /** Ends all of them: the server went away, and what waits on them would never hear of it. */
  abortAll(): void;
}

/** Connections for waiting and for watched keys, apart from the one that everybody shares. */
export function createHeldPool(client: Client, limit: number): HeldPool {
  const taken = new Set<Redis>();
  const idle: Redis[] = [];
  const shared = !('slots' in client);

  const drop = (redis: Redis): void => {
    taken.delete(redis);
    redis.disconnect();
  };
  const giveBack = (redis: Redis): void => {
    if (!taken.delete(redis)) return;
    if (shared && redis.status === 'ready' && idle.length < KEPT_IDLE) idle.push(redis);
    else redis.disconnect();
  };
  const take = async (key: string): Promise<Result<Redis, NoReply>> => {
    for (let redis = idle.pop(); redis; redis = idle.pop()) {
      if (redis.status !== 'ready') continue;
      taken.add(redis);
      return ok(redis);
    }
    if (taken.size >= limit) {
      return err({ kind: 'busy', message: `all ${limit} connections for waiting are taken` });
    }
    const redis = createHeldClient(client, slotOf(key));
    if (!redis) {
      if ('slots' in client) client.refreshSlotsCache();
      return err(unavailable('no known master of the cluster serves this key'));
    }
    taken.add(redis);
    try {
      await redis.connect();
      return ok(redis);
    } catch (error) {
      drop(redis);
      return err(unavailable(error instanceof Error ? error.message : String(error)));
    }
  };

  return {
    async hold(key) {
      const redis = await take(key);
      if (!redis.ok) return redis;
      const held = redis.value;
      return ok({
        send: (words) => send(held, words),
        transaction: (commands) => transact(held, commands),
        release: () => giveBack(held),
        abort: () => drop(held),
      });
    },
    abortAll() {
      for (const redis of [...taken, ...idle.splice(0)]) drop(redis);
    },
  };
}

export async function send(client: Client, words: Words): Promise<Answer> {
  const [name = '', ...args] = words;
  try {
    return ok(toReply(await client.callBuffer(name, bytesOf(args))));
  } catch (error) {
    return toAnswer(error);
  }
}

/** In one piece, so that nothing of others comes between. */
export async function transact(client: Client, commands: readonly Words[]): Promise<Answer> {
  try {
    const transaction = client.multi();
    for (const [name = '', ...args] of commands) transaction.callBuffer(name, bytesOf(args));
    const replies = await transaction.exec();
    if (replies === null) return ok({ kind: 'nothing' });
    // An error within stands alone or beside its missing reply, depending on where it came up.
    const items = replies.map((entry: unknown) =>
      toReply(Array.isArray(entry) ? (entry[0] ?? entry[1]) : entry),
    );
    return ok({ kind: 'list', items });
  } catch (error) {
    return toAnswer(error);
  }
}
