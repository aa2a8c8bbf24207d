import { installPackages, mayInstallPackages } from './packages.mts';
import { collect } from './run-command.mts';

/** Whether there is a real Redis to run against, installed first where that is possible. */
export async function findRedisServer(): Promise<boolean> {
  const { code } = await collect('redis-server', ['--version']);
  if (code === 0) return true;
  if (!(await mayInstallPackages())) return false;
  console.log('Installing redis-server (apt-get) …');
  return (await installPackages(['redis-server', 'redis-tools'])) === null;
}
