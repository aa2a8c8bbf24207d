import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import {
  admissionOf,
  MAX_BODY,
  resourceMetadata,
  tooLarge,
  type Asked,
  type Place,
  type Refusal,
} from './admission.ts';
import type { McpTokens } from './mcp-token.ts';

/** Where a gate listens, and by which names it is asked; the first stands in its URL. */
export interface McpPlace {
  readonly address: string;
  readonly names: readonly [string, ...string[]];
}

export const LOOPBACK: McpPlace = { address: '127.0.0.1', names: ['127.0.0.1', 'localhost'] };

export interface McpGate {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Resolves once nothing listens and no connection is left. */
  close(): Promise<void>;
}

export interface McpGateDeps {
  readonly place: McpPlace;
  readonly tokens: McpTokens;
  /** Ids of the servers behind it, beside the attempt's own. */
  readonly servers: ReadonlySet<string>;
  /** Only asked what has passed. */
  readonly answer: (request: Request, place: Place) => Promise<Response>;
  /** Told of every request that was not answered. */
  readonly onRefused: (refusal: Refusal, asked: { readonly method: string; readonly target: string }) => void;
}

/** A request that is not whole by then is dropped. */
const REQUEST_MS = 30_000;

/**
 * A port of its own on loopback that lets through what its agent asks, and nobody else. Rejects where this machine gives
 * no port.
 */
export async function openMcpGate(deps: McpGateDeps): Promise<McpGate> {
  let hosts: readonly string[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = askedBy(request, deps.tokens);
    const decline = (refusal: Refusal) => {
      deps.onRefused(refusal, asked);
      refuse(response, refusal);
    };
    const admission = admissionOf(asked, { hosts, servers: deps.servers });
    if (admission.kind === 'refused') return decline(admission);
    const { place } = admission;
    const origin = `http://${hosts[0]}`;
    if (place.call === 'metadata')
      return send(response, Response.json(resourceMetadata(origin, place.audience)));
    const body = await bodyOf(request);
    if (body === null) return decline(tooLarge);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await send(
      response,
      await deps.answer(webRequest(request, { origin, body, signal: gone.signal }), place),
    );
  };
  const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => {
    serve(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  server.listen(0, deps.place.address);
  await once(server, 'listening');
  // A failing connection must not end the runner.
  server.on('error', () => undefined);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const { port } = address;
  hosts = deps.place.names.map((name) => `${name}:${port}`);
  return {
    origin: `http://${hosts[0]}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function askedBy(request: IncomingMessage, tokens: McpTokens): Asked {
  const { host, origin, authorization } = request.headers;
  const length = request.headers['content-length'];
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    host,
    origin,
    length: length === undefined ? null : Number(length),
    token: (audience) => tokens.check(authorization, audience, Date.now()),
  };
}

/** What was not read of a refused request ends with its connection. */
function refuse(response: ServerResponse, { status, message, headers }: Refusal): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    connection: 'close',
    ...headers,
  });
  response.end(`${message}\n`);
}

/** `null` when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function webRequest(
  request: IncomingMessage,
  { origin, body, signal }: { readonly origin: string; readonly body: Buffer; readonly signal: AbortSignal },
): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    // Checked, and nobody's further on.
    if (name === 'authorization') continue;
    for (const each of Array.isArray(value) ? value : [value ?? '']) headers.append(name, each);
  }
  return new Request(`${origin}${request.url ?? '/'}`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
    signal,
  });
}

async function send(response: ServerResponse, answer: Response): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) return void response.end();
  await pipeline(Readable.fromWeb(answer.body as WebStream<Uint8Array>), response);
}
