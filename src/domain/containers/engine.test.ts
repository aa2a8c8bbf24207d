import { expect, it } from 'vitest';
import { whyNoFolders } from './engine.ts';

const at = (host: string, platform: string) => whyNoFolders({ source: 'DOCKER_HOST', host }, platform);

it('takes an engine on a socket of this machine, and says of others why not', () => {
  expect(at('unix:///var/run/docker.sock', 'linux')).toBeNull();
  expect(at('unix:///Users/me/.docker/run/docker.sock', 'darwin')).toBeNull();
  expect(at('ssh://me@far', 'linux')).toContain('ssh://me@far is on another machine');
  expect(at('tcp://10.0.0.1:2376', 'darwin')).toContain('is on another machine');
  expect(at('npipe:////./pipe/docker_engine', 'win32')).toContain('Windows');
});
