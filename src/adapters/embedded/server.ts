import { createServer, type Server, type Socket } from 'node:net';
import { err, ok, type Result } from '../../base/result.ts';
import { serveClient } from './client-connection.ts';
import type { Front } from './engine.ts';

const LOOPBACK = '127.0.0.1';

export interface RespServer {
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

export interface RespServerOptions {
  readonly engine: Front;
  /** Preferred port; 0 or a taken one: any. */
  readonly port: number;
}

/** Listens on loopback only. */
export async function startRespServer(options: RespServerOptions): Promise<Result<RespServer, string>> {
  const { engine } = options;
  const sockets = new Set<Socket>();
  let lastId = 0;
  const server = createServer((socket) => {
    if (sockets.size >= engine.limits.clients) {
      socket.on('error', () => socket.destroy());
      socket.end('-ERR max number of clients reached\r\n');
      return;
    }
    sockets.add(socket);
    serveClient(engine, socket, ++lastId);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = (await listen(server, options.port)) ?? (await listen(server, 0));
  if (port === null) return err('no port of the loopback interface could be bound');
  return ok({
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        engine.dispose();
      }),
  });
}

function listen(server: Server, port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const onError = (): void => resolve(null);
    server.once('error', onError);
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      server.off('error', onError);
      server.on('error', () => undefined);
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : null);
    });
  });
}
