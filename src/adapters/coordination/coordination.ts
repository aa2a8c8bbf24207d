import type { ChainableCommander, Redis } from 'ioredis';
import { err, ok, type Result } from '../../base/result.ts';
import type { Completion, Coordination, CoordinationError } from '../../ports/coordination.ts';
import { completionEntry, keys, userOfTask } from '../../protocol/keys.ts';
import type { RedisConfig } from '../../protocol/redis-settings.ts';
import { storeUrl } from '../../protocol/store-file.ts';
import { Remembered } from './remembered.ts';
import { openRespClient } from './resp-client.ts';
import { StoreConnection } from './store-connection.ts';
import type { StoreProgram } from './store-launch.ts';

export interface CoordinationDeps {
  /** Absolute path of the repository's state folder. */
  readonly folder: string;
  /** `{ execPath: process.execPath, args: [join(programs, 'store.js')] }` */
  readonly program: StoreProgram;
  /** Shown in the store's INFO: `cli 4711`. */
  readonly name?: string;
  /** 2000 by default. */
  readonly deadlineMs?: number;
  /** How long the store outlives its last client; a minute by default. */
  readonly idleMs?: number;
  /** The user's own Redis behind the store; `null`: none. Absent: whatever a living store has. */
  readonly redis?: RedisConfig | null;
}

const DEADLINE_MS = 2000;
/** A wait is cut into pieces, so that a store that hangs is noticed within one of them. */
const WAIT_PIECE_MS = 10_000;

/** Connects on first use; nothing is started before. */
export function createCoordination(deps: CoordinationDeps): Coordination {
  const deadlineMs = deps.deadlineMs ?? DEADLINE_MS;
  const connection = new StoreConnection({
    folder: deps.folder,
    program: deps.program,
    idleMs: deps.idleMs,
    name: deps.name ?? `orchestrator ${process.pid}`,
    deadlineMs,
    redis: deps.redis,
  });
  const use = <T>(run: (redis: Redis) => Promise<T>): Promise<Result<T, CoordinationError>> =>
    connection.use(({ redis }) => run(redis));

  const remembered = new Remembered();
  connection.restored.event(({ emptied }) => {
    for (const { key, value, ttlSeconds, missed } of remembered.living()) {
      // NX: what was written since the store came back is newer. What it missed is newer than what stands there.
      if (missed) void putNow(key, value, ttlSeconds);
      else if (emptied) void use((redis) => redis.set(key, value, 'EX', ttlSeconds, 'NX'));
    }
  });
  const putNow = async (key: string, value: string, ttlSeconds: number) => {
    const put = await use(async (redis) => {
      await redis.set(key, value, 'EX', ttlSeconds);
    });
    remembered.settle(key, value, put.ok || put.error.kind === 'rejected');
    return put;
  };

  return {
    put(key, value, ttlSeconds) {
      remembered.add(key, value, ttlSeconds);
      return putNow(key, value, ttlSeconds);
    },
    get: (key) => use((redis) => redis.get(key)),
    push: (key, value, ttlSeconds) =>
      use((redis) => transact(redis.multi().lpush(key, value).expire(key, ttlSeconds))),
    list: (key) => use((redis) => redis.lrange(key, 0, -1)),
    drop: (key) =>
      use(async (redis) => {
        await redis.del(key);
      }),
    complete: (completion) => use((redis) => announce(redis, completion)),
    completed: (taskId, iteration) =>
      use(
        async (redis) =>
          new Map(Object.entries(await redis.hgetall(keys.completion(taskId, iteration).name))),
      ),
    waitSignal: (key, timeoutMs, signal) => waitSignal({ connection, deadlineMs, key, timeoutMs, signal }),
    async credential(taskId) {
      return connection.use(async ({ redis, address }) => {
        const password = String(await redis.call('CFN.GRANT', taskId));
        return { url: storeUrl(userOfTask(taskId), password, address.port) };
      });
    },
    async revoke(taskId) {
      await use((redis) => redis.call('CFN.REVOKE', taskId));
    },
    health: () => connection.health,
    onLost: connection.lost.event,
    onRestored: connection.restored.event,
    dispose: () => connection.dispose(),
  };
}

/** The first error of any of the commands is the transaction's. */
async function transact(commands: ChainableCommander): Promise<void> {
  for (const [error] of (await commands.exec()) ?? []) if (error) throw error;
}

async function announce(redis: Redis, completion: Completion): Promise<{ readonly first: boolean }> {
  const { taskId, iteration, agentId, result, payload, ttlSeconds } = completion;
  const done = keys.completion(taskId, iteration).name;
  const list = keys.complete(taskId).name;
  const first = (await redis.hsetnx(done, agentId, result)) === 1;
  if (!first) return { first };
  let commands = redis
    .multi()
    .expire(done, ttlSeconds)
    .lpush(list, completionEntry(agentId, result))
    .expire(list, ttlSeconds);
  if (payload !== undefined) {
    const payloads = keys.payload(taskId, agentId).name;
    commands = commands.lpush(payloads, payload).expire(payloads, ttlSeconds);
  }
  await transact(commands);
  return { first };
}

interface Wait {
  readonly connection: StoreConnection;
  readonly deadlineMs: number;
  readonly key: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Waits on a connection of its own, which an abort cuts off. */
async function waitSignal(wait: Wait): Promise<Result<string | null, CoordinationError>> {
  const { connection, deadlineMs, key, timeoutMs, signal } = wait;
  const connected = await connection.connected();
  if (!connected) return err({ kind: 'unavailable', message: 'the coordination store is not connected' });
  const client = await openRespClient({ url: connected.address.adminUrl, deadlineMs, signal });
  if (!client.ok) return client;
  const end = performance.now() + timeoutMs;
  try {
    for (let left = timeoutMs; left > 0; left = end - performance.now()) {
      // A wait of 0 would have no end.
      const piece = Math.max(1, Math.min(left, WAIT_PIECE_MS));
      const reply = await client.value.command(['BRPOP', key, (piece / 1000).toFixed(3)], {
        deadlineMs: piece + deadlineMs,
      });
      if (!reply.ok) return reply;
      if (Array.isArray(reply.value)) return ok(String(reply.value[1]));
    }
    return ok(null);
  } finally {
    client.value.close();
  }
}
