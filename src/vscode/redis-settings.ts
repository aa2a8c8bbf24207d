import * as vscode from 'vscode';
import { err, ok, type Result } from '../base/result.ts';
import {
  parseRedisSettings,
  REDIS_SETTING_NAMES,
  redisConfig,
  type RedisConfig,
} from '../protocol/redis-settings.ts';

export const REDIS_PASSWORD_KEY = 'cfn.redis.password';
const label = (name: string) => `cfn.redis.${name}`;

/** The user's own Redis as the editor's settings name it; `null` without a URL. Its password is in secret storage. */
export async function readRedis(secrets: vscode.SecretStorage): Promise<Result<RedisConfig | null, string>> {
  const configuration = vscode.workspace.getConfiguration('cfn.redis');
  const raw = Object.fromEntries(
    REDIS_SETTING_NAMES.flatMap((name) => {
      // A workspace must not send a person's work to a server of its own.
      const set = configuration.inspect(name)?.globalValue;
      return set === undefined || set === null || set === '' ? [] : [[name, set] as const];
    }),
  );
  if (raw['url'] === undefined) return ok(null);
  const settings = parseRedisSettings(raw, label);
  if (!settings.ok) return settings;
  const ca = await readCa(settings.value.ca);
  if (!ca.ok) return ca;
  const password = await secrets.get(REDIS_PASSWORD_KEY);
  return redisConfig(settings.value, { password, ca: ca.value }, label);
}

async function readCa(path: string | undefined): Promise<Result<string | null, string>> {
  if (path === undefined) return ok(null);
  try {
    return ok(new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(path))));
  } catch {
    return err(`cfn.redis.ca names ${path}, which could not be read.`);
  }
}
