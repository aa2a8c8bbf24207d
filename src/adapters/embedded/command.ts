import type { Checkpoints } from '../../ports/checkpoints.ts';
import type { Changes } from './changes.ts';
import type { Keyspace } from './keyspace.ts';
import type { PubSub } from './pubsub.ts';
import type { Protocol, Reply } from './reply.ts';
import type { Users, User } from './users.ts';
import type { Waiters } from './waiters.ts';

export interface Transaction {
  readonly queue: (readonly string[])[];
  bytes: number;
  /** A command could not be queued, so EXEC will not run any. */
  failed: boolean;
}

/** One connected client. */
export interface Session {
  readonly id: number;
  readonly address: string;
  protocol: Protocol;
  name: string;
  user: User | null;
  failedLogins: number;
  transaction: Transaction | null;
  /** While EXEC runs, nothing blocks. */
  executing: boolean;
  readonly watched: Set<string>;
  /** A watched key was changed by somebody. */
  dirty: boolean;
  readonly channels: Set<string>;
  readonly patterns: Set<string>;
  /** Who uses the store through this connection, when it said so. */
  lease: string | null;
  /** Sends outside of the order of commands: messages, and the reply of a blocked command. */
  send(reply: Reply): void;
  /** Holds back the following commands until `unblock`. */
  block(): void;
  unblock(reply: Reply): void;
  /** Closes after what was sent so far. */
  close(): void;
}

export interface Limits {
  readonly memoryBytes: number;
  readonly bulkBytes: number;
  readonly replyBytes: number;
  readonly clients: number;
  readonly transactionCommands: number;
}

export interface Engine {
  readonly keyspace: Keyspace;
  readonly waiters: Waiters;
  readonly changes: Changes;
  readonly pubsub: PubSub;
  readonly users: Users;
  readonly limits: Limits;
  readonly runId: string;
  readonly startedAt: number;
  /** `null`: this store keeps none. */
  readonly checkpoints: Checkpoints | null;
  readonly sessions: ReadonlyMap<number, Session>;
  /** Epoch milliseconds. */
  now(): number;
  /** A number higher than all before, also over restarts. */
  nextFence(): number;
  watch(session: Session, key: string): void;
  unwatch(session: Session): void;
  /** Runs one command as EXEC does. */
  execute(session: Session, args: readonly string[]): Reply;
  shutDown(): void;
}

export interface CommandContext {
  readonly engine: Engine;
  readonly session: Session;
}

/** Where the keys stand: first, last (negative: counted from the end) and step, as Redis tells it. */
export type KeyPositions = readonly [first: number, last: number, step: number];
export const NO_KEYS: KeyPositions = [0, 0, 0];
export const ONE_KEY: KeyPositions = [1, 1, 1];
export const ALL_KEYS: KeyPositions = [1, -1, 1];
export const TWO_KEYS: KeyPositions = [1, 2, 1];

export interface Command {
  readonly name: string;
  /** Counts the name itself; negative: at least. */
  readonly arity: number;
  readonly keys: KeyPositions;
  /** `open`: before the login too. `admin`: never for a task. */
  readonly access?: 'open' | 'admin';
  readonly write?: boolean;
  /** May make the store larger, so it is refused when the store is full. */
  readonly grows?: boolean;
  /** Not allowed between MULTI and EXEC. */
  readonly alone?: boolean;
  /** Allowed while subscribed with RESP2. */
  readonly whileSubscribed?: boolean;
  /** Runs at once between MULTI and EXEC. */
  readonly immediate?: boolean;
  /** Channels that the command names, for the same rule as keys. */
  readonly channels?: (args: readonly string[]) => readonly string[];
  /** Where positions do not tell. */
  readonly keysOf?: (args: readonly string[]) => readonly string[];
  run(args: readonly string[], context: CommandContext): Reply;
}

export function keysOfCommand(command: Command, args: readonly string[]): readonly string[] {
  if (command.keysOf) return command.keysOf(args);
  const [first, last, step] = command.keys;
  if (first === 0) return [];
  const end = last < 0 ? args.length + last : last;
  const keys: string[] = [];
  for (let at = first; at <= end && at < args.length; at += step) keys.push(args[at] ?? '');
  return keys;
}
