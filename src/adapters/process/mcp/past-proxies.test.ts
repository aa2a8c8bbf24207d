import { expect, it } from 'vitest';
import { pastProxies } from './past-proxies.ts';

it('names loopback beside what is asked without a proxy already', () => {
  const env = { HTTP_PROXY: 'http://proxy:1', NO_PROXY: 'intern.example, .corp' };
  const value = 'intern.example,.corp,127.0.0.1';
  expect(pastProxies(env, 'linux')).toEqual({ NO_PROXY: value, no_proxy: value });
  expect(pastProxies(env, 'win32')).toEqual({ NO_PROXY: value });
  expect(pastProxies({ all_proxy: 'http://proxy:1' }, 'win32')).toEqual({ NO_PROXY: '127.0.0.1' });
});

it('changes nothing without a proxy, and nothing that is named', () => {
  expect(pastProxies({ NO_PROXY: 'a' }, 'linux')).toEqual({});
  expect(pastProxies({ http_proxy: '' }, 'linux')).toEqual({});
  for (const NO_PROXY of ['*', 'localhost,127.0.0.1']) {
    expect(pastProxies({ http_proxy: 'http://p', NO_PROXY }, 'linux')['no_proxy']).toBe(NO_PROXY);
  }
});
