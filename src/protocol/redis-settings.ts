/**
 * How a user's own Redis is named, by editor settings, the user's settings file or the environment. The seeds'
 * `config/redis.config.js` maps to these fields one by one (docs/coordination.md).
 */
import * as z from 'zod/mini';
import { err, ok, type Result } from '../base/result.ts';

const HOUR_MS = 3_600_000;
const milliseconds = z.int().check(z.minimum(1), z.maximum(HOUR_MS));
const text = z.string().check(z.refine((given) => given.trim() !== ''));

const settingsShape = {
  url: text,
  fallbackUrl: z.optional(text),
  username: z.optional(text),
  /** A file with the certificate authority of a `rediss://` server. */
  ca: z.optional(text),
  connectTimeout: z.optional(milliseconds),
  commandTimeout: z.optional(milliseconds),
  maxRetriesPerRequest: z.optional(z.int().check(z.minimum(0), z.maximum(100))),
  retryDelayOnFailover: z.optional(milliseconds),
  blockingConnections: z.optional(z.int().check(z.minimum(1), z.maximum(1000))),
};

const TAKES: Readonly<Record<keyof typeof settingsShape, string>> = {
  url: 'a URL such as redis://localhost:6379',
  fallbackUrl: 'a URL such as redis://localhost:6380',
  username: 'the name of a Redis user',
  ca: 'the path of a certificate file',
  connectTimeout: `whole milliseconds from 1 to ${HOUR_MS}`,
  commandTimeout: `whole milliseconds from 1 to ${HOUR_MS}`,
  maxRetriesPerRequest: 'a whole number from 0 to 100',
  retryDelayOnFailover: `whole milliseconds from 1 to ${HOUR_MS}`,
  blockingConnections: 'a whole number from 1 to 1000',
};

const settingsSchema = z.strictObject(settingsShape);
export type RedisSettings = z.infer<typeof settingsSchema>;
export type RedisSettingName = keyof RedisSettings;
export const REDIS_SETTING_NAMES = Object.keys(TAKES).filter((name): name is RedisSettingName =>
  Object.hasOwn(TAKES, name),
);

/** The seeds' options, and a deadline for each command: without one a frozen server holds its callers for ever. */
export const REDIS_DEFAULTS = {
  connectTimeout: 10_000,
  maxRetriesPerRequest: 3,
  retryDelayOnFailover: 100,
  commandTimeout: 1000,
  blockingConnections: 64,
} as const;

const endpointSchema = z.object({ host: z.string(), port: z.int() });
/** What the store process needs to know; it is handed over on its standard input, never in arguments or files. */
export const redisTargetSchema = z.object({
  kind: z.enum(['single', 'sentinel', 'cluster']),
  endpoints: z.array(endpointSchema).check(z.minLength(1)),
  /** Sentinel's name of the master. */
  master: z.string(),
  db: z.int(),
  tls: z.boolean(),
  /** Text of the certificate authority, `null` for the system's own. */
  ca: z.nullable(z.string()),
  username: z.string(),
  password: z.string(),
  connectTimeout: z.int(),
  commandTimeout: z.int(),
  maxRetriesPerRequest: z.int(),
  retryDelayOnFailover: z.int(),
  blockingConnections: z.int(),
});
export type RedisTarget = z.infer<typeof redisTargetSchema>;
export type RedisEndpoint = z.infer<typeof endpointSchema>;

export const redisConfigSchema = z.object({
  primary: redisTargetSchema,
  /** Serves reads of caches while the primary does not; never locks or coordination. */
  fallback: z.nullable(redisTargetSchema),
});
export type RedisConfig = z.infer<typeof redisConfigSchema>;

export interface RedisCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** `label` says where a field was given: `cfn.redis.url`, `REDIS_URL`. */
export function parseRedisSettings(
  raw: unknown,
  label: (name: string) => string,
): Result<RedisSettings, string> {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    return err(`${label('')} must be a mapping such as { "url": "redis://localhost:6379" }.`);
  }
  const parsed = settingsSchema.safeParse(raw);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  if (unknown !== undefined) {
    return err(
      `${label(unknown.slice(0, 80))} is not known; the names are ${REDIS_SETTING_NAMES.join(', ')}. The password goes into REDIS_PASSWORD.`,
    );
  }
  const name = REDIS_SETTING_NAMES.find((known) => known === issue?.path[0]);
  return err(name ? `${label(name)} takes ${TAKES[name]}.` : `${label('')} could not be read.`);
}

