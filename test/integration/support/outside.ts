import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const IP = '/sbin/ip';

/** A host beyond this machine: a network namespace with an address of TEST-NET-2. */
export interface Outside {
  readonly address: string;
  /** This machine's own address on the wire to it. */
  readonly hostSide: string;
  readonly port: number;
  close(): Promise<void>;
}

const SERVER = `
  const server = require('node:http').createServer((q, s) => s.end('OUTSIDE ' + (q.headers.host ?? '')));
  server.listen(Number(process.argv[1]), () => console.log('ready'));
  process.stdin.on('end', () => process.exit(0)).resume();`;

/** `null` without the right to make network namespaces. Answers HTTP at port 80. */
export async function openOutside(): Promise<Outside | null> {
  const id = randomBytes(3).toString('hex');
  const [space, here, there] = [`cfn-out-${id}`, `cfo${id}h`, `cfo${id}n`];
  const third = 100 + (Number.parseInt(id.slice(0, 2), 16) % 60) * 2;
  const [hostSide, address] = [`198.51.100.${third}`, `198.51.100.${third + 1}`];
  const ip = (...words: readonly string[]) => run(IP, [...words]);
  const remove = async (): Promise<void> => {
    await ip('link', 'del', here).catch(() => undefined);
    await ip('netns', 'del', space).catch(() => undefined);
  };
  try {
    await ip('netns', 'add', space);
    await ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there);
    await ip('link', 'set', there, 'netns', space);
    await ip('addr', 'add', `${hostSide}/31`, 'dev', here);
    await ip('link', 'set', here, 'up');
    await ip('-n', space, 'addr', 'add', `${address}/31`, 'dev', there);
    await ip('-n', space, 'link', 'set', there, 'up');
    await ip('-n', space, 'route', 'add', 'default', 'via', hostSide);
  } catch {
    await remove();
    return null;
  }
  const server = spawn(IP, ['netns', 'exec', space, process.execPath, '-e', SERVER, '80'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: server.stdout }), 'line');
  return {
    address,
    hostSide,
    port: 80,
    async close() {
      const gone = once(server, 'exit');
      server.stdin.end();
      await gone;
      await remove();
    },
  };
}
