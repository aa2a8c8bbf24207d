import { MCP_PATH, MCP_SERVER, serverOfPath } from '../../../protocol/mcp.ts';
import type { TokenVerdict } from './mcp-token.ts';

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
  /** What the header `Authorization` is worth at a server. */
  readonly token: (audience: string) => TokenVerdict;
}

/** Where a request goes: to the attempt's own server, or to another one. `metadata` tells how that one is asked. */
export interface Place {
  readonly audience: string;
  readonly call: 'mcp' | 'execute' | 'metadata';
}

export interface Refusal {
  readonly kind: 'refused';
  readonly status: 401 | 403 | 404 | 405 | 413;
  readonly message: string;
  /** Further headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Admission = Refusal | { readonly kind: 'admitted'; readonly place: Place };

export interface Address {
  /** By which it is meant, the first in its own words: `127.0.0.1:4711`. */
  readonly hosts: readonly string[];
  /** Ids of the servers that the agent sees beside its own. */
  readonly servers: ReadonlySet<string>;
}

const refuse = (status: Refusal['status'], message: string, headers: Refusal['headers'] = {}): Refusal => ({
  kind: 'refused',
  status,
  message,
  headers,
});

/** What becomes of a request. Pages in a browser reach loopback too, by a name of their own. */
export function admissionOf(asked: Asked, address: Address): Admission {
  const { hosts } = address;
  if (!hosts.includes(asked.host ?? ''))
    return refuse(403, 'The header Host takes the address of this server.');
  if (asked.origin !== undefined && !hosts.some((host) => asked.origin === `http://${host}`)) {
    return refuse(403, 'Requests of web pages are not answered.');
  }
  const place = placeOf(asked.target, address.servers);
  if (place === null) return refuse(404, 'There is no such path.');
  const method = place.call === 'metadata' ? 'GET' : 'POST';
  if (asked.method !== method) return refuse(405, `Only ${method} is served.`, { allow: method });
  if (place.call === 'metadata') return { kind: 'admitted', place };
  const verdict = asked.token(place.audience);
  if (verdict !== 'good') return unauthorized(verdict, place, `http://${hosts[0]}`);
  if (asked.length !== null && asked.length > MAX_BODY) return tooLarge;
  return { kind: 'admitted', place };
}

export const tooLarge = refuse(413, `A request may have ${MAX_BODY} bytes.`);

function placeOf(target: string, servers: ReadonlySet<string>): Place | null {
  const [path = ''] = target.split('?', 1);
  if (path === MCP_PATH) return { audience: MCP_SERVER, call: 'mcp' };
  const found = serverOfPath(path);
  return found !== null && servers.has(found.server) ? { audience: found.server, call: found.call } : null;
}

const MESSAGES: Readonly<Record<Exclude<TokenVerdict, 'good'>, string>> = {
  missing: 'The header Authorization takes "Bearer" and the token of this agent.',
  bad: 'The token is none of this agent.',
  expired: 'The token has expired.',
  'other-server': 'The token is for another server.',
};

/**
 * As the protocol's rules on authorization have it: 401 for what is no token of ours, without a word of an error where there
 * was none; 403 for a good one that is for another server. A client that wants to know more is told where.
 */
function unauthorized(verdict: Exclude<TokenVerdict, 'good'>, { audience }: Place, origin: string): Refusal {
  const message = MESSAGES[verdict];
  const error =
    verdict === 'missing' ? null : verdict === 'other-server' ? 'insufficient_scope' : 'invalid_token';
  const parts = [
    ...(error === null ? [] : [`error="${error}"`, `error_description="${message}"`]),
    ...(audience === MCP_SERVER ? [] : [`resource_metadata="${metadataUrl(origin, audience)}"`]),
    ...(audience === MCP_SERVER ? [] : [`scope="${scopeOf(audience)}"`]),
  ];
  const challenge = ['Bearer', parts.join(', ')].filter((part) => part !== '').join(' ');
  return refuse(verdict === 'other-server' ? 403 : 401, message, { 'www-authenticate': challenge });
}

const scopeOf = (server: string): string => `mcp:${server}`;

const metadataUrl = (origin: string, server: string): string =>
  `${origin}/.well-known/oauth-protected-resource/servers/${server}${MCP_PATH}`;

/**
 * Metadata of a protected resource (RFC 9728). It names no authorization server: there is none to ask, an agent has its token
 * from its start.
 */
export const resourceMetadata = (origin: string, server: string) => ({
  resource: `${origin}/servers/${server}${MCP_PATH}`,
  resource_name: server,
  scopes_supported: [scopeOf(server)],
  bearer_methods_supported: ['header'],
});
