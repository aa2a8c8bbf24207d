import { Emitter } from '../../base/emitter.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type {
  NoReply,
  RedisServer,
  ScanPage,
  ScanRequest,
  ServerReply,
  ServerState,
} from '../../ports/redis-server.ts';
import { describeTarget, type RedisConfig, type RedisTarget } from '../../protocol/redis-settings.ts';
import { createClient, mastersOf, type Client } from './clients.ts';
import { Generation } from './generation.ts';
import { createHeldPool, send, transact } from './held.ts';
import { watchKeys } from './key-watch.ts';
import { toReply, unavailable } from './reply.ts';
import { Subscriber } from './subscriber.ts';

export interface RedisServerOptions {
  readonly config: RedisConfig;
  readonly markerKey: (number: number) => string;
  readonly newId: () => string;
  readonly log: (line: string) => void;
  /** How often the server is asked whether it is there; 400 ms by default. */
  readonly pulseMs?: number;
}

/** With the deadline of a command, a server that hangs is noticed within a second and a half. */
const PULSE_MS = 400;
/** A caller may wait so long for a connection that is just coming back. */
const UNNOTICED_MS = 1000;

/** Connects to a user's own Redis through ioredis and watches over it. */
export async function createRedisServer(options: RedisServerOptions): Promise<RedisServer> {
  const { primary, fallback } = options.config;
  const client = await createClient(primary);
  const watch = new ServerWatch(client, primary, options);
  const pool = createHeldPool(client, primary.blockingConnections);
  const subscriber = new Subscriber(client);
  watch.states.event((state) => {
    if (!state.up) pool.abortAll();
    told = false;
  });
  const spare = fallback ? createSpare(fallback) : null;
  let told = false;

  return {
    description: describeTarget(primary),
    get state() {
      return watch.state;
    },
    onState: watch.states.event,
    start: () => watch.start(),
    send: async (words) =>
      (await watch.serves()) ? send(client, words) : err(unavailable(watch.state.problem)),
    transaction: async (commands) =>
      (await watch.serves()) ? transact(client, commands) : err(unavailable(watch.state.problem)),
    hold: async (key) => ((await watch.serves()) ? pool.hold(key) : err(unavailable(watch.state.problem))),
    scan: async (request) =>
      (await watch.serves()) ? scan(client, request) : err(unavailable(watch.state.problem)),
    subscribe: (kind, name) => subscriber.subscribe(kind, name),
    unsubscribe: (kind, name) => subscriber.unsubscribe(kind, name),
    heard: () => subscriber.heard(),
    onMessage: subscriber.messages.event,
    size: async () => ((await watch.serves()) ? size(client) : err(unavailable(watch.state.problem))),
    watchKeys: (request) => watchKeys(client, request),
    readFallback: async (words) => {
      const reply = spare ? await spare.read(words) : null;
      if (reply && !told) options.log('[WARNING] Primary Redis failed, using fallback');
      told ||= reply !== null;
      return reply;
    },
    dispose: async () => {
      watch.dispose();
      pool.abortAll();
      subscriber.dispose();
      client.disconnect();
      await spare?.dispose();
    },
  };
}

/** Goes over the masters one after the other; the cursor tells where it is. */
async function scan(client: Client, request: ScanRequest): Promise<Result<ScanPage, NoReply>> {
  const masters = mastersOf(client);
  const count = BigInt(Math.max(masters.length, 1));
  const at = BigInt(request.cursor);
  const index = Number(at % count);
  const node = masters[index];
  if (!node) return err(unavailable('the cluster has told nothing of its masters yet'));
  try {
    const words = [String(at / count), 'MATCH', request.match, 'COUNT', String(request.count)];
    if (request.type !== null) words.push('TYPE', request.type);
    const page = toReply(await node.callBuffer('SCAN', words.map(latin1)));
    const [next, found] = page.kind === 'list' ? page.items : [];
    const cursor = BigInt(next?.kind === 'text' ? next.text : 0);
    const keys = found?.kind === 'list' ? found.items : [];
    const after = cursor > 0n ? cursor * count + BigInt(index) : BigInt(index + 1);
    const over = cursor === 0n && index + 1 >= masters.length;
    return ok({
      cursor: over ? '0' : String(after),
      keys: keys.flatMap((key) => (key.kind === 'text' ? [key.text] : [])),
    });
  } catch (error) {
    return err(unavailable(error instanceof Error ? error.message : String(error)));
  }
}

