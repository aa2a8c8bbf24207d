import type { Listen } from '../base/emitter.ts';
import type { Result } from '../base/result.ts';

/**
 * A reply of a Redis server as it came: a number as its digits, any text as bytes (one character each, latin1),
 * nothing as `null`.
 */
export type ServerReply =
  | { readonly kind: 'integer'; readonly digits: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'list'; readonly items: readonly ServerReply[] }
  | { readonly kind: 'refused'; readonly message: string };

/** Why there is no reply: the server is not reachable, or all connections for waiting are taken. */
export interface NoReply {
  readonly kind: 'unavailable' | 'busy';
  readonly message: string;
}

export type Answer = Result<ServerReply, NoReply>;

/** One command; every word is latin1 text, a character for each byte. */
export type Words = readonly string[];

export interface ServerState {
  readonly up: boolean;
  /** Another text as soon as the server may have lost keys: a restart, a fail-over, a wipe. Empty before the first contact. */
  readonly generation: string;
  /** Why it is down, in one sentence without credentials; empty while it is up. */
  readonly problem: string;
}

/** A connection that one client has for itself: for waiting and for watched keys. */
export interface HeldConnection {
  send(words: Words): Promise<Answer>;
  /** Runs the commands as one transaction; `nothing` when a watched key was changed. */
  transaction(commands: readonly Words[]): Promise<Answer>;
  /** Gives it back for others. */
  release(): void;
  /** Closes it; what is under way on it fails. */
  abort(): void;
}

export interface ScanRequest {
  readonly cursor: string;
  readonly match: string;
  readonly count: number;
  readonly type: string | null;
}

export interface ScanPage {
  readonly cursor: string;
  readonly keys: readonly string[];
}

export interface Message {
  /** The pattern that matched, `null` for a channel's own message. */
  readonly pattern: string | null;
  readonly channel: string;
  readonly text: string;
}

/**
 * How changes of keys are noticed. `tracking`: the server tells of them (CLIENT TRACKING), to us alone.
 * `keyspace-events`: the server has them on already. `none`: it tells nothing, so who wants to know has to look.
 */
export type ChangeSource = 'tracking' | 'keyspace-events' | 'none';

export interface KeyWatchRequest {
  /** Of the server's keys. */
  readonly prefix: string;
  /** Also of changes by other programs; `null`: any key may have changed. */
  readonly onChange: (keys: readonly string[] | null) => void;
  /** A connection broke; nothing more is told. */
  readonly onLost: () => void;
}

export interface KeyWatch {
  readonly source: ChangeSource;
  dispose(): void;
}

/** A user's own Redis, as the coordination store's front uses it. Keys and channels are those of the server. */
export interface RedisServer {
  /** `single`, `sentinel` or `cluster` with its address, without credentials. */
  readonly description: string;
  readonly state: ServerState;
  readonly onState: Listen<ServerState>;
  /** Connects and goes on trying; resolves after the first try. */
  start(): Promise<void>;
  /** Every command has a deadline; what was not answered in time is `unavailable`. */
  send(words: Words): Promise<Answer>;
  transaction(commands: readonly Words[]): Promise<Answer>;
  /** For `key`'s place in a cluster. */
  hold(key: string): Promise<Result<HeldConnection, NoReply>>;
  /** Goes through all keys that match, over all masters of a cluster. `cursor` is `0` at the start and at the end. */
  scan(request: ScanRequest): Promise<Result<ScanPage, NoReply>>;
  subscribe(kind: 'channel' | 'pattern', name: string): Promise<Result<void, NoReply>>;
  unsubscribe(kind: 'channel' | 'pattern', name: string): Promise<void>;
  /** Resolves when what was published before has been heard. */
  heard(): Promise<void>;
  readonly onMessage: Listen<Message>;
  /** Keys of the chosen database on all masters, those of others too; costs next to nothing. */
  size(): Promise<Result<number, NoReply>>;
  /** No setting of the server is changed. */
  watchKeys(request: KeyWatchRequest): Promise<KeyWatch>;
  /** Asks the fallback server, which serves reads of caches alone; `null` where there is none or it fails. */
  readFallback(words: Words): Promise<ServerReply | null>;
  dispose(): Promise<void>;
}
