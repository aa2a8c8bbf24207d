import { Agent, type ClientRequest, type ClientRequestArgs } from 'node:http';
import { connect as connectPlain } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';

/** A stream to an engine. */
export interface Dialled extends Duplex {
  /** Whether it keeps this process alive. */
  ref(): unknown;
  unref(): unknown;
}

/** A machine that went away without a word is noticed by the silence: after this, and ten unanswered questions. */
const SILENT_MS = 15_000;

/** Opens one; what goes wrong is an error of the stream. */
export type Dial = () => Dialled;

/** A stream that nobody uses may be dead without a word. */
const IDLE_MS = 10_000;

/** Asks by streams of its own making, wherever a request says that it goes, and uses them again: each one costs a handshake. */
export class DialAgent extends Agent {
  readonly #dial: Dial;
  readonly #idle = new WeakMap<Duplex, { readonly stream: Dialled; timer?: NodeJS.Timeout }>();

  constructor(dial: Dial) {
    super({ keepAlive: true, maxFreeSockets: 8 });
    this.#dial = dial;
  }

  override createConnection(_: ClientRequestArgs): Duplex {
    const stream = this.#dial();
    this.#idle.set(stream, { stream });
    return stream;
  }

  override keepSocketAlive(given: Duplex): boolean {
    const known = this.#idle.get(given);
    if (known === undefined) return false;
    known.stream.unref();
    known.timer = setTimeout(() => given.destroy(), IDLE_MS).unref();
    return true;
  }

  override reuseSocket(given: Duplex, request: ClientRequest): void {
    clearTimeout(this.#idle.get(given)?.timer);
    // Lets it keep the process alive again.
    super.reuseSocket(given, request);
  }
}

export interface TcpPlace {
  readonly host: string;
  readonly port: number;
}

export const dialTcp =
  ({ host, port }: TcpPlace): Dial =>
  () =>
    connectPlain({ host, port }).setKeepAlive(true, SILENT_MS);

/** The engine has to show a certificate of the authority, for its name. */
export const dialTls =
  ({ host, port }: TcpPlace, keys: SecureContextOptions): Dial =>
  () =>
    connectTls({ ...keys, host, port, rejectUnauthorized: true }).setKeepAlive(true, SILENT_MS);
