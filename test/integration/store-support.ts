import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, DEFAULT_LIMITS, type RunningEngine } from '../../src/adapters/embedded/engine.ts';
import type { Limits } from '../../src/adapters/embedded/command.ts';
import { createNames } from '../../src/adapters/embedded/redis-front/names.ts';
import { createRedisFront } from '../../src/adapters/embedded/redis-front/redis-front.ts';
import { startRespServer } from '../../src/adapters/embedded/server.ts';
import { Users } from '../../src/adapters/embedded/users.ts';
import { createRedisServer } from '../../src/adapters/redis/redis-server.ts';
import type { RedisServer } from '../../src/ports/redis-server.ts';
import { redisConfig, type RedisSettings } from '../../src/protocol/redis-settings.ts';

export const ADMIN_PASSWORD = 'admin-password-of-the-test';

export interface TestStore {
  readonly engine: RunningEngine;
  readonly port: number;
  readonly adminUrl: string;
  taskUrl(taskId: string): string;
  /** Moves the store's own clock. */
  advance(ms: number): void;
  close(): Promise<void>;
}

export async function startTestStore(limits: Partial<Limits> = {}): Promise<TestStore> {
  let offset = 0;
  let fence = 0;
  const users = new Users({
    adminPassword: ADMIN_PASSWORD,
    tasks: new Map(),
    newPassword: () => randomBytes(16).toString('hex'),
    onChange: () => undefined,
  });
  const engine = createEngine({
    users,
    limits: { ...DEFAULT_LIMITS, ...limits },
    runId: 'run-1',
    now: () => Date.now() + offset,
    nextFence: () => ++fence,
    shutDown: () => undefined,
  });
  const server = await startRespServer({ engine, port: 0 });
  if (!server.ok) throw new Error(server.error);
  const { port } = server.value;
  return {
    engine,
    port,
    adminUrl: `redis://default:${ADMIN_PASSWORD}@127.0.0.1:${port}`,
    taskUrl: (taskId) => `redis://task-${taskId}:${users.grant(taskId)}@127.0.0.1:${port}`,
    advance(ms) {
      offset += ms;
    },
    close: () => server.value.close(),
  };
}

export interface FrontedRedis extends Omit<TestStore, 'advance'> {
  readonly server: RedisServer;
  readonly namespace: string;
  readonly lines: readonly string[];
}

/** Our front before a server of the user's own. */
export async function startFront(
  settings: RedisSettings,
  credentials: Parameters<typeof redisConfig>[1] = { password: ADMIN_PASSWORD },
): Promise<FrontedRedis> {
  const config = redisConfig(settings, credentials);
  if (!config.ok) throw new Error(config.error);
  const namespace = randomBytes(8).toString('hex');
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  let fence = 0;
  const users = new Users({
    adminPassword: ADMIN_PASSWORD,
    tasks: new Map(),
    newPassword: () => randomBytes(16).toString('hex'),
    onChange: () => undefined,
  });
  const engine = createEngine({
    users,
    limits: DEFAULT_LIMITS,
    runId: 'run-1',
    now: Date.now,
    nextFence: () => ++fence,
    shutDown: () => undefined,
  });
  const names = createNames(namespace);
  const server = await createRedisServer({
    config: config.value,
    markerKey: names.marker,
    newId: () => randomBytes(8).toString('hex'),
    log,
    pulseMs: 50,
  });
  const front = createRedisFront({ engine, server, names, log });
  await server.start();
  const listening = await startRespServer({ engine: front, port: 0 });
  if (!listening.ok) throw new Error(listening.error);
  const { port } = listening.value;
  return {
    engine,
    server,
    namespace,
    lines,
    port,
    adminUrl: `redis://default:${ADMIN_PASSWORD}@127.0.0.1:${port}`,
    taskUrl: (taskId) => `redis://task-${taskId}:${users.grant(taskId)}@127.0.0.1:${port}`,
    close: async () => {
      await listening.value.close();
      await server.dispose();
    },
  };
}

