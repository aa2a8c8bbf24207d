import { expect, it } from 'vitest';
import { sshWords } from './dial-ssh.ts';

it('names no user and no port that the address does not name, so that the configuration holds', () => {
  expect(sshWords({ host: 'far', port: '', user: '' })).not.toContain('-l');
  expect(sshWords({ host: 'far', port: '', user: '' }).slice(-6)).toEqual([
    '-T',
    '--',
    'far',
    'docker',
    'system',
    'dial-stdio',
  ]);
  expect(sshWords({ host: 'far', port: '2222', user: 'me' }).join(' ')).toContain(
    '-l me -p 2222 -T -- far docker',
  );
});

it('takes no name that ssh would read as an option', () => {
  expect(() => sshWords({ host: '-oProxyCommand=x', port: '', user: '' })).toThrow('is no name');
  expect(() => sshWords({ host: 'far', port: '', user: '-oProxyCommand=x' })).toThrow('is no name');
});
