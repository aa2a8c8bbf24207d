import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Segment } from './shell-line.ts';

export type PackageManager = 'npm' | 'pnpm' | 'yarn';

const manifestSchema = z.object({
  scripts: z.record(z.string(), z.string()).catch({}).default({}),
  packageManager: z.string().optional().catch(undefined),
  devDependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
  dependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
});
export type PackageManifest = z.infer<typeof manifestSchema>;

/** The folder's `package.json`, or null when there is none that can be read. */
export async function readManifest(folder: string): Promise<PackageManifest | null> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return manifestSchema.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch {
    return null;
  }
}

/** The manager a package names itself, else the one whose lockfile lies there, else npm. */
export function packageManagerOf(folder: string, manifest: PackageManifest): PackageManager {
  const named = /^(npm|pnpm|yarn)@/.exec(manifest.packageManager ?? '')?.[1];
  if (named === 'npm' || named === 'pnpm' || named === 'yarn') return named;
  if (existsSync(join(folder, 'pnpm-lock.yaml'))) return 'pnpm';
  return existsSync(join(folder, 'yarn.lock')) ? 'yarn' : 'npm';
}

export interface ScriptCall {
  readonly manager: PackageManager;
  readonly script: string;
  /** True when the call already passes arguments of its own. */
  readonly passesArguments: boolean;
}

const QUIET = new Set(['-s', '--silent', '--if-present']);
/** Words after `yarn` or `pnpm` that are the manager's own and no script. */
const OWN_VERBS = new Set([
  'add',
  'install',
  'i',
  'exec',
  'dlx',
  'node',
  'why',
  'remove',
  'up',
  'workspace',
  'workspaces',
  'cache',
  'config',
  '-r',
  '--filter',
  '-F',
  '-w',
  '-C',
]);

/** Reads `npm test`, `npm run NAME`, `pnpm NAME`, `yarn run NAME …`; null for any other command. */
export function readScriptCall(segment: Segment): ScriptCall | null {
  const [manager, ...all] = segment.words;
  if (manager !== 'npm' && manager !== 'pnpm' && manager !== 'yarn') return null;
  const words = all.filter((word) => !QUIET.has(word));
  const [verb, second] = words;
  if (verb === undefined) return null;
  if (verb === 'run' || verb === 'run-script') {
    return second === undefined ? null : { manager, script: second, passesArguments: words.length > 2 };
  }
  if (['test', 't', 'tst'].includes(verb))
    return { manager, script: 'test', passesArguments: words.length > 1 };
  if (manager === 'npm' || OWN_VERBS.has(verb)) return null;
  return { manager, script: verb, passesArguments: words.length > 1 };
}