/** Where a program is, `null` when it is not installed. */
export function findProgram(name: string): string | null {
  try {
    return execFileSync(process.platform === 'win32' ? 'where' : 'which', [name], {
      encoding: 'utf8',
    }).trim();
  } catch {
    return null;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}

export interface RealRedis {
  readonly port: number;
  /** Stops answering, as a server that hangs. */
  freeze(): void;
  thaw(): void;
  /** Ends it; a new one at the same port has none of its keys. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** A real redis-server with the same password as the test store, `null` where there is none. */
export async function startRedis(
  options: { readonly args?: readonly string[]; readonly password?: boolean } = {},
): Promise<RealRedis | null> {
  const program = findProgram('redis-server');
  if (!program) return null;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'cfn-redis-'));
  const words = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const login = options.password === false ? [] : ['--requirepass', ADMIN_PASSWORD];
  const plain = options.args?.includes('--tls-port') ? [] : ['--port', String(port)];
  const tls = plain.length > 0 ? [] : ['--port', '0', '--tls-port', String(port)];
  const given = (options.args ?? []).filter((word) => word !== '--tls-port');
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(program, [...plain, ...tls, ...words, ...login, ...given]);
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.once('exit', () => reject(new Error(`redis-server ended: ${said}`)));
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes('Ready to accept connections')) resolve();
        });
      }
    });
    return child;
  };
  let child = await start();
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  return {
    port,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill,
    restart: async () => {
      await kill();
      child = await start();
    },
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface RawConnection {
  readonly socket: Socket;
  write(text: string): void;
  /** Everything that came up to and without the end. */
  until(end: string): Promise<string>;
  /** Sends one command and returns its raw answer, found by an ECHO that follows it. */
  ask(...args: readonly string[]): Promise<string>;
  /** Sends one command and returns its one frame; for transactions, in which an ECHO would be queued. */
  askOne(...args: readonly string[]): Promise<string>;
  /** Resolves with all that is left when the other side closes. */
  closed(): Promise<string>;
  end(): void;
}

export const frame = (args: readonly string[]): string =>
  `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;

/** One character for each byte in both directions. */
export async function openRaw(port: number, login: readonly string[] | null = null): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  let received = '';
  let over = false;
  let wake: () => void = () => undefined;
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    over = true;
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let marks = 0;
  const connection: RawConnection = {
    socket,
    write: (text) => void socket.write(text, 'latin1'),
    async until(end) {
      for (let at = received.indexOf(end); ; at = received.indexOf(end)) {
        if (at >= 0) {
          const text = received.slice(0, at);
          received = received.slice(at + end.length);
          return text;
        }
        if (over) throw new Error(`closed after ${JSON.stringify(received.slice(0, 400))}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async ask(...args) {
      const mark = `mark-${++marks}-${randomBytes(4).toString('hex')}`;
      connection.write(frame(args) + frame(['ECHO', mark]));
      return connection.until(`$${mark.length}\r\n${mark}\r\n`);
    },
    async askOne(...args) {
      connection.write(frame(args));
      for (;;) {
        const end = endOfFrame(received, 0);
        if (end !== null) {
          const text = received.slice(0, end);
          received = received.slice(end);
          return text;
        }
        if (over) throw new Error('closed');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async closed() {
      if (!over) await new Promise((resolve) => socket.once('close', resolve));
      return received;
    },
    end: () => socket.destroy(),
  };
  if (login) {
    const answer = await connection.askOne('AUTH', ...login);
    if (answer !== '+OK\r\n') throw new Error(answer);
  }
  return connection;
}

/** Where a frame ends, `null` while it is not whole. */
function endOfFrame(text: string, start: number): number | null {
  const line = text.indexOf('\r\n', start);
  if (line < 0) return null;
  const count = Number(text.slice(start + 1, line));
  let end = line + 2;
  if ('$='.includes(text[start] ?? ' ')) {
    end += count < 0 ? 0 : count + 2;
    return end <= text.length ? end : null;
  }
  const items = '*~>'.includes(text[start] ?? ' ') ? count : text[start] === '%' ? 2 * count : 0;
  for (let item = 0; item < items; item++) {
    const next = endOfFrame(text, end);
    if (next === null) return null;
    end = next;
  }
  return end;
}
