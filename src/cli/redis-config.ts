import { dirname, join, resolve } from 'node:path';
import { err, ok, type Result } from '../base/result.ts';
import {
  hasCredentials,
  isOnThisMachine,
  parseRedisSettings,
  redisConfig,
  type RedisConfig,
  type RedisSettings,
} from '../protocol/redis-settings.ts';
import { readOptional, repositoryRoot, userSettingsFile } from './config-files.ts';
import type { CliIo } from './io.ts';

type Io = Pick<CliIo, 'env' | 'platform'>;

interface Named {
  readonly settings: RedisSettings;
  readonly label: (name: string) => string;
  /** A relative certificate file is meant from here. */
  readonly folder: string;
}

/**
 * The user's own Redis: `REDIS_URL`, else `redis` of the user's settings file, else that of `.cfn/config.json`;
 * `null` when none of them names one. An empty `REDIS_URL` says that there is none.
 */
export async function readRedisConfig(io: Io, folder: string): Promise<Result<RedisConfig | null, string>> {
  const named = await namedRedis(io, folder);
  if (!named.ok || named.value === null) return named as Result<null, string>;
  const { settings, label } = named.value;
  const fallbackUrl = settings.fallbackUrl ?? (io.env['REDIS_FALLBACK_1'] || undefined);
  const ca = await readCa(named.value);
  if (!ca.ok) return ca;
  return redisConfig(
    { ...settings, ...(fallbackUrl === undefined ? {} : { fallbackUrl }) },
    { username: io.env['REDIS_USERNAME'], password: io.env['REDIS_PASSWORD'], ca: ca.value },
    label,
  );
}

async function namedRedis(io: Io, folder: string): Promise<Result<Named | null, string>> {
  const file = userSettingsFile(io);
  const own = await redisOfFile(file, file);
  if (!own.ok) return own;
  const url = io.env['REDIS_URL'];
  if (url !== undefined) {
    if (url.trim() === '') return ok(null);
    const label = (name: string) =>
      name === 'url' ? 'REDIS_URL' : name === 'fallbackUrl' ? 'REDIS_FALLBACK_1' : name;
    // Time limits and the like stay those of the user's file.
    return ok({ settings: { ...own.value?.settings, url }, label, folder: dirname(file) });
  }
  if (own.value) return own;
  return repositoryRedis(join(repositoryRoot(folder), '.cfn', 'config.json'));
}

async function repositoryRedis(file: string): Promise<Result<Named | null, string>> {
  const shared = await redisOfFile(file, '.cfn/config.json');
  if (!shared.ok || shared.value === null) return shared;
  const { settings } = shared.value;
  const urls = [settings.url, settings.fallbackUrl ?? settings.url];
  if (urls.some(hasCredentials)) {
    return err(
      '.cfn/config.json: redis.url holds a password or user name; put them into REDIS_PASSWORD and REDIS_USERNAME.',
    );
  }
  if (!urls.every(isOnThisMachine)) {
    return err(
      '.cfn/config.json: redis.url takes a server on this machine only; name another one in REDIS_URL or in your own settings.',
    );
  }
  return shared;
}

async function redisOfFile(file: string, name: string): Promise<Result<Named | null, string>> {
  const text = await readOptional(file);
  if (!text.ok) return text;
  if (text.value === null) return ok(null);
  let raw: unknown;
  try {
    raw = JSON.parse(text.value.replace(/^\uFEFF/, ''));
  } catch {
    return err(`${name} is not valid JSON; correct or remove it.`);
  }
  const given = raw !== null && typeof raw === 'object' && 'redis' in raw ? raw.redis : undefined;
  if (given === undefined || given === null) return ok(null);
  const label = (field: string) => `${name}: redis${field === '' ? '' : `.${field}`}`;
  const settings = parseRedisSettings(given, label);
  return settings.ok ? ok({ settings: settings.value, label, folder: dirname(file) }) : settings;
}

async function readCa({ settings, label, folder }: Named): Promise<Result<string | null, string>> {
  if (settings.ca === undefined) return ok(null);
  const file = resolve(folder, settings.ca);
  const text = await readOptional(file);
  if (!text.ok) return text;
  return text.value === null ? err(`${label('ca')} names ${file}, which does not exist.`) : text;
}
