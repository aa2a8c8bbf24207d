import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { MCP_PATH } from '../../../protocol/mcp.ts';
import { MAX_BODY, refusalOf, tooLarge, type Refusal } from './admission.ts';
import { carriesToken } from './mcp-token.ts';

export interface McpGate {
  /** `http://127.0.0.1:PORT/mcp` */
  readonly url: string;
  /** Resolves once nothing listens and no connection is left. */
  close(): Promise<void>;
}

export interface McpGateDeps {
  readonly token: string;
  /** Only asked what has passed. */
  readonly answer: (request: Request) => Promise<Response>;
}

/** A request that is not whole by then is dropped. */
const REQUEST_MS = 30_000;

/**
 * A port of its own on loopback that lets through what its agent asks, and nobody else. Rejects where this machine gives
 * no port.
 */
export async function openMcpGate({ token, answer }: McpGateDeps): Promise<McpGate> {
  let port = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = refusalOf(askedBy(request, token), port);
    if (refusal !== null) return refuse(response, refusal);
    const body = await bodyOf(request);
    if (body === null) return refuse(response, tooLarge);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    await send(response, await answer(webRequest(request, { port, body, signal: gone.signal })));
  };
  const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => {
    serve(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A failing connection must not end the runner.
  server.on('error', () => undefined);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  ({ port } = address);
  return {
    url: `http://127.0.0.1:${port}${MCP_PATH}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function askedBy(request: IncomingMessage, token: string) {
  const { host, origin, authorization } = request.headers;
  const length = request.headers['content-length'];
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    host,
    origin,
    length: length === undefined ? null : Number(length),
    carriesToken: carriesToken(authorization, token),
  };
}

/** What was not read of a refused request ends with its connection. */
function refuse(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    connection: 'close',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 405 ? { allow: 'POST' } : {}),
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
  { port, body, signal }: { readonly port: number; readonly body: Buffer; readonly signal: AbortSignal },
): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) headers.append(name, each);
  }
  return new Request(`http://127.0.0.1:${port}${MCP_PATH}`, {
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
