import { rm, writeFile } from 'node:fs/promises';
import { exists } from './cache-folder.mts';
import { installPackages, mayInstallPackages } from './packages.mts';
import { collect } from './run-command.mts';

/** Programs of an engine, with their packages. */
const ENGINE = {
  dockerd: 'docker.io',
  iptables: 'iptables',
  ip: 'iproute2',
  'docker-compose': 'docker-compose',
};
/** What the base image of the tests is made of, beyond what every Debian has. */
const BASE = { jq: 'jq', sqlite3: 'sqlite3', 'redis-cli': 'redis-tools', curl: 'curl', ps: 'procps' };
/** Services of Compose files, whose images are made of this machine's programs; without them their tests are skipped. */
const SERVICES = { pg_ctlcluster: 'postgresql' };
/** Asked by every package that would start its service; 101 means that it must not. */
const POLICY = '/usr/sbin/policy-rc.d';

/** Whether tests can have a Docker engine: one that runs, or programs to start one, installed first where that is possible. */
export async function findDockerEngine(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const runs = Boolean(process.env['DOCKER_HOST']) || (await exists('/var/run/docker.sock'));
  const missing = await lacking(runs ? BASE : { ...ENGINE, ...BASE });
  const wished = await lacking(SERVICES);
  const may = await mayInstallPackages();
  if (missing.length === 0 && (wished.length === 0 || !may)) return runs || process.getuid?.() === 0;
  if (!may) return false;
  const packages = [...missing, ...wished];
  console.log(`Installing ${packages.join(', ')} (apt-get) …`);
  const ours = !(await exists(POLICY));
  if (ours) await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    // Without what is only wished for, the rest is there all the same.
    return (await installPackages(packages)) === null || missing.length === 0;
  } finally {
    if (ours) await rm(POLICY);
  }
}

/** Packages of programs that are not there. */
async function lacking(programs: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [program, name] of Object.entries(programs))
    if ((await collect('which', [program])).code !== 0) names.push(name);
  return names;
}
