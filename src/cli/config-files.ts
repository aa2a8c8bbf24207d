import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, posix, resolve, win32 } from 'node:path';
import type { SettingsLayer } from '../app/resolve-start.ts';
import { rowRetention } from '../app/row-retention.ts';
import { userConfigFolder } from '../base/user-config.ts';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import type { RowRetention } from '../ports/read-model.ts';
import {
  parseSettingsFile,
  REPOSITORY_SETTING_NAMES,
  USER_SETTING_NAMES,
  type SettingName,
  type Settings,
} from '../protocol/settings.ts';
import type { CliIo } from './io.ts';

/** The folder that `--repo` names, else the current one; it must exist. */
export async function repositoryFolder(
  io: Pick<CliIo, 'cwd'>,
  flag: string | undefined,
): Promise<Result<string, string>> {
  const folder = resolve(io.cwd, flag ?? '.');
  const isFolder =
    flag !== '' &&
    (await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    ));
  return isFolder ? ok(folder) : err(`--repo is ${shown(flag ?? folder)}; it takes a folder that exists.`);
}

/** The nearest folder upwards with a `.git`, else the folder itself. */
export function repositoryRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return folder;
  }
}

/** Where a person's own settings lie. */
export function userSettingsFile({ env, platform }: Pick<CliIo, 'env' | 'platform'>): string {
  const folder = userConfigFolder({ env, platform, home: homedir() });
  return (platform === 'win32' ? win32 : posix).join(folder, 'config.json');
}

/** `.cfn/config.json` of the repository, then the user's settings; files that do not exist say nothing. */
export async function readSettingsFiles(
  io: Pick<CliIo, 'env' | 'platform'>,
  folder: string,
): Promise<Result<readonly SettingsLayer[], string>> {
  const files = [
    {
      file: join(repositoryRoot(folder), '.cfn', 'config.json'),
      name: '.cfn/config.json',
      allowed: REPOSITORY_SETTING_NAMES,
    },
    { file: userSettingsFile(io), name: userSettingsFile(io), allowed: USER_SETTING_NAMES },
  ];
  const layers: SettingsLayer[] = [];
  for (const { file, name, allowed } of files) {
    const text = await readOptional(file);
    if (!text.ok) return text;
    if (text.value === null) continue;
    const settings = parseSettingsFile(name, text.value, allowed);
    if (!settings.ok) return settings;
    layers.push({ settings: settings.value, label: (field: SettingName) => `${name}: ${field}` });
  }
  return ok(layers);
}

/** Only a person's own file says it; one that cannot be read is told of where a loop is started. */
export async function readOwnSetting<K extends 'maxAgentsOnMachine' | 'budgetPerDay' | 'image'>(
  io: Pick<CliIo, 'env' | 'platform'>,
  name: K,
): Promise<NonNullable<Settings[K]> | null> {
  const file = userSettingsFile(io);
  const text = await readOptional(file);
  if (!text.ok || text.value === null) return null;
  const settings = parseSettingsFile(file, text.value, USER_SETTING_NAMES);
  return settings.ok ? (settings.value[name] ?? null) : null;
}

/** How long rows stay in the index, by both files. */
export async function readRetention(
  io: Pick<CliIo, 'env' | 'platform'>,
  root: string,
): Promise<Result<RowRetention, string>> {
  const layers = await readSettingsFiles(io, root);
  return layers.ok ? ok(rowRetention(layers.value)) : layers;
}

export async function readOptional(file: string): Promise<Result<string | null, string>> {
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return ok(null);
    return err(`${file} could not be read (${code}); make it readable or remove it.`);
  }
}
