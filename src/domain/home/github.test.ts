import { expect, it } from 'vitest';
import { gitHubRepository, type GitHubServer } from './github.ts';

const named = (...urls: readonly string[]): readonly GitHubServer[] =>
  urls.map((url) => ({ url, api: null }));

it.each([
  'https://github.com/ada/engine.git',
  'https://ada:token@GitHub.com/ada/engine/',
  'git@github.com:ada/engine.git',
  'ssh://git@github.com/ada/engine',
  'ssh://git@ssh.github.com:443/ada/engine.git',
])('finds the repository of %s', (url) => {
  expect(gitHubRepository(url)).toEqual({
    server: 'https://github.com',
    api: 'https://api.github.com',
    owner: 'ada',
    name: 'engine',
  });
});

it.each([
  ['https://engine.ghe.com', 'https://engine.ghe.com/ada/engine', 'https://api.engine.ghe.com'],
  ['https://git.example.org', 'git@git.example.org:ada/engine', 'https://git.example.org/api/v3'],
  [
    'https://git.example.org:8443',
    'ssh://git@git.example.org:22/ada/engine',
    'https://git.example.org:8443/api/v3',
  ],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/ada/engine.git', 'http://127.0.0.1:8080/api/v3'],
])('asks %s about %s at %s', (server, url, api) => {
  expect(gitHubRepository(url, named(server))).toMatchObject({ server, api, owner: 'ada', name: 'engine' });
});

it('takes the address of the API that somebody named', () => {
  const servers = [{ url: 'https://git.example.org', api: 'https://api.example.org/v3/' }];
  expect(gitHubRepository('git@git.example.org:ada/engine', servers)?.api).toBe('https://api.example.org/v3');
});

it.each([
  'https://github.com.example.org/ada/engine',
  'https://notgithub.com/ada/engine',
  'https://github.com/ada',
  'https://github.com/ada/engine/extra',
  'https://github.example.org/ada/engine',
  '/srv/git/engine.git',
])('knows no GitHub at %s', (url) => {
  expect(gitHubRepository(url)).toBeNull();
});

it('never sends a token unencrypted to another machine', () => {
  expect(gitHubRepository('http://git.example.org/ada/engine', named('http://git.example.org'))).toBeNull();
  const insecure = [{ url: 'https://git.example.org', api: 'http://git.example.org/api/v3' }];
  expect(gitHubRepository('https://git.example.org/ada/engine', insecure)).toBeNull();
});
