import { GITHUB, type GitHubRepository, type GitHubServer } from '../domain/home/github.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Servers that the variables of GitHub's own command line and of its CI name. */
export function gitHubServers(env: Environment): readonly GitHubServer[] {
  const { GH_HOST: host, GITHUB_SERVER_URL: server, GITHUB_API_URL: api } = env;
  return [
    ...(server ? [{ url: server, api: api || null }] : []),
    ...(host ? [{ url: `https://${host}`, api: null }] : []),
  ];
}

/** The token of the server, or the variables that it is looked for in. As in GitHub's command line, one for each kind. */
export function gitHubToken(
  env: Environment,
  { server }: Pick<GitHubRepository, 'server'>,
): { readonly value: string | null; readonly names: readonly string[] } {
  const isPublic = server === GITHUB || server.endsWith('.ghe.com');
  // What a CI run was given is for the server that it says it runs at.
  const ofRun =
    URL.canParse(env['GITHUB_SERVER_URL'] ?? '') && new URL(env['GITHUB_SERVER_URL'] ?? '').origin === server;
  const names =
    isPublic || ofRun ? ['GH_TOKEN', 'GITHUB_TOKEN'] : ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];
  return { value: names.map((name) => env[name]).find(Boolean) ?? null, names };
}
