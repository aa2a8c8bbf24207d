import { PLACES } from '../agents/environment.ts';
import { CONTAINER_BIN } from './plan.ts';

/**
 * What of a process's environment is right inside a container too. All that names a folder or a program of this
 * machine is not, and a container has its own.
 */
const OF_THIS_MACHINE: ReadonlySet<string> = new Set([
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'PATH',
  'TMPDIR',
  ...PLACES,
]);

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const CONTAINER_HOME = '/home/agent';

export function containerEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const carried = Object.entries(env).filter(
    ([name]) => !OF_THIS_MACHINE.has(name) && !name.startsWith('XDG_'),
  );
  const settings = Number(env['GIT_CONFIG_COUNT'] ?? 0);
  return {
    ...Object.fromEntries(carried),
    // Mounted folders may belong to somebody else by number; nobody else is in there.
    [`GIT_CONFIG_KEY_${settings}`]: 'safe.directory',
    [`GIT_CONFIG_VALUE_${settings}`]: '*',
    GIT_CONFIG_COUNT: String(settings + 1),
    HOME: CONTAINER_HOME,
    USER: 'agent',
    TMPDIR: '/tmp',
    PATH: `${CONTAINER_BIN}:${SYSTEM_PATH}`,
  };
}
