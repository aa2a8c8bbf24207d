import { expect, it } from 'vitest';
import { CONTAINER_HOME, containerEnvironment } from './environment.ts';
import { CONTAINER_BIN } from './plan.ts';

it('carries what is said of the attempt and to its CLI, and nothing that names a place of this machine', () => {
  const inside = containerEnvironment({
    PATH: '/home/me/bin:/usr/bin',
    HOME: '/home/me',
    XDG_CONFIG_HOME: '/home/me/.config',
    NVM_DIR: '/home/me/.nvm',
    LANG: 'C.UTF-8',
    AGENT_ID: 'a',
    CFN_NONCE: 'n',
    ANTHROPIC_API_KEY: 'k',
  });
  expect(inside).toMatchObject({
    LANG: 'C.UTF-8',
    AGENT_ID: 'a',
    CFN_NONCE: 'n',
    ANTHROPIC_API_KEY: 'k',
    HOME: CONTAINER_HOME,
  });
  expect(inside['PATH']?.split(':')[0]).toBe(CONTAINER_BIN);
  expect(JSON.stringify(inside)).not.toContain('/home/me');
});

it('lets git take folders of another number, after the settings that were there', () => {
  const settings = containerEnvironment({
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'credential.helper',
    GIT_CONFIG_VALUE_0: '',
  });
  expect(settings).toMatchObject({
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'credential.helper',
    GIT_CONFIG_KEY_1: 'safe.directory',
    GIT_CONFIG_VALUE_1: '*',
  });
});
