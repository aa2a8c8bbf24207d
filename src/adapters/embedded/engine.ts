import type { Checkpoints } from '../../ports/checkpoints.ts';
import { Changes } from './changes.ts';
import { COMMANDS } from './command-table.ts';
import { keysOfCommand, type Command, type Engine, type Limits, type Session } from './command.ts';
import { Keyspace } from './keyspace.ts';
import { PubSub } from './pubsub.ts';
import { error, OUT_OF_MEMORY, simple, type Reply } from './reply.ts';
import { mayReach, nameOf, type User, type Users } from './users.ts';
import { Waiters } from './waiters.ts';

export const DEFAULT_LIMITS: Limits = {
  memoryBytes: 256 * 1024 * 1024,
  bulkBytes: 32 * 1024 * 1024,
  replyBytes: 128 * 1024 * 1024,
  clients: 1000,
  transactionCommands: 10_000,
};

export interface EngineOptions {
  readonly users: Users;
  readonly limits: Limits;
  readonly runId: string;
  readonly now: () => number;
  readonly nextFence: () => number;
  readonly shutDown: () => void;
  readonly checkpoints?: Checkpoints | null;
}

const NOAUTH = error('NOAUTH Authentication required.');
const QUEUED = simple('QUEUED');
const SWEEP_KEYS = 500;
const LONGEST_SWEEP_PAUSE_MS = 60_000;

/** What answers the clients of the server: the embedded engine, or a front before a real Redis. */
export interface Front {
  readonly limits: Limits;
  readonly sessions: Map<number, Session>;
  /** Runs a command of a client: checks, queues or executes it, and serves those who wait. */
  dispatch(session: Session, args: readonly string[]): Reply;
  /** The client reads no more, so nothing may be taken from a list for it. */
  stopWaiting(session: Session): void;
  leave(session: Session): void;
  /** When a client that is logged in was last here, in epoch milliseconds; now, while there is one. */
  usedAt(): number;
  dispose(): void;
}

export interface RunningEngine extends Engine, Front {
  readonly sessions: Map<number, Session>;
}

/** Keys, clients and rules of one store; the server gives it commands. */
export function createEngine(options: EngineOptions): RunningEngine {
  const watchers = new Map<string, Set<Session>>();
  const changes = new Changes();
  const keyspace = new Keyspace({
    now: options.now,
    onTouch(key) {
      for (const session of watchers.get(key) ?? []) session.dirty = true;
      changes.note(key);
    },
  });
  const sessions = new Map<number, Session>();
  const sweeper = createSweeper(keyspace, options.now);
  let usedAt = options.now();

  const engine: RunningEngine = {
    keyspace,
    waiters: new Waiters(options.now),
    changes,
    pubsub: new PubSub(),
    users: options.users,
    limits: options.limits,
    runId: options.runId,
    startedAt: options.now(),
    checkpoints: options.checkpoints ?? null,
    sessions,
    now: options.now,
    nextFence: options.nextFence,
    shutDown: options.shutDown,

    watch(session, key) {
      // An end that is already over is no change that comes after the watch.
      keyspace.has(key);
      session.watched.add(key);
      watchers.set(key, (watchers.get(key) ?? new Set()).add(session));
    },
    unwatch(session) {
      for (const key of session.watched) {
        const sessionsOfKey = watchers.get(key);
        sessionsOfKey?.delete(session);
        if (sessionsOfKey?.size === 0) watchers.delete(key);
      }
      session.watched.clear();
      session.dirty = false;
    },
    execute(session, args) {
      const command = COMMANDS.get((args[0] ?? '').toLowerCase());
      if (!command) return unknown(args);
      if (command.grows && keyspace.used > options.limits.memoryBytes) return OUT_OF_MEMORY;
      return command.run(args, { engine, session });
    },
    dispatch(session, args) {
      const reply = dispatch(engine, session, args);
      engine.waiters.serve();
      sweeper.plan();
      return reply;
    },
    stopWaiting(session) {
      engine.waiters.leave(session);
      changes.leave(session);
    },
    leave(session) {
      engine.stopWaiting(session);
      engine.pubsub.leave(session);
      engine.unwatch(session);
      if (session.user) usedAt = options.now();
      sessions.delete(session.id);
    },
    usedAt() {
      for (const session of sessions.values()) if (session.user) usedAt = options.now();
      return usedAt;
    },
    dispose() {
      changes.dispose();
      sweeper.dispose();
    },
  };
  return engine;
}

