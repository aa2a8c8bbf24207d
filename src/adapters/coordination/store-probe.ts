import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { KeyLook, StoreLook, StoreProbe } from '../../ports/health-probes.ts';
import type { RespValue, StoreCommands } from '../../ports/store-commands.ts';
import { KEY_PATTERNS } from '../../protocol/keys.ts';
import type { RedisConfig } from '../../protocol/redis-settings.ts';
import { STORE_FILE, storeFileSchema, storeUrl, type StoreFile } from '../../protocol/store-file.ts';
import { openRespClient } from './resp-client.ts';
import { ensureStore, type StoreProgram } from './store-launch.ts';

export interface StoreProbeDeps {
  /** Absolute path of the repository's state folder; null where no loop ever ran. */
  readonly folder: string | null;
  readonly program: StoreProgram;
  /** The user's own Redis, that a store which is started has to use. */
  readonly redis: Result<RedisConfig | null, string>;
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 2000;
const START_MS = 10_000;
const PINGS = 5;
/** Keys that are looked through at most for those of a pattern. */
const SCAN_ROUNDS = 200;

/** Looks at the store as anybody could who has its file; starts nothing but by `start`. */
export function createStoreProbe(deps: StoreProbeDeps): StoreProbe {
  const { folder, deadlineMs = DEADLINE_MS } = deps;
  const file = async () => (folder === null ? null : readStoreFile(folder));
  return {
    look: async (signal) => {
      const found = await file();
      return found === null ? { kind: 'ended', port: null } : look(found, deadlineMs, signal);
    },
    keys: async (request, signal) => {
      const found = await file();
      if (found === null) return err('There is no coordination store; a loop starts one.');
      const url = storeUrl('default', found.adminPassword, found.port);
      const client = await openRespClient({ url, deadlineMs, signal });
      if (!client.ok) return err(client.error.message);
      try {
        return await scan(client.value, request);
      } finally {
        client.value.close();
      }
    },
    start: async (signal) => {
      if (folder === null) return err('There is no state folder yet; the first loop makes it.');
      const { program, redis } = deps;
      if (!redis.ok) return redis;
      const request = { folder, program, redis: redis.value, deadlineMs: START_MS, signal };
      const started = await ensureStore(request);
      return started.ok ? ok(`It answers on port ${started.value.port}.`) : err(started.error.message);
    },
  };
}

async function readStoreFile(folder: string): Promise<StoreFile | null> {
  try {
    const parsed = storeFileSchema.safeParse(JSON.parse(await readFile(join(folder, STORE_FILE), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

async function look(file: StoreFile, deadlineMs: number, signal: AbortSignal): Promise<StoreLook> {
  const { port, pid } = file;
  const url = storeUrl('default', file.adminPassword, port);
  const client = await openRespClient({ url, deadlineMs, signal });
  // Nobody listens: the store ended by itself, as it does a minute after its last user.
  if (!client.ok && client.error.message.includes('ECONNREFUSED')) return { kind: 'ended', port };
  if (!client.ok) return { kind: 'silent', port, message: client.error.message };
  try {
    const server = await serverBehind(client.value);
    if (!server.ok) return { kind: 'silent', port, message: server.error };
    const pings = await timedPings(client.value, server.value);
    if (!pings.ok) return { kind: 'silent', port, message: pings.error };
    const info = await client.value.command(['INFO']);
    const facts = info.ok ? textOf(info.value) : '';
    return {
      kind: 'answers',
      latencyMs: median(pings.value),
      port,
      pid,
      clients: numberIn(facts, /connected_clients:(\d+)/),
      keys: facts === '' ? null : (numberIn(facts, /db0:keys=(\d+)/) ?? 0),
      behind: server.value,
      guarded: await refusesStrangers(port, deadlineMs, signal),
    };
  } finally {
    client.value.close();
  }
}

/** The front answers a ping by itself; whether a Redis behind it serves stands in its state. */
async function serverBehind(client: StoreCommands): Promise<Result<string | null, string>> {
  const reply = await client.command(['CFN.STATE']);
  // Something else that speaks RESP: its ping decides.
  if (!reply.ok) return reply.error.kind === 'rejected' ? ok(null) : err(reply.error.message);
  const [state, , problem, server] = Array.isArray(reply.value) ? reply.value.map(textOf) : [];
  if (server === undefined || server === 'embedded') return ok(null);
  return state === 'up' ? ok(server) : err(`${server} does not serve${problem ? ` (${problem})` : ''}`);
}

async function timedPings(
  client: StoreCommands,
  behind: string | null,
): Promise<Result<readonly number[], string>> {
  const times: number[] = [];
  for (let round = 0; round < PINGS; round += 1) {
    const before = performance.now();
    // With a server behind it only a command on keys goes all the way.
    const pong = await client.command(behind === null ? ['PING'] : ['EXISTS', KEY_PATTERNS.coordination]);
    if (!pong.ok) return err(pong.error.message);
    if (behind === null && pong.value !== 'PONG')
      return err(`PING was answered with ${JSON.stringify(pong.value).slice(0, 80)}`);
    times.push(performance.now() - before);
  }
  return ok(times);
}

const median = (values: readonly number[]): number =>
  Math.round((values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0) * 1000) /
  1000;

function numberIn(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

async function refusesStrangers(port: number, deadlineMs: number, signal: AbortSignal): Promise<boolean> {
  const stranger = await openRespClient({ url: `redis://127.0.0.1:${port}`, deadlineMs, signal });
  if (!stranger.ok) return true;
  const reply = await stranger.value.command(['PING']);
  stranger.value.close();
  return !reply.ok;
}

interface KeyRequest {
  readonly pattern: string;
  readonly limit: number;
}

const textOf = (value: RespValue): string => (typeof value === 'string' ? value : '');

/** `redis-cli --scan --pattern … | head`, with type and time to live. */
async function scan(client: StoreCommands, request: KeyRequest): Promise<Result<readonly KeyLook[], string>> {
  const names = new Set<string>();
  let cursor = '0';
  for (let round = 0; round < SCAN_ROUNDS && names.size < request.limit; round += 1) {
    const reply = await client.command(['SCAN', cursor, 'MATCH', request.pattern, 'COUNT', '100']);
    if (!reply.ok) return err(reply.error.message);
    if (!Array.isArray(reply.value)) return err('SCAN was answered with something else.');
    const [next, found] = reply.value as readonly unknown[];
    for (const name of Array.isArray(found) ? found : []) names.add(String(name));
    cursor = String(next);
    if (cursor === '0') break;
  }
  const looks: KeyLook[] = [];
  for (const name of [...names].sort().slice(0, request.limit)) {
    const type = await client.command(['TYPE', name]);
    const ttl = await client.command(['TTL', name]);
    if (!type.ok || !ttl.ok || type.value === 'none') continue;
    looks.push({
      name,
      type: textOf(type.value),
      ttlSeconds: Number(ttl.value) < 0 ? null : Number(ttl.value),
    });
  }
  return ok(looks);
}
