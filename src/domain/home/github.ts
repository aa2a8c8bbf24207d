import { remotePlace } from './remote-place.ts';

/** A repository on GitHub.com, GHE.com or a GitHub Enterprise Server. */
export interface GitHubRepository {
  /** Origin of the server: `https://github.com`. */
  readonly server: string;
  /** Base of its REST API, without a slash at its end. */
  readonly api: string;
  readonly owner: string;
  readonly name: string;
}

/** A GitHub server that somebody signed in at or named. */
export interface GitHubServer {
  readonly url: string;
  /** Null: where servers of its kind have it. */
  readonly api: string | null;
}

export const GITHUB = 'https://github.com';
const PUBLIC: GitHubServer = { url: GITHUB, api: null };
/** For networks that let no SSH through on its own port. */
const SSH_OVER_HTTPS = 'ssh.github.com';

/**
 * The repository that a remote's URL names, when its host is GitHub.com or one of `servers`; null for all others: a
 * token is sent to no host that merely looks like one of them.
 */
export function gitHubRepository(
  url: string,
  servers: readonly GitHubServer[] = [],
): GitHubRepository | null {
  const place = remotePlace(url);
  if (place === null) return null;
  const host = place.host === SSH_OVER_HTTPS ? 'github.com' : place.host;
  const known = [...servers, PUBLIC].flatMap((server) => {
    const origin = safeOrigin(server.url);
    return origin === null ? [] : [{ ...server, origin }];
  });
  const server = known.find(({ origin }) => origin.host === host || origin.hostname === host);
  const [owner = '', name = '', ...rest] = place.path.split('/');
  if (server === undefined || owner === '' || name === '' || rest.length > 0) return null;
  const api = server.api === null ? apiOf(server.origin.origin) : (safeOrigin(server.api)?.href ?? null);
  return api === null ? null : { server: server.origin.origin, api: api.replace(/\/+$/, ''), owner, name };
}

/** Base of the REST API of the server at an origin; GHE.com and Enterprise servers each have a place of their own. */
export function apiOf(origin: string): string {
  if (origin === GITHUB) return 'https://api.github.com';
  const { host, protocol } = new URL(origin);
  return host.endsWith('.ghe.com') ? `${protocol}//api.${host}` : `${origin}/api/v3`;
}

/** Tokens go over TLS, or nowhere beyond this machine. */
export function safeOrigin(url: string): URL | null {
  if (!URL.canParse(url)) return null;
  const parsed = new URL(url);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname);
  return parsed.protocol === 'https:' || (parsed.protocol === 'http:' && local) ? parsed : null;
}
