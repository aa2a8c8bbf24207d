import type { Socket } from 'node:net';
import type { Session } from './command.ts';
import type { Front } from './engine.ts';
import { encode, error, type Reply } from './reply.ts';
import { createRequestParser, type RequestLimits } from './request-parser.ts';

/** So many commands of one client before the others have their turn. */
const COMMANDS_PER_TURN = 500;
const WRITE_HIGH_BYTES = 1024 * 1024;
const FLUSH_BYTES = 256 * 1024;
/** A subscriber that reads slower than this falls behind for good. */
const UNREAD_BYTES = 32 * 1024 * 1024;
/** What a blocked client may send ahead. */
const AHEAD_BYTES = 1024 * 1024;
const LOGIN_MS = 10_000;

const BEFORE_LOGIN: RequestLimits = {
  inlineBytes: 64 * 1024,
  arguments: 10,
  bulkBytes: 16_384,
  commandBytes: 64 * 1024,
};

/** Serves one socket until it closes. */
export function serveClient(engine: Front, socket: Socket, id: number): Session {
  const connection = new ClientConnection(engine, socket, id);
  engine.sessions.set(id, connection);
  return connection;
}

class ClientConnection implements Session {
  readonly id: number;
  readonly address: string;
  protocol: Session['protocol'] = 2;
  name = '';
  user: Session['user'] = null;
  failedLogins = 0;
  transaction: Session['transaction'] = null;
  executing = false;
  readonly watched = new Set<string>();
  dirty = false;
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  lease: string | null = null;

  private readonly engine: Front;
  private readonly socket: Socket;
  private readonly parser = createRequestParser();
  private readonly afterLogin: RequestLimits;
  private out: string[] = [];
  private outBytes = 0;
  private blocked = false;
  private closing = false;
  private waitingForTurn = false;
  private readonly loginTimer: NodeJS.Timeout;

  constructor(engine: Front, socket: Socket, id: number) {
    this.engine = engine;
    this.socket = socket;
    this.id = id;
    this.address = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`;
    this.afterLogin = {
      inlineBytes: 64 * 1024,
      arguments: 256 * 1024,
      bulkBytes: engine.limits.bulkBytes,
      commandBytes: 2 * engine.limits.bulkBytes,
    };
    this.loginTimer = setTimeout(() => {
      if (!this.user) this.close();
    }, LOGIN_MS);
    this.loginTimer.unref();
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('drain', () => this.drain());
    // A peer that has gone is no receiver any more: nothing may be taken from a list for it.
    socket.on('end', () => engine.stopWaiting(this));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.closing = true;
      clearTimeout(this.loginTimer);
      engine.leave(this);
    });
  }

  send(reply: Reply): void {
    this.add(reply);
    this.flush();
    if (this.socket.writableLength > UNREAD_BYTES) this.socket.destroy();
  }

  block(): void {
    this.blocked = true;
  }

  unblock(reply: Reply): void {
    this.blocked = false;
    this.add(reply);
    this.flush();
    if (this.socket.isPaused()) this.socket.resume();
    this.turnLater();
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    // The reply to the command that closes comes after this call.
    setImmediate(() => {
      this.flush();
      this.socket.end();
      this.socket.destroySoon();
    });
  }

  private receive(chunk: Buffer): void {
    if (this.closing) return;
    this.parser.push(chunk);
    if (this.blocked) {
      if (this.parser.buffered > AHEAD_BYTES) this.socket.pause();
      return;
    }
    if (!this.waitingForTurn) this.drain();
  }

  private drain(): void {
    for (let served = 0; !this.blocked && !this.closing; served++) {
      if (this.socket.writableLength > WRITE_HIGH_BYTES) {
        this.socket.pause();
        break;
      }
      if (served >= COMMANDS_PER_TURN) {
        this.turnLater();
        break;
      }
      const request = this.parser.next(this.user ? this.afterLogin : BEFORE_LOGIN);
      if (!request) {
        if (this.socket.isPaused()) this.socket.resume();
        break;
      }
      if (request.kind === 'invalid') {
        this.add(error(request.message));
        this.close();
        break;
      }
      this.serve(request.args);
    }
    this.flush();
  }

  private serve(args: readonly string[]): void {
    const word = (args[0] ?? '').toLowerCase();
    // A browser that was made to talk to this port: not one of its lines is taken for a command.
    if (word === 'post' || word === 'host:' || (word === 'get' && args[2]?.startsWith('HTTP/'))) {
      this.socket.destroy();
      return;
    }
    this.add(this.engine.dispatch(this, args));
  }

  private turnLater(): void {
    if (this.waitingForTurn) return;
    this.waitingForTurn = true;
    setImmediate(() => {
      this.waitingForTurn = false;
      this.drain();
    });
  }

  private add(reply: Reply): void {
    const limit = this.engine.limits.replyBytes;
    const frames =
      encode(reply, this.protocol, limit) ??
      encode(error(`ERR reply is larger than ${limit} bytes`), this.protocol, limit) ??
      [];
    for (const frame of frames) {
      this.out.push(frame);
      this.outBytes += frame.length;
      if (this.outBytes > FLUSH_BYTES) this.flush();
    }
  }

  private flush(): void {
    if (this.out.length === 0) return;
    const text = this.out.join('');
    this.out = [];
    this.outBytes = 0;
    if (this.socket.writable) this.socket.write(text, 'latin1');
  }
}
