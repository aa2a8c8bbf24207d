import type { Redis } from 'ioredis';
import type { ChangeSource, KeyWatch, KeyWatchRequest } from '../../ports/redis-server.ts';
import { mastersOf, type Client } from './clients.ts';

type OnChange = KeyWatchRequest['onChange'];

const INVALIDATE = '__redis__:invalidate';

/**
 * Hears of changed keys from every master, each over a connection of its own. ioredis gives no pushes of RESP3, so
 * the invalidations go the way of RESP2: to a subscription of the same connection.
 */
export async function watchKeys(client: Client, request: KeyWatchRequest): Promise<KeyWatch> {
  const { prefix, onChange, onLost } = request;
  const connections: Redis[] = [];
  const close = (): void => {
    for (const connection of connections.splice(0)) connection.disconnect();
  };
  const lose = (connection: Redis): void => {
    if (!connections.includes(connection)) return;
    close();
    onLost();
  };
  const open = async (begin: (redis: Redis) => Promise<boolean>): Promise<boolean> => {
    for (const master of mastersOf(client)) {
      const connection = duplicate(master);
      connections.push(connection);
      if (!(await begins(connection, begin))) {
        close();
        return false;
      }
    }
    return connections.length > 0;
  };
  const source: ChangeSource = (await open((redis) => track(redis, prefix, onChange)))
    ? 'tracking'
    : (await open((redis) => listen(redis, prefix, onChange)))
      ? 'keyspace-events'
      : 'none';
  for (const connection of connections) connection.once('end', () => lose(connection));
  return { source, dispose: close };
}

function duplicate(master: Redis): Redis {
  const connection = master.duplicate({
    lazyConnect: true,
    // The front watches over the server and begins again when it is back.
    retryStrategy: () => null,
    autoResubscribe: false,
    enableOfflineQueue: false,
    connectionName: 'cfn-changes',
  });
  connection.on('error', () => undefined);
  return connection;
}

async function begins(redis: Redis, begin: (redis: Redis) => Promise<boolean>): Promise<boolean> {
  try {
    await redis.connect();
    return await begin(redis);
  } catch {
    // Too old, not allowed to this user, or gone: then another way, or none.
    return false;
  }
}

/** The tracking goes back to the connection itself, and ends with it. */
async function track(redis: Redis, prefix: string, onChange: OnChange): Promise<boolean> {
  const id = String(await redis.call('CLIENT', 'ID'));
  await redis.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', prefix);
  // Typed as text, but invalidations carry a list of keys, or nothing after FLUSHALL.
  redis.on('messageBuffer', (_channel: Buffer, keys: unknown) => {
    onChange(Array.isArray(keys) ? keys.map((key) => (key as Buffer).toString('latin1')) : null);
  });
  await redis.subscribe(INVALIDATE);
  return true;
}

/** Only where somebody has them on already: they cost every client of the server. */
async function listen(redis: Redis, prefix: string, onChange: OnChange): Promise<boolean> {
  const setting = await redis.config('GET', 'notify-keyspace-events');
  const flags = Array.isArray(setting) ? String(setting[1]) : '';
  if (!flags.includes('K') || !flags.includes('A')) return false;
  const head = `__keyspace@${redis.options.db ?? 0}__:`;
  redis.on('pmessageBuffer', (_pattern: string, channel: Buffer) => {
    onChange([channel.toString('latin1').slice(head.length)]);
  });
  await redis.psubscribe(`${head}${prefix}*`);
  return true;
}
