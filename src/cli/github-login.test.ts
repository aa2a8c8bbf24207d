import { expect, it } from 'vitest';
import { gitHubServers, gitHubToken } from './github-login.ts';

const tokens = {
  GH_TOKEN: '',
  GITHUB_TOKEN: 'of-github',
  GH_ENTERPRISE_TOKEN: 'of-enterprise',
};

it('knows the server of a CI run with its API, and the one that a person set', () => {
  expect(gitHubServers({})).toEqual([]);
  const run = {
    GITHUB_SERVER_URL: 'https://git.example.org',
    GITHUB_API_URL: 'https://git.example.org/api/v3',
  };
  expect(gitHubServers({ ...run, GH_HOST: 'git.example.com' })).toEqual([
    { url: 'https://git.example.org', api: 'https://git.example.org/api/v3' },
    { url: 'https://git.example.com', api: null },
  ]);
});

it.each(['https://github.com', 'https://engine.ghe.com'])('takes the token of GitHub for %s', (server) => {
  expect(gitHubToken(tokens, { server }).value).toBe('of-github');
});

it('sends the token of GitHub to no other server, except to the one that a CI run is on', () => {
  const server = 'https://git.example.org';
  expect(gitHubToken(tokens, { server }).value).toBe('of-enterprise');
  expect(gitHubToken({ GITHUB_TOKEN: 'of-github' }, { server })).toEqual({
    value: null,
    names: ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'],
  });
  expect(gitHubToken({ ...tokens, GITHUB_SERVER_URL: `${server}/` }, { server }).value).toBe('of-github');
});
