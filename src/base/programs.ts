/** Where a program may lie, without looking: the platform's rules as they apply to text. */
export interface ProgramSearch {
  /** As `process.platform` names it. */
  readonly platform: string;
  /** The variable PATH. */
  readonly path: string;
  /** The variable PATHEXT of Windows; '' for its default. */
  readonly pathExt: string;
}

const PATHEXT = '.COM;.EXE;.BAT;.CMD';

/** A drive or a share; `\x` alone depends on the current drive. */
const isAbsolute = (folder: string, windows: boolean): boolean =>
  windows ? /^(?:[a-z]:[\\/]|[\\/]{2}[^\\/])/i.test(folder) : folder.startsWith('/');

/**
 * Paths to try, in order. A name with a folder is only tried as it is, relative to wherever the caller means.
 * Relative entries of PATH are left out: they would find programs in whatever folder an agent works in.
 */
export function programCandidates(name: string, search: ProgramSearch): readonly string[] {
  const windows = search.platform === 'win32';
  const endings = windows ? (search.pathExt || PATHEXT).toLowerCase().split(';').filter(Boolean) : [''];
  const complete = !windows || endings.some((ending) => name.toLowerCase().endsWith(ending));
  const names = complete ? [name] : endings.map((ending) => name + ending);
  if ((windows ? /[\\/]/ : /\//).test(name)) return names;
  return search.path
    .split(windows ? ';' : ':')
    .map((folder) => (windows ? folder.replaceAll('"', '') : folder))
    .filter((folder) => isAbsolute(folder, windows))
    .flatMap((folder) =>
      names.map((each) => `${folder.replace(/[\\/]+$/, '')}${windows ? '\\' : '/'}${each}`),
    );
}

/** A variable by name; Windows compares names without case. */
export function variable(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  platform: string,
): string {
  if (platform !== 'win32') return env[name] ?? '';
  const found = Object.keys(env).find((key) => key.toUpperCase() === name.toUpperCase());
  return (found === undefined ? undefined : env[found]) ?? '';
}

/**
 * A copy of the process's environment that can be read by names in capitals. A plain copy on Windows would
 * lose that names have no case there (`Path`, `ComSpec`).
 */
export function copyEnvironment<T extends string | undefined>(
  env: Readonly<Record<string, T>>,
  platform: string,
): Record<string, T> {
  if (platform !== 'win32') return { ...env };
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [foldName(name, platform), value]));
}

/**
 * A program of Windows itself by its whole path: by name alone it would be looked for in the folder that
 * somebody happens to work in, before the system's.
 */
export function windowsTool(
  name: 'powershell' | 'taskkill' | 'icacls' | 'netstat' | 'tasklist',
  env: Readonly<Record<string, string | undefined>>,
): string {
  const root = variable(env, 'SystemRoot', 'win32') || 'C:\\Windows';
  const folder = name === 'powershell' ? 'System32\\WindowsPowerShell\\v1.0' : 'System32';
  return `${root}\\${folder}\\${name}.exe`;
}

/** Names of variables as the platform compares them. */
export const foldName = (name: string, platform: string): string =>
  platform === 'win32' ? name.toUpperCase() : name;

/** The user's home as their environment has it, '' where it does not say: HOME is of Git Bash on Windows. */
export const homeIn = (env: Readonly<Record<string, string | undefined>>, platform: string): string =>
  variable(env, platform === 'win32' ? 'USERPROFILE' : 'HOME', platform);
