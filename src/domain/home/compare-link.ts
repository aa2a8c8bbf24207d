import { remotePlace } from './remote-place.ts';

/** `https://name:token@host` without the name and the token, anywhere in a text. */
export const withoutCredentials = (text: string): string =>
  text.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, '$1');

export interface CompareRequest {
  /** A remote's URL as git has it. */
  readonly url: string;
  readonly branch: string;
  /** The branch that the work is meant for; null: the one that the host takes by default. */
  readonly into: string | null;
}

/** The page that opens a pull or merge request for a pushed branch; null for hosts whose pages are not known. */
export function compareLink({ url, branch, into }: CompareRequest): string | null {
  const place = remotePlace(url);
  if (place === null) return null;
  const { host, path } = place;
  const base = `https://${host}/${path.split('/').map(encodeURIComponent).join('/')}`;
  const from = encodeURIComponent(branch);
  const to = into === null ? null : encodeURIComponent(into);
  if (/(^|\.)github\./.test(host)) return `${base}/compare/${to === null ? '' : `${to}...`}${from}?expand=1`;
  if (/(^|\.)gitlab\./.test(host)) {
    const target = to === null ? '' : `&merge_request%5Btarget_branch%5D=${to}`;
    return `${base}/-/merge_requests/new?merge_request%5Bsource_branch%5D=${from}${target}`;
  }
  if (/(^|\.)bitbucket\./.test(host)) {
    return `${base}/pull-requests/new?source=${from}${to === null ? '' : `&dest=${to}`}`;
  }
  return null;
}
