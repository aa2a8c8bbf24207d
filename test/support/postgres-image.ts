import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import { BASE_IMAGE } from './base-image.ts';
import { makeImage } from './container-files.ts';

const run = promisify(execFile);
const ENTRYPOINT = join(import.meta.dirname, '..', 'fixtures', 'scripts', 'postgres-entrypoint.sh');
const PROGRAMS = ['postgres', 'initdb', 'pg_ctl', 'pg_isready', 'psql', 'createdb'];

export interface PostgresPrograms {
  readonly version: string;
  /** Debian's folder of one version. */
  readonly bin: string;
}

/** Of this machine; null where Debian's package `postgresql` is not installed. */
export function findPostgres(): PostgresPrograms | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).filter((name) => /^\d+$/.test(name)) : [];
  const version = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .find((one) => PROGRAMS.every((name) => existsSync(join(root, one, 'bin', name))));
  return version === undefined ? null : { version, bin: join(root, version, 'bin') };
}

/** An image with the promises of the official one, of this machine's own programs: no registry is asked. */
export async function postgresImage(docker: Docker, repo: string, { version, bin }: PostgresPrograms) {
  const folder = await mkdtemp(join(tmpdir(), 'cfn-postgres-image-'));
  const put = (from: string, to = from) =>
    cp(from, join(folder, to), {
      recursive: true,
      dereference: true,
      filter: (path) => !path.endsWith('/bitcode'),
    });
  try {
    const modules = join(dirname(bin), 'lib');
    const programs = [...PROGRAMS.map((name) => join(bin, name)), '/usr/bin/setpriv'];
    for (const path of [...programs, modules, `/usr/share/postgresql/${version}`]) await put(path);
    for (const zone of ['UTC', 'Etc/UTC']) await put(`/usr/share/zoneinfo/${zone}`);
    for (const path of await librariesOf(programs)) await put(path, path.replace(/^\/lib/, '/usr/lib'));
    await mkdir(join(folder, 'usr/local/bin'), { recursive: true });
    for (const name of PROGRAMS) await symlink(join(bin, name), join(folder, 'usr/local/bin', name));
    await cp(ENTRYPOINT, join(folder, 'usr/local/bin/docker-entrypoint.sh'));
    await mkdir(join(folder, 'etc'));
    await writeFile(join(folder, 'etc/passwd'), `${PEOPLE.join('\n')}\n`);
    await writeFile(join(folder, 'etc/group'), 'root:x:0:\npostgres:x:999:\n');
    return await makeImage(docker, {
      from: BASE_IMAGE,
      repo,
      folder,
      names: ['usr', 'etc'],
      changes: [
        'ENV PGDATA=/var/lib/postgresql/data PATH=/usr/local/bin:/usr/bin',
        'VOLUME /var/lib/postgresql/data',
        'ENTRYPOINT ["docker-entrypoint.sh"]',
        'CMD ["postgres", "-c", "listen_addresses=*"]',
      ],
      stopSignal: 'SIGINT',
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const PEOPLE = ['root:x:0:0:root:/root:/bin/sh', 'postgres:x:999:999::/var/lib/postgresql:/bin/bash'];

/** Programs load these; the modules of the server bring none of their own that the few here need. */
async function librariesOf(programs: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run('ldd', [...programs]);
  return [...new Set([...stdout.matchAll(/ => (\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []))];
}
