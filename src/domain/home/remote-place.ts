/** Where a remote's URL points: `host` in lower case, its port kept where the URL speaks HTTP. */
export interface RemotePlace {
  readonly host: string;
  /** Without slashes around it and without `.git`. */
  readonly path: string;
}

/** Of `https://host/path.git`, `ssh://git@host:22/path` and `git@host:path`; null for what is no place on a host. */
export function remotePlace(url: string): RemotePlace | null {
  const long = /^(https?|ssh|git):\/\/(?:[^/@\s]*@)?([^/:\s]+)(:\d+)?\/(.+)$/i.exec(url);
  const short = long ? null : /^(?:[^/@\s:]+@)?([^/:\s]{2,}):(?!\/\/)(.+)$/.exec(url);
  const [host, path] = long ? [long[2], long[4]] : [short?.[1], short?.[2]];
  if (host === undefined || path === undefined) return null;
  const clean = path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replace(/^\/+/, '');
  if (!/^[a-z0-9.-]+$/i.test(host) || !clean.includes('/')) return null;
  // A port of SSH is none of the host's pages.
  const port = /^https?$/i.test(long?.[1] ?? '') ? (long?.[3] ?? '') : '';
  return { host: `${host.toLowerCase()}${port}`, path: clean };
}
