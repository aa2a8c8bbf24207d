import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { err, ok, type Result } from '../../base/result.ts';
import type { EgressRefusal } from '../../domain/containers/egress.ts';
import type { EgressProxy, EgressProxyOptions } from '../../ports/egress-proxy.ts';
import { connectTo, destinationOf, systemNames, type Asked, type Names } from './destination.ts';
import { forward } from './forward.ts';

/** One agent with all that it starts; more is a loop that opens connections. */
const MOST_CONNECTIONS = 512;
const SHOWN = 255;

const REASONS: Readonly<Record<EgressRefusal, readonly [status: number, says: string]>> = {
  credential: [407, 'The proxy wants the credential of this agent; use HTTPS_PROXY as it is set.'],
  malformed: [400, 'This is no request that a proxy takes.'],
  address: [403, 'is an address, and only names of hosts are allowed.'],
  host: [403, 'is not among the hosts that this agent may reach.'],
  port: [403, 'may not be reached at this port.'],
  unresolved: [502, 'has no address.'],
  inside: [403, 'leads to this machine or into a private network.'],
  unreachable: [502, 'does not answer.'],
};

/**
 * An HTTP proxy that tunnels (`CONNECT`) and forwards plain requests, to what the rules allow and nowhere else. The
 * error is one sentence.
 */
export async function openEgressProxy(
  options: EgressProxyOptions,
  names: Names = systemNames,
): Promise<Result<EgressProxy, string>> {
  const { bind, credential } = options;
  const server = createServer({ keepAliveTimeout: 5000 });
  server.maxConnections = MOST_CONNECTIONS;
  const sockets = new Set<Duplex>();
  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Either side goes away when it likes.
    socket.on('error', () => socket.destroy());
  };
  server.on('connection', keep);
  serve(server, { options, names, keep });
  try {
    server.listen(0, bind);
    await once(server, 'listening');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return err(`The egress proxy cannot listen at ${bind} (${why}); the engine has to run on this machine.`);
  }
  const { port } = server.address() as AddressInfo;
  return ok({
    url: `http://${credential.user}:${credential.token}@${bind.includes(':') ? `[${bind}]` : bind}:${port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  });
}

interface Serving {
  readonly options: EgressProxyOptions;
  readonly names: Names;
  readonly keep: (socket: Duplex) => void;
}

function serve(server: Server, { options, names, keep }: Serving): void {
  const { allow, credential, onRefused } = options;
  const wanted = digest(`Basic ${Buffer.from(`${credential.user}:${credential.token}`).toString('base64')}`);
  const isKnown = ({ headers }: IncomingMessage): boolean =>
    timingSafeEqual(digest(headers['proxy-authorization'] ?? ''), wanted);
  const refuse = (asked: Asked, why: EgressRefusal): { readonly status: number; readonly text: string } => {
    const host = asked.host.slice(0, SHOWN);
    onRefused({ host, port: asked.port, why });
    const [status, says] = REASONS[why];
    return { status, text: /^[A-Z]/.test(says) ? `${says}\n` : `${host}:${asked.port} ${says}\n` };
  };

  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const asked = authorityOf(request.url ?? '');
    const end = (why: EgressRefusal) => endWith(client, refuse(asked, why));
    const tunnel = async (): Promise<void> => {
      if (!isKnown(request)) return end('credential');
      const destination = await destinationOf(asked, { allow, names });
      if (!destination.ok) return end(destination.error);
      const connected = await connectTo(destination.value);
      if (!connected.ok) return end(connected.error);
      join(client, connected.value, { head, keep });
    };
    void tunnel();
  });

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const url = plainUrl(request.url ?? '');
    const asked = url === null ? NOTHING : { host: url.hostname, port: Number(url.port || 80) };
    const answer = (why: EgressRefusal): void => {
      const { status, text } = refuse(asked, why);
      response.writeHead(status, { ...CHALLENGE[status], 'content-type': 'text/plain', connection: 'close' });
      response.end(text);
    };
    const pass = async (): Promise<void> => {
      if (!isKnown(request)) return answer('credential');
      if (url === null) return answer('malformed');
      const destination = await destinationOf(asked, { allow, names });
      if (!destination.ok) return answer(destination.error);
      forward({
        request,
        response,
        url,
        destination: destination.value,
        onFailed: () => answer('unreachable'),
      });
    };
    void pass();
  });
}

const NOTHING: Asked = { host: '', port: 0 };
const CHALLENGE: Readonly<Record<number, Record<string, string>>> = {
  407: { 'proxy-authenticate': 'Basic realm="cfn"' },
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function authorityOf(text: string): Asked {
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  return { host, port: Number(port) };
}

function plainUrl(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === 'http:' ? url : null;
}

function endWith(client: Duplex, { status, text }: { readonly status: number; readonly text: string }): void {
  const headers = Object.entries({
    ...CHALLENGE[status],
    'content-type': 'text/plain',
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  client.end(`HTTP/1.1 ${status} Refused\r\n${head}\r\n${text}`);
}

interface Joining {
  /** What the client had sent already. */
  readonly head: Buffer;
  readonly keep: Serving['keep'];
}

function join(client: Duplex, upstream: Socket, { head, keep }: Joining): void {
  keep(upstream);
  client.once('close', () => upstream.destroy());
  // One that ended well leaves its last bytes on their way to the client.
  upstream.once('close', () => {
    if (!upstream.readableEnded) client.destroy();
  });
  if (client.destroyed) {
    upstream.destroy();
    return;
  }
  client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  upstream.write(head);
  client.pipe(upstream);
  upstream.pipe(client);
}
