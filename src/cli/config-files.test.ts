import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRetention, userSettingsFile } from './config-files.ts';

it('[DP-006] [DP-008] how long rows stay is read from the repository first, then from the own settings', async () => {
  const root = await mkdtemp(join(tmpdir(), 'cfn-retention-'));
  try {
    const io = { platform: 'linux', env: { XDG_CONFIG_HOME: join(root, 'config') } } as const;
    await mkdir(join(root, '.git'));
    await mkdir(join(root, '.cfn'));
    await mkdir(join(root, 'config', 'cfn'), { recursive: true });
    expect(await readRetention(io, root)).toEqual({
      ok: true,
      value: { auditDays: 90, transactionDays: 30 },
    });
    await writeFile(join(root, 'config', 'cfn', 'config.json'), '{"auditDays":400,"transactionDays":7}');
    await writeFile(join(root, '.cfn', 'config.json'), '{"version":1,"auditDays":365}');
    expect(await readRetention(io, root)).toEqual({
      ok: true,
      value: { auditDays: 365, transactionDays: 7 },
    });
    await writeFile(join(root, '.cfn', 'config.json'), '{"auditDays":0}');
    expect(await readRetention(io, root)).toMatchObject({ ok: false, error: /auditDays is 0; it takes/ });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

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
