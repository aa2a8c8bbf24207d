import type { Redis } from 'ioredis';
import { Emitter } from '../../base/emitter.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError, Restored, StoreHealth } from '../../ports/coordination.ts';
import type { RedisConfig } from '../../protocol/redis-settings.ts';
import { STORE_UNAVAILABLE } from '../../protocol/store-file.ts';
import { ensureStore, type StoreAddress, type StoreProgram } from './store-launch.ts';

export interface StoreConnectionOptions {
  readonly folder: string;
  readonly program: StoreProgram;
  readonly idleMs?: number | undefined;
  /** Who holds the lease: shown in the store's INFO. */
  readonly name: string;
  /** For one command, including the wait for a store that is just coming back. */
  readonly deadlineMs: number;
  readonly redis?: RedisConfig | null | undefined;
}

export interface Connected {
  readonly redis: Redis;
  readonly address: StoreAddress;
}

const START_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** How often the store is asked for its state: a server behind it may go at any time. */
const PULSE_MS = { embedded: 15_000, redis: 250 } as const;
/** Begins what people are told while their Redis is away; the log puts the level before it. */
const DEGRADED = 'Redis unavailable, using local cache';

/**
 * Keeps one connection to the folder's store: starts the store when there is none, and again when it is gone.
 * ioredis itself does not reconnect, since the store may have to be started, at another port perhaps.
 */
export class StoreConnection {
  readonly lost = new Emitter<string>();
  readonly restored = new Emitter<Restored>();
  private readonly options: StoreConnectionOptions;
  private readonly disposal = new AbortController();
  private current: Connected | null = null;
  private connecting: Promise<void> | null = null;
  private attempt: Promise<boolean> | null = null;
  private runId: string | null = null;
  private tried = false;
  private lastProblem = 'the coordination store is not connected yet';
  /** Of the server behind the store. */
  private serving = true;
  private behind = '';
  health: StoreHealth = { serving: false, behind: '', problem: this.lastProblem };

  constructor(options: StoreConnectionOptions) {
    this.options = options;
  }

  /** Runs commands on the connection; everything that does not come in time is `unavailable`. */
  async use<T>(run: (connected: Connected) => Promise<T>): Promise<Result<T, CoordinationError>> {
    const connected = await this.connected();
    if (!connected) return err({ kind: 'unavailable', message: this.lastProblem });
    try {
      return ok(await run(connected));
    } catch (error) {
      return err(this.explain(error, connected));
    }
  }

  async dispose(): Promise<void> {
    this.disposal.abort(new Error('the coordination store was let go'));
    this.current?.redis.disconnect();
    this.current = null;
    this.lost.dispose();
    this.restored.dispose();
    await this.connecting;
  }

  async connected(): Promise<Connected | null> {
    if (this.current) return this.current;
    if (this.disposal.signal.aborted) return null;
    // The very first attempt may have to start the program; when it failed, nobody waits so long again.
    const first = !this.tried;
    this.connecting ??= this.connectUntilDone();
    if (first && this.attempt) await settledWithin(this.attempt, START_MS);
    else await settledWithin(this.connecting, this.options.deadlineMs);
    return this.current;
  }

  private async connectUntilDone(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.disposal.signal.aborted && !(await (this.attempt = this.connect()))) {
      await sleep(pause, this.disposal.signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    this.connecting = null;
  }

  private async connect(): Promise<boolean> {
    const { folder, program, idleMs, name, deadlineMs, redis: server } = this.options;
    const { signal } = this.disposal;
    const request = { folder, program, idleMs, deadlineMs: START_MS, signal, redis: server };
    const address = await ensureStore(request);
    this.tried = true;
    if (!address.ok) {
      this.lastProblem = address.error.message;
      return false;
    }
    const redis = await openRedis(address.value, deadlineMs);
    try {
      await redis.connect();
      await redis.call('CFN.LEASE', name);
      const state = await readState(redis);
      if (signal.aborted) {
        redis.disconnect();
        return true;
      }
      this.adopt({ redis, address: address.value }, state);
      return true;
    } catch (error) {
      this.lastProblem = error instanceof Error ? error.message : String(error);
      redis.disconnect();
      return false;
    }
  }

  private adopt(connected: Connected, state: StoreState): void {
    const { redis } = connected;
    this.current = connected;
    // A store that hangs keeps its socket open; only an unanswered command tells.
    const pulse = setInterval(
      () => {
        void this.look(connected);
      },
      state.behind === 'embedded' ? PULSE_MS.embedded : PULSE_MS.redis,
    );
    pulse.unref();
    redis.once('end', () => {
      clearInterval(pulse);
      if (this.current?.redis !== redis) return;
      this.current = null;
      this.lose('the connection to the coordination store was lost');
      this.connecting ??= this.connectUntilDone();
    });
    if (this.runId === null) {
      this.runId = state.generation;
      this.behind = state.behind;
      this.health = { serving: true, behind: this.behind, problem: '' };
    } else {
      this.serving = false;
    }
    this.become(state);
  }

  private async look(connected: Connected): Promise<void> {
    try {
      const state = await readState(connected.redis);
      if (this.current === connected) this.become(state);
    } catch {
      connected.redis.disconnect();
    }
  }

  /** Follows what the store says of the server behind it. */
  private become(state: StoreState): void {
    this.behind = state.behind;
    if (!state.up) {
      if (this.serving) this.lose(`${DEGRADED} (${state.problem})`);
      return;
    }
    const emptied = this.runId !== state.generation;
    if (this.serving && !emptied) return;
    this.serving = true;
    this.runId = state.generation;
    this.health = { serving: true, behind: this.behind, problem: '' };
    this.restored.fire({ emptied });
  }

  private lose(problem: string): void {
    this.serving = false;
    this.lastProblem = problem;
    this.health = { serving: false, behind: this.behind, problem };
    this.lost.fire(problem);
  }

  private explain(error: unknown, connected: Connected): CoordinationError {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof Error && error.name === 'ReplyError') {
      // The store is there; the server behind it is not.
      return { kind: message.startsWith(STORE_UNAVAILABLE) ? 'unavailable' : 'rejected', message };
    }
    connected.redis.disconnect();
    return { kind: 'unavailable', message };
  }
}

interface StoreState {
  readonly up: boolean;
  readonly generation: string;
  readonly problem: string;
  readonly behind: string;
}

async function readState(redis: Redis): Promise<StoreState> {
  const reply = await redis.call('CFN.STATE');
  const [state = '', generation = '', problem = '', behind = ''] = Array.isArray(reply)
    ? reply.map(String)
    : [];
  return { up: state === 'up', generation, problem, behind };
}

async function openRedis(address: StoreAddress, deadlineMs: number): Promise<Redis> {
  const { Redis } = await import('ioredis');
  const redis = new Redis({
    host: '127.0.0.1',
    port: address.port,
    username: 'default',
    password: address.adminPassword,
    lazyConnect: true,
    connectTimeout: deadlineMs,
    commandTimeout: deadlineMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  });
  // Every failure also rejects the command that met it; without a listener it would be printed as well.
  redis.on('error', () => undefined);
  return redis;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}

function settledWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void promise.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
