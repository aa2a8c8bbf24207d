import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { checkedLookup, type Destination } from './destination.ts';

/** Of one connection, and not to be handed on. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const ANSWER_MS = 120_000;

export interface Forwarding {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly destination: Destination;
  /** Called while nothing was answered yet. */
  readonly onFailed: () => void;
}

export function forward({ request, response, url, destination, onFailed }: Forwarding): void {
  const fail = (): void => {
    if (response.headersSent) response.destroy();
    else onFailed();
  };
  const upstream = ask({
    host: destination.host,
    port: destination.port,
    lookup: checkedLookup(destination),
    method: request.method,
    path: `${url.pathname}${url.search}`,
    // Whose name was checked is who is asked, whatever the client's own header says.
    headers: [...endToEnd(request, new Set(['host'])), 'host', url.host, 'connection', 'close'],
    agent: false,
    timeout: ANSWER_MS,
  });
  upstream.once('timeout', () => upstream.destroy(new Error('late')));
  upstream.once('error', fail);
  upstream.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer, new Set()));
    answer.once('error', fail);
    answer.pipe(response);
  });
  response.once('close', () => upstream.destroy());
  request.pipe(upstream);
}

/** Names and values in turn, as they came. */
function endToEnd({ rawHeaders, headers }: IncomingMessage, beside: ReadonlySet<string>): string[] {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const kept: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || beside.has(lower) || named.has(lower)) continue;
    kept.push(name, value);
  }
  return kept;
}