function dispatch(engine: RunningEngine, session: Session, args: readonly string[]): Reply {
  const admitted = admit(engine, session, args);
  return admitted.reply ?? admitted.command.run(args, { engine, session });
}

type Admitted = { readonly reply: Reply } | { readonly reply: null; readonly command: Command };

/** The command that may run now, or the reply that stands for it: a refusal, or that it was queued. */
export function admit(engine: RunningEngine, session: Session, args: readonly string[]): Admitted {
  const command = COMMANDS.get((args[0] ?? '').toLowerCase());
  const refusal = command ? refuse(engine, session, command, args) : unknown(args);
  const { transaction } = session;
  if (refusal || !command) {
    if (transaction) transaction.failed = true;
    return { reply: refusal ?? unknown(args) };
  }
  if (!transaction || command.immediate) return { reply: null, command };
  transaction.bytes += args.reduce((sum, arg) => sum + arg.length + 32, 0);
  if (
    transaction.queue.length >= engine.limits.transactionCommands ||
    transaction.bytes > engine.limits.bulkBytes
  ) {
    transaction.failed = true;
    return { reply: error('ERR transaction is too large') };
  }
  transaction.queue.push(args);
  return { reply: QUEUED };
}

function refuse(
  engine: RunningEngine,
  session: Session,
  command: Command,
  args: readonly string[],
): Reply | null {
  const { arity } = command;
  if (arity < 0 ? args.length < -arity : args.length !== arity) {
    return error(`ERR wrong number of arguments for '${command.name}' command`);
  }
  if (command.access !== 'open') {
    if (!session.user) return NOAUTH;
    const denied = deny(session.user, command, args);
    if (denied) return denied;
  }
  const subscribed = session.protocol === 2 && session.channels.size + session.patterns.size > 0;
  if (subscribed && !command.whileSubscribed) {
    return error(
      `ERR Can't execute '${command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    );
  }
  if (session.transaction && command.alone) return error('ERR Command not allowed inside a transaction');
  if (command.grows && engine.keyspace.used > engine.limits.memoryBytes) return OUT_OF_MEMORY;
  return null;
}

function deny(user: User, command: Command, args: readonly string[]): Reply | null {
  if (user.kind === 'admin') return null;
  if (command.access === 'admin') {
    return error(`NOPERM User ${nameOf(user)} has no permissions to run the '${command.name}' command`);
  }
  if (keysOfCommand(command, args).some((key) => !mayReach(user, key))) {
    return error('NOPERM this user has no permissions to access one of the keys used as arguments');
  }
  const channels = command.name === 'psubscribe' ? [] : (command.channels?.(args) ?? []);
  if (channels.some((channel) => !mayReach(user, channel))) {
    return error('NOPERM this user has no permissions to access one of the channels used as arguments');
  }
  return null;
}

function unknown(args: readonly string[]): Reply {
  let shown = '';
  for (const arg of args.slice(1)) {
    if (shown.length >= 128) break;
    shown += `'${arg.slice(0, 128 - shown.length)}' `;
  }
  return error(`ERR unknown command '${(args[0] ?? '').slice(0, 128)}', with args beginning with: ${shown}`);
}

/** Removes ended keys in slices, so that many of them neither block the others nor wait for each other. */
function createSweeper(keyspace: Keyspace, now: () => number): { plan(): void; dispose(): void } {
  let timer: NodeJS.Timeout | null = null;
  let dueAt = Number.POSITIVE_INFINITY;
  let disposed = false;
  const arm = (at: number): void => {
    if (timer) clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(run, Math.min(Math.max(at - now(), 1), LONGEST_SWEEP_PAUSE_MS));
    timer.unref();
  };
  const run = (): void => {
    timer = null;
    dueAt = Number.POSITIVE_INFINITY;
    const next = keyspace.sweep(SWEEP_KEYS);
    if (next !== null && !disposed) arm(next);
  };
  return {
    plan() {
      const next = keyspace.nextEnd;
      if (next !== null && next < dueAt && !disposed) arm(next);
    },
    dispose() {
      disposed = true;
      if (timer) clearTimeout(timer);
    },
  };
}
