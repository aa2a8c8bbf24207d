import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { GitError } from '../../ports/worktrees.ts';
import type { GitProcess } from './git-process.ts';
import { parseConfig } from './parse.ts';

/**
 * What the harness takes over from the user's configuration: values that shape bytes and names on disk, and
 * none that name a program. Everything else of it does not exist for the harness.
 */
export interface CarriedSettings {
  /** Key and checked value, sorted. */
  readonly values: readonly (readonly [key: string, value: string])[];
  /** Contents of `core.excludesFile` and `info/exclude`. */
  readonly ignore: string;
  readonly exclude: string;
  /** Contents of `core.attributesFile` and `info/attributes`: names of drivers without the drivers. */
  readonly attributes: string;
  readonly infoAttributes: string;
  /** True where the base uses LFS and git-lfs is installed: its constant filter is defined then. */
  readonly lfs: boolean;
}

const TRUTH = /^(true|false|yes|no|on|off|1|0)$/i;
const LINE = /^[^\0\n\r]{1,200}$/;
const CARRIED: Readonly<Record<string, RegExp>> = {
  'core.autocrlf': /^(true|false|input)$/i,
  'core.eol': /^(lf|crlf|native)$/i,
  'core.filemode': TRUTH,
  'core.symlinks': TRUTH,
  'core.ignorecase': TRUTH,
  'core.precomposeunicode': TRUTH,
  'core.longpaths': TRUTH,
  'core.sharedrepository': /^(group|all|umask|everybody|true|false|world|0[0-7]{3})$/i,
  'extensions.objectformat': /^(sha1|sha256)$/i,
  'user.name': LINE,
  'user.email': LINE,
};

/** An ignore file larger than this is not one. */
const MAX_FILE = 1024 * 1024;

export interface UserConfig {
  readonly settings: Omit<CarriedSettings, 'lfs'>;
  /** Names of remotes or extensions that make this a partial clone. */
  readonly partial: boolean;
}

/** Reads the user's whole configuration (which runs nothing) and keeps the harmless part. */
export async function readUserConfig(
  git: GitProcess,
  folders: { readonly root: string; readonly commonDir: string },
): Promise<Result<UserConfig, GitError>> {
  const listed = await git.run(['config', '--list', '-z', '--includes'], { cwd: folders.root });
  if (!listed.ok) return listed;
  const entries = parseConfig(listed.value.stdout.toString('utf8'));
  const values = new Map<string, string>();
  for (const { key, value } of entries) {
    const shape = CARRIED[key];
    if (shape?.test(value ?? 'true')) values.set(key, value ?? 'true');
  }
  const path = async (key: string, fallback: string): Promise<string> => {
    const found = await git.run(['config', '--type=path', '--get', key], {
      cwd: folders.root,
      okCodes: [0, 1],
    });
    const named =
      found.ok && found.value.code === 0 ? found.value.stdout.toString('utf8').replace(/\n$/, '') : '';
    return readSmall(named === '' ? fallback : absolute(folders.root, named));
  };
  const home = join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'git');
  return ok({
    partial: entries.some(
      ({ key, value }) =>
        key === 'extensions.partialclone' || (/^remote\..*\.promisor$/.test(key) && value !== 'false'),
    ),
    settings: {
      values: [...values].sort(([a], [b]) => (a < b ? -1 : 1)),
      ignore: await path('core.excludesFile', join(home, 'ignore')),
      attributes: await path('core.attributesFile', join(home, 'attributes')),
      exclude: await readSmall(join(folders.commonDir, 'info', 'exclude')),
      infoAttributes: await readSmall(join(folders.commonDir, 'info', 'attributes')),
    },
  });
}

const absolute = (root: string, named: string): string =>
  /^([a-zA-Z]:)?[\\/]/.test(named) ? named : join(root, named);

async function readSmall(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    return bytes.length > MAX_FILE ? '' : bytes.toString('utf8');
  } catch {
    return '';
  }
}

/** Renders the harness's configuration file. Values are quoted, so none can start a section of its own. */
export function renderConfig(
  settings: CarriedSettings,
  places: { readonly ignore: string; readonly attributes: string; readonly lfsStorage: string },
): string {
  const values = new Map(settings.values);
  const format = values.get('extensions.objectformat')?.toLowerCase() ?? 'sha1';
  const lines: (readonly [string, string, string])[] = [
    ['core', 'repositoryformatversion', format === 'sha1' ? '0' : '1'],
    ['core', 'bare', 'true'],
    ['core', 'hooksPath', '/dev/null'],
    ['core', 'fsmonitor', 'false'],
    ['core', 'untrackedCache', 'false'],
    ['core', 'splitIndex', 'false'],
    ['core', 'commitGraph', 'false'],
    ['core', 'logAllRefUpdates', 'false'],
    ['core', 'fsync', 'committed'],
    ['core', 'fsyncMethod', 'batch'],
    ['core', 'excludesFile', places.ignore],
    ['core', 'attributesFile', places.attributes],
    ['gc', 'auto', '0'],
    ['maintenance', 'auto', 'false'],
    ['user', 'name', values.get('user.name') ?? 'CFN Loop'],
    ['user', 'email', values.get('user.email') ?? 'cfn-loop@localhost'],
    ...(format === 'sha1' ? [] : ([['extensions', 'objectFormat', format]] as const)),
    ...(settings.lfs ? lfsLines(places.lfsStorage) : []),
    ...[...values].flatMap(([key, value]) =>
      key.startsWith('core.') ? [['core', key.slice('core.'.length), value] as const] : [],
    ),
  ];
  return lines.map(([section, key, value]) => `[${section}]\n\t${key} = ${quoteConfig(value)}\n`).join('');
}

/** Git LFS as its own installer configures it: a constant, whatever the repository's configuration says. */
const lfsLines = (storage: string): readonly (readonly [string, string, string])[] => [
  ['filter "lfs"', 'clean', 'git-lfs clean -- %f'],
  ['filter "lfs"', 'smudge', 'git-lfs smudge -- %f'],
  ['filter "lfs"', 'process', 'git-lfs filter-process'],
  ['filter "lfs"', 'required', 'true'],
  ['lfs', 'storage', storage],
  ['lfs', 'skipdownloaderrors', 'true'],
];

export function quoteConfig(value: string): string {
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t');
  return `"${escaped}"`;
}
