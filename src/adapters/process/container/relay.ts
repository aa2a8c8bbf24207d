import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** Resolves once nothing listens and no connection is left. */
  close(): Promise<void>;
}

export interface RelayRequest {
  /** Address of this machine on the container's network. */
  readonly bind: string;
  readonly to: { readonly host: string; readonly port: number };
}

/**
 * Lets what is on a container's network reach one port of loopback, and no other one: what listens there asks for its
 * own credential. Rejects where this machine gives no port.
 */
export async function openRelay({ bind, to }: RelayRequest): Promise<Relay> {
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // Either side may break off at any time; the other one then ends as well.
    socket.on('error', () => undefined);
  };
  const server = createServer((outer) => {
    const inner = connect(to);
    keep(outer);
    keep(inner);
    outer.pipe(inner);
    inner.pipe(outer);
    outer.once('close', () => inner.destroy());
    inner.once('close', () => outer.destroy());
  });
  server.listen(0, bind);
  await once(server, 'listening');
  server.on('error', () => undefined);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The relay has no port.');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
