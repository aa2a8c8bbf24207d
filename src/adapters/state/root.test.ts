import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateFolder, stateHome } from './root.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-root-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the state home', () => {
  const home = join('/', 'home', 'ada');
  it.each([
    ['linux', {}, join(home, '.local', 'state', 'cfn')],
    ['linux', { XDG_STATE_HOME: join('/', 'var', 'ada') }, join('/', 'var', 'ada', 'cfn')],
    ['linux', { XDG_STATE_HOME: 'relative' }, join(home, '.local', 'state', 'cfn')],
    ['darwin', { XDG_STATE_HOME: '/var/ada' }, join(home, 'Library', 'Application Support', 'cfn')],
    ['win32', {}, join(home, 'AppData', 'Local', 'cfn')],
    ['linux', { CFN_STATE_HOME: join('/', 'elsewhere') }, join('/', 'elsewhere')],
  ] as const)('on %s with %o is %s', (platform, env, expected) => {
    expect(stateHome({ env, platform, home })).toBe(expected);
  });

  it('holds a folder for each repository', async () => {
    const env = { CFN_STATE_HOME: folder };
    expect(await openStateFolder({ env, repositoryId: 'r1' })).toEqual({
      ok: true,
      value: join(folder, 'r1'),
    });
    expect(await openStateFolder({ env, repositoryId: 'r1' })).toMatchObject({ ok: true });
    expect(await openStateFolder({ env, repositoryId: '../r1' })).toMatchObject({ ok: false });
  });

  it.skipIf(process.platform === 'win32')('is closed to other users', async () => {
    await openStateFolder({ env: { CFN_STATE_HOME: folder }, repositoryId: 'r1' });
    expect((await stat(join(folder, 'r1'))).mode & 0o777).toBe(0o700);
  });

  it('that can not be used is named together with what to do', async () => {
    await writeFile(join(folder, 'r1'), '');
    const opened = await openStateFolder({ env: { CFN_STATE_HOME: folder }, repositoryId: 'r1' });
    expect(opened).toMatchObject({ ok: false, error: /CFN_STATE_HOME/ });
  });
});
