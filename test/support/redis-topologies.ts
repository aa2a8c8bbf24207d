import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  ADMIN_PASSWORD,
  findProgram,
  freePort,
  startRedis,
  type RealRedis,
} from '../integration/store-support.ts';

const run = promisify(execFile);

export interface Started {
  readonly url: string;
  close(): Promise<void>;
}

/** Three masters that share all slots; `null` where the programs for it are missing. */
export async function startCluster(): Promise<(Started & { readonly nodes: readonly RealRedis[] }) | null> {
  const cli = findProgram('redis-cli');
  if (!cli) return null;
  const nodes: RealRedis[] = [];
  for (let index = 0; index < 3; index += 1) {
    const node = await startRedis({
      args: [
        '--cluster-enabled',
        'yes',
        '--cluster-node-timeout',
        '2000',
        '--cluster-port',
        String(await freePort()),
      ],
    });
    if (!node) return null;
    nodes.push(node);
  }
  const addresses = nodes.map((node) => `127.0.0.1:${node.port}`);
  const login = ['-a', ADMIN_PASSWORD, '--no-auth-warning'];
  await run(cli, [...login, '--cluster', 'create', ...addresses, '--cluster-yes']);
  for (const node of nodes) {
    for (;;) {
      const { stdout } = await run(cli, [...login, '-p', String(node.port), 'cluster', 'info']);
      if (stdout.includes('cluster_state:ok')) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    nodes,
    url: `redis+cluster://${addresses.join(',')}`,
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  };
}

/** A master, a replica of it, and a Sentinel that makes the replica the master when the first one is gone. */
export async function startSentinel(): Promise<(Started & { readonly master: RealRedis }) | null> {
  const program = findProgram('redis-server');
  const auth = ['--masterauth', ADMIN_PASSWORD];
  const master = await startRedis({ args: auth });
  if (!program || !master) return null;
  const replica = await startRedis({
    args: [...auth, '--replicaof', '127.0.0.1', String(master.port), '--repl-diskless-sync-delay', '0'],
  });
  if (!replica) return null;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'cfn-sentinel-'));
  const file = join(folder, 'sentinel.conf');
  writeFileSync(
    file,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${folder}`,
      `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
      `sentinel auth-pass mymaster ${ADMIN_PASSWORD}`,
      'sentinel down-after-milliseconds mymaster 300',
      'sentinel failover-timeout mymaster 1000',
    ].join('\n'),
  );
  const sentinel = spawn(program, [file, '--sentinel']);
  await ready(sentinel, '+monitor master');
  const login = ['-a', ADMIN_PASSWORD, '--no-auth-warning'];
  for (;;) {
    const { stdout } = await run('redis-cli', ['-p', String(port), 'sentinel', 'replicas', 'mymaster']);
    const info = await run('redis-cli', [...login, '-p', String(replica.port), 'info', 'replication']);
    if (stdout.includes(String(replica.port)) && info.stdout.includes('master_link_status:up')) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    master,
    url: `redis+sentinel://127.0.0.1:${port}/mymaster`,
    close: async () => {
      const gone = new Promise((resolve) => sentinel.once('exit', resolve));
      sentinel.kill('SIGKILL');
      await gone;
      await Promise.all([master.close(), replica.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A server that speaks TLS alone, with a certificate of an authority of its own. */
export async function startTls(): Promise<(Started & { readonly ca: string }) | { readonly reason: string }> {
  const openssl = findProgram('openssl');
  if (!openssl) return { reason: 'openssl is not installed' };
  const folder = mkdtempSync(join(tmpdir(), 'cfn-tls-'));
  const at = (name: string): string => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await run(openssl, [
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=ca',
  ]);
  await run(openssl, [
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('key.pem'),
    '-out',
    at('cert.pem'),
    '-subj',
    '/CN=localhost',
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-addext',
    'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ]);
  const ca = readFileSync(at('ca.pem'), 'utf8');
  try {
    const redis = await startRedis({
      args: [
        '--tls-port',

        '--tls-cert-file',
        at('cert.pem'),
        '--tls-key-file',
        at('key.pem'),
        '--tls-ca-cert-file',
        at('ca.pem'),
        '--tls-auth-clients',
        'no',
      ],
    });
    if (!redis) return { reason: 'redis-server is not installed' };
    return {
      ca,
      url: `rediss://localhost:${redis.port}`,
      close: async () => {
        await redis.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    return { reason: `this redis-server speaks no TLS (${String(error).slice(0, 120)})` };
  }
}

function ready(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('exit', () => reject(new Error(said)));
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(text)) resolve();
    });
  });
}
