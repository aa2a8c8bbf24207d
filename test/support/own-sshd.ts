import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { collect, demand } from '../../scripts/run-command.mts';

/** A server of the tests' own, with keys of its own, at a port of 127.0.0.1. Nothing of the machine's or the person's is changed. */
export interface OwnSshd {
  readonly port: number;
  readonly user: string;
  /** `ssh` comes first on it with a configuration of the test's: its key, its known hosts. */
  readonly path: string;
  /** Forgets the server's key, or knows another one. */
  knowHost(what: 'its key' | 'nothing' | 'another key'): Promise<void>;
  stop(): Promise<void>;
}

/** Why none can be started on this machine; `null`: it can. */
export async function whyNoSshd(): Promise<string | null> {
  if (process.platform !== 'linux') return 'servers of tests are for Linux';
  if (process.getuid?.() !== 0) return 'only root can start sshd for others';
  for (const program of ['sshd', 'ssh', 'ssh-keygen', 'docker'])
    if ((await collect('which', [program])).code !== 0) return `there is no ${program}`;
  return null;
}

/** `env`: what programs find there that are started over it. */
export async function startSshd(env: Readonly<Record<string, string>>): Promise<OwnSshd> {
  const folder = await mkdtemp(join(tmpdir(), 'cfn-sshd-'));
  const at = (name: string) => join(folder, name);
  for (const name of ['host', 'other', 'client'])
    await demand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  await copyFile(at('client.pub'), at('authorized'));
  await chmod(at('authorized'), 0o600);
  const { username: user } = userInfo();
  const port = await freePort();
  await writeFile(
    at('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('authorized')}`,
      'PidFile none',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      // The folder is below one that everybody may write to.
      'StrictModes no',
      'MaxStartups 100',
      `SetEnv ${Object.entries(env)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`,
      '',
    ].join('\n'),
  );
  await writeFile(
    at('config'),
    `Host *\n  IdentityFile ${at('client')}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${at('known')}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n`,
  );
  const ssh = (await demand('which', ['ssh'])).trim();
  await mkdir(at('bin'));
  await writeFile(at('bin/ssh'), `#!/bin/sh\nexec '${ssh}' -F '${at('config')}' "$@"\n`, { mode: 0o755 });
  // It wants to be started by its whole path, and the folder that its unit would make.
  const sshd = (await demand('which', ['sshd'])).trim();
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn(sshd, ['-D', '-e', '-f', at('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exited = once(child, 'exit');
  await Promise.race([listening(port), exited.then(() => Promise.reject(new Error(`sshd ended: ${said}`)))]);
  const knowHost: OwnSshd['knowHost'] = async (what) => {
    const key = what === 'nothing' ? null : what === 'its key' ? 'host.pub' : 'other.pub';
    const line = key === null ? '' : `[127.0.0.1]:${port} ${await readFile(at(key), 'utf8')}`;
    await writeFile(at('known'), line);
  };
  await knowHost('its key');
  return {
    port,
    user,
    path: [at('bin'), process.env['PATH'] ?? ''].join(delimiter),
    knowHost,
    async stop() {
      child.kill('SIGTERM');
      // Sessions that are still open hold its other end.
      child.stderr.destroy();
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
