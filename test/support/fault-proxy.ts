import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on loopback that breaks in the ways networks do. What it does applies to living connections too. */
export interface FaultProxy {
  readonly port: number;
  /** Lets everything through again, at once. */
  pass(): void;
  /** Holds every byte back by so much, in both directions. */
  latency(ms: number): void;
  /** Takes everything and gives nothing on; connections stay open. */
  blackhole(): void;
  /** Each connection is cut once so many more bytes went from the server to the client. */
  cutAfter(bytes: number): void;
  /** Resets all connections; new ones are refused until `pass`. */
  refuse(): void;
  /** Resets all connections of this moment. */
  reset(): void;
  readonly connections: number;
  close(): Promise<void>;
}

type Mode =
  | { readonly kind: 'pass' | 'blackhole' | 'refuse' }
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'cut'; readonly bytes: number };

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes that may still go to the client; `null`: all. */
  left: number | null;
  /** What a black hole has swallowed is gone: such a connection can not be gone on with. */
  swallowed: boolean;
}

export async function startFaultProxy(target: { readonly port: number }): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let mode: Mode = { kind: 'pass' };

  const end = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  };
  const forward = (pair: Pair, to: Socket, bytes: Buffer): void => {
    if (mode.kind === 'blackhole') {
      pair.swallowed = true;
    } else if (mode.kind === 'latency') {
      setTimeout(() => to.writable && to.write(bytes), mode.ms);
    } else if (to === pair.client && pair.left !== null && bytes.length >= pair.left) {
      to.write(bytes.subarray(0, pair.left), () => end(pair));
    } else {
      if (to === pair.client && pair.left !== null) pair.left -= bytes.length;
      to.write(bytes);
    }
  };

  const listener = createServer((client) => {
    client.on('error', () => undefined);
    if (mode.kind === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const server = connect(target.port, '127.0.0.1');
    const pair: Pair = { client, server, left: mode.kind === 'cut' ? mode.bytes : null, swallowed: false };
    pairs.add(pair);
    server.on('error', () => undefined);
    client.on('data', (bytes) => forward(pair, server, bytes));
    server.on('data', (bytes) => forward(pair, client, bytes));
    client.on('close', () => end(pair));
    server.on('close', () => end(pair));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();

  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    pass() {
      mode = { kind: 'pass' };
      for (const pair of pairs) {
        pair.left = null;
        if (pair.swallowed) end(pair);
      }
    },
    latency(ms) {
      mode = { kind: 'latency', ms };
    },
    blackhole() {
      mode = { kind: 'blackhole' };
    },
    cutAfter(bytes) {
      mode = { kind: 'cut', bytes };
      for (const pair of pairs) pair.left = bytes;
    },
    refuse() {
      mode = { kind: 'refuse' };
      for (const pair of pairs) end(pair);
    },
    reset() {
      for (const pair of pairs) end(pair);
    },
    get connections() {
      return pairs.size;
    },
    close: () =>
      new Promise((resolve) => {
        for (const pair of pairs) end(pair);
        listener.close(() => resolve());
      }),
  };
}
