import { connect, type Socket } from 'node:net';
import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import { STORE_UNAVAILABLE } from '../../protocol/store-file.ts';
import type { RespFailure, RespValue, StoreCommands } from '../../ports/store-commands.ts';

export interface RespClientOptions {
  /** `redis://[user:password@]host:port` */
  readonly url: string;
  /** For the connection, and for each command that names none. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Words and replies are bytes, a character for each (latin1), instead of UTF-8. */
  readonly bytes?: boolean;
  /** Does not keep the process alive. */
  readonly background?: boolean;
}

const unavailable = (message: string): CoordinationError => ({ kind: 'unavailable', message });

/** A connection of a few lines, for programs that start often and for waits that may be cut off at any time. */
export async function openRespClient(
  options: RespClientOptions,
): Promise<Result<StoreCommands, CoordinationError>> {
  const target = parseUrl(options.url);
  if (!target)
    return err(unavailable('the URL of the coordination store takes redis://user:password@host:port'));
  const socket = connect({ host: target.host, port: target.port, noDelay: true });
  if (options.background) socket.unref();
  const client = new Connection(socket, options);
  if (target.password !== null) {
    const words = target.user === null ? [target.password] : [target.user, target.password];
    const login = await client.command(['AUTH', ...words]);
    if (!login.ok) {
      client.close();
      return login;
    }
  }
  return ok(client);
}

function parseUrl(text: string): {
  readonly host: string;
  readonly port: number;
  readonly user: string | null;
  readonly password: string | null;
} | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'redis:' || url.hostname === '') return null;
  return {
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    user: url.username === '' ? null : decodeURIComponent(url.username),
    password: url.password === '' ? null : decodeURIComponent(url.password),
  };
}

type Waiting = (reply: Result<RespValue, CoordinationError>) => void;

class Connection implements StoreCommands {
  private readonly socket: Socket;
  private readonly deadlineMs: number;
  private readonly waiting: Waiting[] = [];
  private readonly encoding: BufferEncoding;
  private readonly reader: ReplyReader;
  private failure: string | null = null;

  constructor(socket: Socket, { deadlineMs, signal, bytes }: RespClientOptions) {
    this.socket = socket;
    this.deadlineMs = deadlineMs;
    this.encoding = bytes ? 'latin1' : 'utf8';
    this.reader = new ReplyReader(this.encoding);
    const onAbort = (): void => this.fail('cancelled');
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.fail(error.message));
    socket.on('close', () => {
      signal?.removeEventListener('abort', onAbort);
      this.fail('the connection was closed');
    });
    if (signal?.aborted) onAbort();
  }

  get closed(): boolean {
    return this.failure !== null;
  }

  command(
    args: readonly string[],
    options: { readonly deadlineMs?: number } = {},
  ): Promise<Result<RespValue, CoordinationError>> {
    if (this.failure !== null) return Promise.resolve(err(unavailable(this.failure)));
    const deadlineMs = options.deadlineMs ?? this.deadlineMs;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.fail(`no answer within ${deadlineMs} ms`), deadlineMs);
      this.waiting.push((reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      this.socket.write(encodeCommand(args, this.encoding));
    });
  }

  close(): void {
    this.fail('the connection was closed');
  }

  private receive(chunk: Buffer): void {
    this.reader.push(chunk);
    try {
      for (let reply = this.reader.next(); reply !== undefined; reply = this.reader.next()) {
        this.waiting.shift()?.(isFailure(reply) ? err(refusalOf(reply)) : ok(reply));
      }
    } catch {
      this.fail('the answer is no RESP');
    }
  }

  private fail(message: string): void {
    this.failure ??= message;
    this.socket.destroy();
    for (const waiting of this.waiting.splice(0)) waiting(err(unavailable(this.failure)));
  }
}

function isFailure(value: RespValue): value is RespFailure {
  return typeof value === 'object' && value !== null && 'error' in value;
}

/** The store answers for a server behind it that does not. */
function refusalOf({ error }: RespFailure): CoordinationError {
  return { kind: error.startsWith(STORE_UNAVAILABLE) ? 'unavailable' : 'rejected', message: error };
}

function encodeCommand(args: readonly string[], encoding: BufferEncoding): Buffer {
  const parts = args.flatMap((arg) => {
    const bytes = Buffer.from(arg, encoding);
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')];
  });
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}

/** Reads whole replies from any split of the stream; throws on what is no RESP2. */
class ReplyReader {
  private buffer: Buffer = Buffer.alloc(0);
  private at = 0;
  private readonly encoding: BufferEncoding;

  constructor(encoding: BufferEncoding) {
    this.encoding = encoding;
  }

  push(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer.subarray(this.at), chunk]);
    this.at = 0;
  }

  /** `undefined` until a whole reply has come. */
  next(): RespValue | undefined {
    const start = this.at;
    const value = this.read();
    if (value === undefined) this.at = start;
    return value;
  }

  private read(): RespValue | undefined {
    const line = this.line();
    if (line === undefined) return undefined;
    const text = line.slice(1);
    switch (line[0]) {
      case '+':
        return text;
      case '-':
        return { error: text };
      case ':':
        return Number(text);
      case '$':
        return this.bulk(Number(text));
      case '*':
        return this.array(Number(text));
      default:
        throw new Error('no RESP2');
    }
  }

  private line(): string | undefined {
    const end = this.buffer.indexOf('\r\n', this.at);
    if (end < 0) return undefined;
    const line = this.buffer.toString('utf8', this.at, end);
    this.at = end + 2;
    return line;
  }

  private bulk(length: number): string | null | undefined {
    if (length < 0) return null;
    const end = this.at + length;
    if (end + 2 > this.buffer.length) return undefined;
    const text = this.buffer.toString(this.encoding, this.at, end);
    this.at = end + 2;
    return text;
  }

  private array(length: number): readonly RespValue[] | null | undefined {
    if (length < 0) return null;
    const items: RespValue[] = [];
    while (items.length < length) {
      const item = this.read();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
}
