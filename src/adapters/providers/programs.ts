import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, extname, isAbsolute, join, resolve } from 'node:path';

export type Variables = Readonly<Record<string, string | undefined>>;

/** A variable by name; Windows compares names without case. */
export function variable(env: Variables, name: string, platform: string): string {
  if (platform !== 'win32') return env[name] ?? '';
  const found = Object.keys(env).find((key) => key.toUpperCase() === name.toUpperCase());
  return (found === undefined ? undefined : env[found]) ?? '';
}

async function isProgram(path: string, platform: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) return false;
    if (platform !== 'win32') await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Absolute path of a program on PATH, or `null`. Windows: with the endings that PATHEXT names. */
export async function findProgram(
  name: string,
  env: Variables,
  platform: string = process.platform,
): Promise<string | null> {
  const endings =
    platform === 'win32' && extname(name) === ''
      ? (variable(env, 'PATHEXT', platform) || '.COM;.EXE;.BAT;.CMD')
          .split(';')
          .map((end) => end.toLowerCase())
      : [''];
  const folders = /[\\/]/.test(name)
    ? ['']
    : variable(env, 'PATH', platform)
        .split(delimiter)
        // A relative entry would find programs in whatever folder an agent works in.
        .filter((folder) => isAbsolute(folder));
  for (const folder of folders) {
    for (const ending of endings) {
      const path = folder === '' ? resolve(name + ending) : join(folder, name + ending);
      if (await isProgram(path, platform)) return path;
    }
  }
  return null;
}
