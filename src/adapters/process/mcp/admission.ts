import { MCP_PATH } from '../../../protocol/mcp.ts';

/** A result may be 4 MB; nothing else comes near that. */
export const MAX_BODY = 4 * 1024 * 1024;

export interface Asked {
  readonly method: string;
  /** As the request names it: path and query. */
  readonly target: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** What the header `Content-Length` says, `null` without one. */
  readonly length: number | null;
  readonly carriesToken: boolean;
}

export interface Refusal {
  readonly status: 401 | 403 | 404 | 405 | 413;
  readonly message: string;
}

const refuse = (status: Refusal['status'], message: string): Refusal => ({ status, message });

/** Why a request is not answered, `null` when it is. Pages in a browser reach loopback too, by a name of their own. */
export function refusalOf(asked: Asked, port: number): Refusal | null {
  const own = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!own.includes(asked.host ?? ''))
    return refuse(403, 'The header Host takes the address of this server.');
  if (asked.origin !== undefined && !own.some((host) => asked.origin === `http://${host}`)) {
    return refuse(403, 'Requests of web pages are not answered.');
  }
  if (asked.target.split('?', 1)[0] !== MCP_PATH) return refuse(404, `Only ${MCP_PATH} is served.`);
  if (asked.method !== 'POST') return refuse(405, 'Only POST is served.');
  if (!asked.carriesToken)
    return refuse(401, 'The header Authorization takes "Bearer" and the token of this agent.');
  if (asked.length !== null && asked.length > MAX_BODY) return tooLarge;
  return null;
}

export const tooLarge = refuse(413, `A request may have ${MAX_BODY} bytes.`);
