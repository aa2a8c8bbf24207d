import { homeIn, variable } from './programs.ts';

export interface UserConfig {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As `process.platform` names it. */
  readonly platform: string;
  /** Where the environment does not say. */
  readonly home: string;
}

/** Folder of a person's own settings. A relative `XDG_CONFIG_HOME` counts as none, as its specification says. */
export function userConfigFolder({ env, platform, home }: UserConfig): string {
  const windows = platform === 'win32';
  const join = (...parts: readonly string[]) =>
    parts.map((part) => (windows ? part.replace(/[\\/]+$/, '') : part)).join(windows ? '\\' : '/');
  const set = (name: string) => variable(env, name, platform) || undefined;
  const xdg = set('XDG_CONFIG_HOME');
  if (xdg !== undefined && (windows ? /^(?:[a-z]:)?[\\/]/i : /^\//).test(xdg)) return join(xdg, 'cfn');
  const own = homeIn(env, platform) || home;
  if (windows) return join(set('APPDATA') ?? join(own, 'AppData', 'Roaming'), 'cfn');
  return platform === 'darwin'
    ? join(own, 'Library', 'Application Support', 'cfn')
    : join(own, '.config', 'cfn');
}
