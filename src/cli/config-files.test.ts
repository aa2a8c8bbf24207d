import { expect, it } from 'vitest';
import { userSettingsFile } from './config-files.ts';

it.each([
  ['linux', { HOME: '/home/ada' }, '/home/ada/.config/cfn/config.json'],
  ['linux', { HOME: '/home/ada', XDG_CONFIG_HOME: '/x' }, '/x/cfn/config.json'],
  ['linux', { HOME: '/home/ada', XDG_CONFIG_HOME: 'x' }, '/home/ada/.config/cfn/config.json'],
  ['darwin', { HOME: '/Users/ada' }, '/Users/ada/Library/Application Support/cfn/config.json'],
  ['win32', { AppData: 'C:\\R' }, String.raw`C:\R\cfn\config.json`],
  // HOME is of Git Bash, which writes `/c/Users/ada`.
  [
    'win32',
    { HOME: '/c/Users/ada', USERPROFILE: String.raw`C:\Users\Ada` },
    String.raw`C:\Users\Ada\AppData\Roaming\cfn\config.json`,
  ],
] as const)('on %s with %o the settings of a person lie in %s', (platform, env, file) => {
  expect(userSettingsFile({ platform, env })).toBe(file);
});
