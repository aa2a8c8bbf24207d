import { exists } from './cache-folder.mts';
import { collect } from './run-command.mts';

/** Packages may be installed when we are root on a Debian. */
export async function mayInstallPackages(): Promise<boolean> {
  return process.getuid?.() === 0 && (await exists('/usr/bin/apt-get'));
}

/** Installs Debian packages; returns what went wrong, or `null`. */
export async function installPackages(names: readonly string[]): Promise<string | null> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await collect('apt-get', ['update', '-qq'], { env, timeoutMs: 180_000 });
  if (update.code !== 0) return update.output;
  const args = ['install', '-y', '-qq', '--no-install-recommends', ...names];
  const install = await collect('apt-get', args, { env, timeoutMs: 420_000 });
  return install.code === 0 ? null : install.output;
}
