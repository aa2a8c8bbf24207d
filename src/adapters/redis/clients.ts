import type { Cluster, Redis, RedisOptions } from 'ioredis';
import type { RedisTarget } from '../../protocol/redis-settings.ts';

export type Client = Redis | Cluster;

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 500;

/**
 * What every connection has in common. A command that was under way when the connection broke is not sent again:
 * nobody knows whether it was carried out, and a push must not happen twice.
 */
function commonOptions(target: RedisTarget) {
  return {
    // Every type of RESP3 is folded into those of RESP2 anyway; the front knows what each command answers.
    protocol: 2 as const,
    stringNumbers: true,
    ...(target.username ? { username: target.username } : {}),
    ...(target.password ? { password: target.password } : {}),
    db: target.db,
    connectTimeout: target.connectTimeout,
    commandTimeout: target.commandTimeout,
    maxRetriesPerRequest: target.maxRetriesPerRequest,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    connectionName: 'cfn',
    ...(target.tls ? { tls: tlsOptions(target) } : {}),
  } satisfies RedisOptions;
}

const tlsOptions = (target: RedisTarget) => (target.ca === null ? {} : { ca: target.ca });
const retry = (times: number): number => Math.min(times * FIRST_RETRY_MS, LONGEST_RETRY_MS);

/** Not connected yet. It reconnects by itself, for ever. */
export async function createClient(target: RedisTarget): Promise<Client> {
  const { Cluster, Redis } = await import('ioredis');
  const common = commonOptions(target);
  const client = create();
  // Every failure also rejects the command that met it; without a listener it would be printed as well.
  client.on('error', () => undefined);
  return client;

  function create(): Client {
    const [first] = target.endpoints;
    if (target.kind === 'cluster') {
      const cluster = new Cluster([...target.endpoints], {
        redisOptions: common,
        lazyConnect: true,
        enableOfflineQueue: false,
        retryDelayOnFailover: target.retryDelayOnFailover,
        slotsRefreshTimeout: target.commandTimeout,
        clusterRetryStrategy: retry,
      });
      cluster.on('+node', countSlotsAsNumbers);
      return cluster;
    }
    if (target.kind === 'sentinel') {
      return new Redis({
        ...common,
        sentinels: [...target.endpoints],
        name: target.master,
        failoverDetector: true,
        sentinelCommandTimeout: target.commandTimeout,
        sentinelRetryStrategy: retry,
        retryStrategy: retry,
        ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(target) } : {}),
      });
    }
    return new Redis({ ...common, ...first, retryStrategy: retry });
  }
}

/**
 * ioredis compares the ends of a cluster's slot ranges as they come, and as texts "5461" is above "10922": whole
 * ranges would be missing. It asks for them on duplicates of its nodes, which therefore get numbers.
 */
function countSlotsAsNumbers(node: Redis): void {
  const duplicate = node.duplicate.bind(node);
  Object.assign(node, {
    duplicate: (override: Partial<RedisOptions> = {}) => duplicate({ stringNumbers: false, ...override }),
  });
}

/** A connection of its own to where `key` lives; it ends with its first failure and has no deadline for commands. */
export function createHeldClient(client: Client, slot: number): Redis | null {
  const like = 'slots' in client ? masterOf(client, slot) : client;
  const held = like?.duplicate({
    stringNumbers: true,
    commandTimeout: undefined,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResubscribe: false,
    lazyConnect: true,
  });
  held?.on('error', () => undefined);
  return held ?? null;
}

export function mastersOf(client: Client): readonly Redis[] {
  return 'slots' in client ? client.nodes('master').toSorted(byAddress) : [client];
}

const addressOf = (node: Redis): string => `${node.options.host}:${node.options.port}`;
const byAddress = (one: Redis, other: Redis): number => addressOf(one).localeCompare(addressOf(other));

export function masterAddress(client: Cluster, slot: number): string | null {
  return client.slots[slot]?.[0] ?? null;
}

export function knowsAllSlots(client: Cluster): boolean {
  for (let slot = 0; slot < SLOTS; slot++) if (masterAddress(client, slot) === null) return false;
  return true;
}

function masterOf(client: Cluster, slot: number): Redis | null {
  const address = masterAddress(client, slot);
  return client.nodes('master').find((node) => addressOf(node) === address) ?? null;
}

const SLOTS = 16_384;
const POLYNOMIAL = 0x1021;

/** Where Redis Cluster keeps a key: CRC16 (XMODEM) of its hash tag, else of the whole key. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (const byte of Buffer.from(hashed, 'latin1')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ POLYNOMIAL) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc % SLOTS;
}
