import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { anthropic, chat, google, responses, type Dialect } from './dialects.ts';
import type { Script, Turn } from './turn.ts';

export interface ModelServer {
  /** `http://127.0.0.1:PORT`, without `/v1`. */
  readonly url: string;
  /** Every request with tools, in order: what the model really saw. */
  readonly turns: readonly Turn[];
  /** Every request for a model's answer, with what it came with. */
  readonly requests: readonly { readonly model: string; readonly headers: IncomingHttpHeaders }[];
  /** Method and path of requests that nobody answers. */
  readonly unknown: readonly string[];
  dispose(): Promise<void>;
}

const DIALECTS: readonly Dialect[] = [anthropic, responses, chat, google];

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Record<string, unknown>;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/**
 * A model on loopback that follows a script, for agent CLIs that are otherwise unmodified. It speaks the
 * streaming dialects of Anthropic messages, OpenAI responses and OpenAI chat completions.
 */
export async function startModelServer(script: Script): Promise<ModelServer> {
  const turns: Turn[] = [];
  const requests: { readonly model: string; readonly headers: IncomingHttpHeaders }[] = [];
  const unknown: string[] = [];

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const dialect = DIALECTS.find((candidate) => candidate.path.test(path));
    if (request.method !== 'POST' || dialect === undefined) {
      unknown.push(`${request.method} ${path}`);
      send(response, 404, { error: { type: 'not_found_error', message: `No ${path} here.` } });
      return;
    }
    const body = await bodyOf(request);
    requests.push({ model: String(body['model']), headers: request.headers });
    const turn = dialect.read(body);
    const side = turn.tools.length === 0;
    if (!side) turns.push(turn);
    const step = side ? ({ kind: 'say', text: 'ok' } as const) : script(turn);
    if (step.kind === 'fail') {
      send(response, step.status, { type: 'error', error: { type: 'api_error', message: step.message } });
      return;
    }
    const model = typeof body['model'] === 'string' ? body['model'] : 'scripted';
    if (dialect.whole?.test(path)) {
      send(response, 200, dialect.answer(step, turn, model)[0]);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    for (const event of dialect.answer(step, turn, model)) {
      const name = typeof event['type'] === 'string' ? `event: ${event['type']}\n` : '';
      response.write(`${name}data: ${JSON.stringify(event)}\n\n`);
    }
    response.end(dialect.ending);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.headersSent) send(response, 500, { error: { message: String(error) } });
      else response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The model server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    turns,
    requests,
    unknown,
    dispose: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