/** Settings and secrets together, ready for the store process. `ca` is the text of the file that the settings name. */
export function redisConfig(
  settings: RedisSettings,
  credentials: RedisCredentials & { readonly ca?: string | null },
  label: (name: string) => string = (name) => `redis.${name}`,
): Result<RedisConfig, string> {
  const primary = parseRedisUrl(settings.url);
  if (!primary) return err(`${label('url')} takes ${URL_FORMS}.`);
  const fallback = settings.fallbackUrl === undefined ? null : parseRedisUrl(settings.fallbackUrl);
  if (settings.fallbackUrl !== undefined && !fallback) {
    return err(`${label('fallbackUrl')} takes ${URL_FORMS}.`);
  }
  const complete = (place: RedisPlace): RedisTarget => ({
    ...place,
    username: place.username || (settings.username ?? credentials.username ?? ''),
    password: place.password || (credentials.password ?? ''),
    ca: credentials.ca ?? null,
    connectTimeout: settings.connectTimeout ?? REDIS_DEFAULTS.connectTimeout,
    commandTimeout: settings.commandTimeout ?? REDIS_DEFAULTS.commandTimeout,
    maxRetriesPerRequest: settings.maxRetriesPerRequest ?? REDIS_DEFAULTS.maxRetriesPerRequest,
    retryDelayOnFailover: settings.retryDelayOnFailover ?? REDIS_DEFAULTS.retryDelayOnFailover,
    blockingConnections: settings.blockingConnections ?? REDIS_DEFAULTS.blockingConnections,
  });
  return ok({ primary: complete(primary), fallback: fallback ? complete(fallback) : null });
}

type RedisPlace = Pick<RedisTarget, 'kind' | 'endpoints' | 'master' | 'db' | 'tls' | 'username' | 'password'>;

const URL_FORMS =
  'redis://HOST:PORT, rediss:// for TLS, redis+sentinel://HOST:PORT,HOST:PORT/MASTER or redis+cluster://HOST:PORT,HOST:PORT';
const REDIS_URL = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^/?#]*))?\/?$/i;
const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6379;

/** `null` for what is none. User name and password may stand in it, percent-encoded, where the URL itself is a secret. */
export function parseRedisUrl(url: string): RedisPlace | null {
  const found = REDIS_URL.exec(url.trim());
  if (!found) return null;
  const [, secure = '', form = 'single', login = '', hosts = '', path = ''] = found;
  const kind = KINDS.get(form.toLowerCase()) ?? 'single';
  const endpoints = hosts
    .split(',')
    .map((host) => parseEndpoint(host.trim(), kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT))
    .filter((endpoint) => endpoint !== null);
  const credentials = parseLogin(login);
  const target = parsePath(kind, path);
  if (!credentials || !target || endpoints.length !== hosts.split(',').length) return null;
  if (kind === 'single' && endpoints.length > 1) return null;
  return { kind, endpoints, ...target, tls: secure !== '', ...credentials };
}

const KINDS: ReadonlyMap<string, RedisTarget['kind']> = new Map<string, RedisTarget['kind']>([
  ['sentinel', 'sentinel'],
  ['cluster', 'cluster'],
]);

function parseLogin(login: string): { readonly username: string; readonly password: string } | null {
  const colon = login.indexOf(':');
  const username = decode(colon < 0 ? login : login.slice(0, colon));
  const password = decode(colon < 0 ? '' : login.slice(colon + 1));
  return username === null || password === null ? null : { username, password };
}

/** A path names Sentinel's master, or the number of a database, of which a cluster has one. */
function parsePath(
  kind: RedisTarget['kind'],
  path: string,
): { readonly master: string; readonly db: number } | null {
  if (kind === 'sentinel') return path === '' ? null : { master: path, db: 0 };
  if (path === '' || path === '0') return { master: '', db: 0 };
  return kind === 'single' && /^\d{1,4}$/.test(path) ? { master: '', db: Number(path) } : null;
}

function parseEndpoint(text: string, standard: number): RedisEndpoint | null {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(text);
  if (!found) return null;
  const port = found[2] === undefined ? standard : Number(found[2]);
  const host = (found[1] ?? '').replaceAll(/^\[|\]$/g, '');
  return port >= 1 && port <= 65_535 ? { host, port } : null;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Where a server is, for people; no credentials. */
export function describeTarget(
  target: Pick<RedisTarget, 'kind' | 'endpoints' | 'master' | 'db' | 'tls'>,
): string {
  const scheme = `redis${target.tls ? 's' : ''}${target.kind === 'single' ? '' : `+${target.kind}`}`;
  const hosts = target.endpoints.map(
    ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
  );
  const path = target.kind === 'sentinel' ? `/${target.master}` : target.db > 0 ? `/${target.db}` : '';
  return `${scheme}://${hosts.join(',')}${path}`;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/** A repository that was just cloned must not be able to send a user's work elsewhere. */
export function isOnThisMachine(url: string): boolean {
  return parseRedisUrl(url)?.endpoints.every(({ host }) => LOOPBACK.test(host)) ?? false;
}

/** Whether a login stands in a URL, which belongs into no file that others read. */
export function hasCredentials(url: string): boolean {
  const place = parseRedisUrl(url);
  return place !== null && (place.username !== '' || place.password !== '');
}
