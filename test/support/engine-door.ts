import { once } from 'node:events';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** One request of a client. */
export interface EngineCall {
  /** From 1 on, in the order in which they came to the door. */
  readonly number: number;
  /** `POST /containers/create`, without version, ids and parameters. */
  readonly what: string;
  /** Its client is no more, or wants no answer. */
  readonly abandoned: Promise<void>;
}

export interface DoorKeeper {
  /** A call is at the door. Let through, the engine does it also where nobody is left to hear of it. */
  came(call: EngineCall): Promise<'through' | 'turned-away'>;
  /** The engine has done it, and its client does not know yet. */
  answered(call: EngineCall): void;
}

export interface EngineDoor {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  close(): Promise<void>;
}

/**
 * A socket in front of an engine's, or a port of 127.0.0.1, behind which an engine is taken for one of another machine: no call passes, in either direction, before its keeper
 * had a look.
 */
export async function openEngineDoor(
  { socket, engine }: { readonly socket: string | null; readonly engine: string },
  keeper: DoorKeeper,
): Promise<EngineDoor> {
  let calls = 0;
  const server = createServer((request, response) => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const abandoned = new Promise<void>((resolve) => response.once('close', resolve));
    const letIn = async (): Promise<void> => {
      const body = await buffer(request);
      calls += 1;
      const call = { number: calls, what: whatOf(request), abandoned };
      if ((await keeper.came(call)) === 'turned-away') request.socket.destroy();
      else passOn({ engine, body, request, response }, () => keeper.answered(call));
    };
    // Its client was gone before it had asked.
    letIn().catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = 60_000;
  if (socket === null) server.listen(0, '127.0.0.1');
  else server.listen(socket);
  await once(server, 'listening');
  const address = server.address();
  return {
    host:
      typeof address === 'object' && address !== null
        ? `tcp://127.0.0.1:${address.port}`
        : `unix://${socket}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Passage {
  readonly engine: string;
  readonly body: Buffer;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function passOn({ engine, body, request, response }: Passage, answered: () => void): void {
  const { method, url, headers } = request;
  const nobodyHears = response.destroyed;
  const onward = ask({ socketPath: engine, method, path: url, headers, agent: false }, (answer) => {
    answered();
    answer.on('error', () => response.destroy());
    if (response.destroyed) {
      answer.resume();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    // What streams has nothing but these for a while.
    response.flushHeaders();
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  if (!nobodyHears) response.on('close', () => onward.destroy());
  onward.end(body);
}

const whatOf = ({ method = '', url = '' }: IncomingMessage): string =>
  `${method} ${url
    .replace(/\?.*$/s, '')
    .replace(/^\/v\d[\d.]*(?=\/)/, '')
    .replace(/\/[0-9a-f]{64}(?=\/|$)/, '/*')}`;