async function size(client: Client): Promise<Result<number, NoReply>> {
  try {
    const sizes = await Promise.all(mastersOf(client).map((master) => master.call('DBSIZE')));
    return ok(sizes.reduce<number>((sum, each) => sum + Number(each), 0));
  } catch (error) {
    return err(unavailable(error instanceof Error ? error.message : String(error)));
  }
}

/** How ioredis says that there is no connection, whatever the reason. */
const GENERAL = /^(?:Stream isn't writeable|Connection is closed|Cluster isn't ready)/;

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Asks the server all the time; says when it went away, when it came back, and whether it may have lost keys. */
class ServerWatch {
  readonly states = new Emitter<ServerState>();
  state: ServerState = { up: false, generation: '', problem: 'Redis has not been reached yet' };
  private readonly client: Client;
  private readonly options: RedisServerOptions;
  private readonly deadlineMs: number;
  private readonly generation: Generation;
  private timer: NodeJS.Timeout | null = null;
  private disposed = false;
  /** What ioredis met last; commands are told of it in general words only. */
  private lastError = '';

  constructor(client: Client, target: RedisTarget, options: RedisServerOptions) {
    this.client = client;
    this.options = options;
    this.deadlineMs = target.commandTimeout;
    this.generation = new Generation({ client, markerKey: options.markerKey, newId: options.newId });
    client.on('error', (error: Error) => {
      this.lastError = error.message;
    });
    client.on('ready', () => this.generation.reconnected());
    client.on('+node', () => this.generation.reconnected());
  }

  async start(): Promise<void> {
    // A refused first connection is tried again by the client itself.
    await within(this.client.connect(), this.deadlineMs).catch(() => undefined);
    await this.beat();
  }

  /** Waits a moment for a server whose loss nobody has noticed yet. */
  async serves(): Promise<boolean> {
    if (!this.state.up) return false;
    if (this.client.status === 'ready') return true;
    return new Promise((resolve) => {
      const done = (up: boolean): void => {
        clearTimeout(timer);
        this.client.off('ready', ready);
        state.dispose();
        resolve(up);
      };
      const ready = (): void => done(true);
      const timer = setTimeout(() => done(false), Math.min(UNNOTICED_MS, this.deadlineMs));
      const state = this.states.event(({ up }) => done(up));
      this.client.on('ready', ready);
    });
  }

  dispose(): void {
    this.disposed = true;
    if (this.timer) clearTimeout(this.timer);
    this.states.dispose();
  }

  private async beat(): Promise<void> {
    const started = performance.now();
    try {
      this.become({
        up: true,
        generation: await within(this.generation.look(), this.deadlineMs),
        problem: '',
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const wasUp = this.state.up;
      this.become({ up: false, generation: this.state.generation, problem: this.explain(message) });
      // A connection that hangs would never be replaced by itself.
      if (wasUp && this.client.status === 'ready') this.client.disconnect(true);
      // Sentinel's connector gives up when a fail-over comes at a bad moment; nothing else would begin again.
      if (this.client.status === 'end' && !this.disposed) this.client.connect().catch(() => undefined);
    }
    if (this.disposed) return;
    const pulse = this.options.pulseMs ?? PULSE_MS;
    this.timer = setTimeout(() => void this.beat(), Math.max(pulse - (performance.now() - started), 1));
    this.timer.unref();
  }

  private explain(message: string): string {
    const where = describeTarget(this.options.config.primary);
    const why = GENERAL.test(message) && this.lastError !== '' ? this.lastError : message;
    return `${where} does not serve: ${why}`;
  }

  private become(next: ServerState): void {
    const before = this.state;
    const changed = before.up !== next.up || before.generation !== next.generation;
    if (!changed && before.problem === next.problem) return;
    this.state = next;
    if (!changed || this.disposed) return;
    if (!next.up && before.up)
      this.options.log(`[WARNING] Redis unavailable, using local cache (${next.problem})`);
    if (next.up && !before.up) this.options.log('[INFO] Redis is available');
    if (next.up && before.up) this.options.log('[WARNING] Redis has lost keys; they are written again');
    this.states.fire(next);
  }
}

/** The fallback server: connected with the first read that needs it, and asked for caches alone. */
function createSpare(target: RedisTarget) {
  let opened: Promise<Client> | null = null;
  const open = async (): Promise<Client> => {
    const client = await createClient(target);
    await within(client.connect(), target.commandTimeout).catch(() => undefined);
    return client;
  };
  return {
    async read(words: readonly string[]): Promise<ServerReply | null> {
      opened ??= open();
      const [name = '', ...args] = words;
      try {
        return toReply(await (await opened).callBuffer(name, args.map(latin1)));
      } catch {
        return null;
      }
    },
    dispose: async () => (await opened)?.disconnect(),
  };
}

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
