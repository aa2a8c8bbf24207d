import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { programCandidates, variable } from '../../base/programs.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

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
  options: {
    readonly platform?: string;
    readonly exists?: (path: string, platform: string) => Promise<boolean>;
  } = {},
): Promise<string | null> {
  const { platform = process.platform, exists = isProgram } = options;
  const candidates = programCandidates(name, {
    platform,
    path: variable(env, 'PATH', platform),
    pathExt: variable(env, 'PATHEXT', platform),
  });
  for (const path of candidates) {
    if (await exists(path, platform)) return platform === process.platform ? resolve(path) : path;
  }
  return null;
}
