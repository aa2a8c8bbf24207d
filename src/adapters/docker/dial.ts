import { Agent, type ClientRequestArgs } from 'node:http';
import { connect as connectPlain } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';

/** Opens a stream to an engine; what goes wrong is an error of the stream. */
export type Dial = () => Duplex;

/** Asks by streams of its own making, one for each request, wherever the request says that it goes. */
export class DialAgent extends Agent {
  readonly #dial: Dial;

  constructor(dial: Dial) {
    super({ keepAlive: false });
    this.#dial = dial;
  }

  override createConnection(_: ClientRequestArgs): Duplex {
    return this.#dial();
  }
}

export interface TcpPlace {
  readonly host: string;
  readonly port: number;
}

export const dialTcp =
  ({ host, port }: TcpPlace): Dial =>
  () =>
    connectPlain({ host, port }).setKeepAlive(true);

/** The engine has to show a certificate of the authority, for its name. */
export const dialTls =
  ({ host, port }: TcpPlace, keys: SecureContextOptions): Dial =>
  () =>
    connectTls({ ...keys, host, port, rejectUnauthorized: true }).setKeepAlive(true);
