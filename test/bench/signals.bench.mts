/** Waiting for agents: our front beside a real Redis, and beside a loop of `redis-cli` calls. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createCoordination } from '../../src/adapters/coordination/coordination.ts';
import { keys } from '../../src/protocol/keys.ts';
import { STORE_FILE, storeFileSchema } from '../../src/protocol/store-file.ts';
import { alternate, blockMedians, timed, type Bench, type Row } from './measure.mts';
import { placeApart } from './placement.mts';

interface Endpoint {
  readonly url: string;
  readonly pid: number;
}

interface Server {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

function found(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function realRedis(folder: string): Promise<Server> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept')) break;
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

async function pidOfStore(folder: string): Promise<number> {
  return storeFileSchema.parse(JSON.parse(await readFile(join(folder, STORE_FILE), 'utf8'))).pid;
}

/** Microseconds from a push to the return of a `BLPOP` that waited for it. */
function wakeUp(waiting: Redis, pushing: Redis, name: string): (round: number) => Promise<number> {
  return async (round) => {
    const list = keys.signal('bench', `${name}-${round}`).name;
    const woken = waiting.blpop(list, 5);
    // Its command has been sent and answered by a turn of the server before the push is.
    await pushing.ping();
    let arrived = 0;
    const startedAt = performance.now();
    await Promise.all([woken.then(() => (arrived = performance.now())), pushing.lpush(list, 'now')]);
    return (arrived - startedAt) * 1000;
  };
}

/** Both ends are JavaScript, which is at its pace only then. */
const WARM_UP = 1000;
const BLOCK = 50;

async function wakeUps(ours: Endpoint, theirs: Endpoint, rounds: number): Promise<Row> {
  const clients = [ours.url, ours.url, theirs.url, theirs.url].map((url) => new Redis(url));
  const [a, b, c, d] = clients;
  if (!a || !b || !c || !d) throw new Error('no clients');
  const placement = placeApart([ours.pid, theirs.pid]);
  try {
    await alternate(Math.min(WARM_UP, rounds), wakeUp(a, b, 'warm-up'), wakeUp(c, d, 'warm-up'));
    const measured = await alternate(rounds, wakeUp(a, b, 'wake-up'), wakeUp(c, d, 'wake-up'));
    return {
      id: 'wake-up',
      title: 'from a signal’s push to the return of the BLPOP that waits for it, through our front',
      unit: 'µs',
      samples: blockMedians(measured.ours, BLOCK),
      limit: { title: 'the same on a real Redis', samples: blockMedians(measured.theirs, BLOCK) },
      target: { kind: 'ratio-at-most', value: 1.5 },
      note: `medians of ${BLOCK} each, in turns; ${placement.note}`,
    };
  } finally {
    placement.release();
    for (const client of clients) client.disconnect();
  }
}

const AGENTS = 10;

/** What the published package does for each agent: five `redis-cli` calls, one after the other. */
function collectWithShell(port: number): void {
  const call = (...args: readonly string[]) =>
    execFileSync('redis-cli', ['-p', String(port), ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  for (let agent = 0; agent < AGENTS; agent += 1) {
    call('LLEN', `swarm:bench:${agent}:done`);
    call('LPOP', `swarm:bench:${agent}:done`);
    for (const name of ['confidence', 'result', 'feedback']) call('GET', `swarm:bench:${agent}:${name}`);
  }
}

async function collecting(
  coordination: ReturnType<typeof createCoordination>,
  port: number,
  rounds: number,
): Promise<Row> {
  let iteration = 0;
  const collect = async () => {
    iteration += 1;
    for (let agent = 0; agent < AGENTS; agent += 1) {
      const agentId = `agent-${agent}`;
      await coordination.complete({ taskId: 'bench', iteration, agentId, result: '0.9', ttlSeconds: 600 });
    }
    const startedAt = performance.now();
    const done = await coordination.completed('bench', iteration);
    if (!done.ok || done.value.size !== AGENTS) throw new Error('not all completions arrived');
    return performance.now() - startedAt;
  };
  const measured = await alternate(rounds, collect, () => timed(() => collectWithShell(port)));
  return {
    id: 'collect',
    title: `collecting what ${AGENTS} agents reported`,
    unit: 'ms',
    samples: measured.ours,
    limit: { title: 'five redis-cli calls for each, one after the other', samples: measured.theirs },
    target: null,
    note: 'the second is the command sequence of the published package; it blocks its event loop meanwhile',
  };
}

export const signals: Bench = {
  id: 'signals',
  title: 'Signals',
  async run({ short }) {
    if (!found('redis-server') || !found('redis-cli'))
      return { skipped: 'redis-server and redis-cli are not installed' };
    const folder = await mkdtemp(join(tmpdir(), 'cfn-bench-signals-'));
    const redis = await realRedis(folder);
    const program = {
      execPath: process.execPath,
      args: [join(import.meta.dirname, '../../dist/store.js')],
    };
    const coordination = createCoordination({ folder, program, idleMs: 1000 });
    try {
      const credential = await coordination.credential('bench');
      if (!credential.ok) throw new Error(credential.error.message);
      return [
        await wakeUps(
          { url: credential.value.url, pid: await pidOfStore(folder) },
          { url: `redis://127.0.0.1:${redis.port}`, pid: redis.pid },
          short ? 100 : 5000,
        ),
        await collecting(coordination, redis.port, short ? 2 : 15),
      ];
    } finally {
      await coordination.dispose();
      await redis.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};
