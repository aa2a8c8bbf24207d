import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateFolder, stateHome } from './root.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-root-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the state home', () => {
  const homes = { linux: '/home/ada', darwin: '/Users/ada', win32: 'C:\\Users\\Ada' } as const;
  it.each([
    ['linux', {}, '/home/ada/.local/state/cfn'],
    ['linux', { XDG_STATE_HOME: '/var/ada' }, '/var/ada/cfn'],
    ['linux', { XDG_STATE_HOME: 'relative' }, '/home/ada/.local/state/cfn'],
    ['darwin', { XDG_STATE_HOME: '/var/ada' }, '/Users/ada/Library/Application Support/cfn'],
    ['win32', {}, String.raw`C:\Users\Ada\AppData\Local\cfn`],
    ['win32', { LocalAppData: 'D:\\Local' }, String.raw`D:\Local\cfn`],
    ['win32', { LOCALAPPDATA: 'relative' }, String.raw`C:\Users\Ada\AppData\Local\cfn`],
    ['win32', { cfn_state_home: String.raw`\\server\share\cfn` }, String.raw`\\server\share\cfn`],
    ['linux', { CFN_STATE_HOME: '/elsewhere' }, '/elsewhere'],
  ] as const)('on %s with %o is %s', (platform, env, expected) => {
    expect(stateHome({ env, platform, home: homes[platform] })).toBe(expected);
  });

  it.skipIf(process.platform === 'win32')('is never in the current folder, whatever HOME says', () => {
    const expected = join(userInfo().homedir, '.local', 'state', 'cfn');
    for (const home of ['', 'relative'])
      expect(stateHome({ env: {}, platform: 'linux', home })).toBe(expected);
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

  it('is closed to other users on Windows too, once, where it does not lie in the profile', async () => {
    const calls: (readonly string[])[] = [];
    const open = (env: Record<string, string>) =>
      openStateFolder({
        env: { USERDOMAIN: 'PC', USERNAME: 'Ada', SystemRoot: 'C:\\WINDOWS', ...env },
        platform: 'win32',
        home: folder,
        repositoryId: 'r2',
        runTool: (program, args) => Promise.resolve(void calls.push([program, ...args])),
      });
    // A path of this machine, which Windows rules take for absolute as well.
    expect(await open({ CFN_STATE_HOME: folder })).toMatchObject({ ok: true });
    expect(await open({ CFN_STATE_HOME: folder })).toMatchObject({ ok: true });
    expect(calls).toEqual([
      [
        String.raw`C:\WINDOWS\System32\icacls.exe`,
        join(folder, 'r2'),
        '/inheritance:r',
        '/grant:r',
        String.raw`PC\Ada:(OI)(CI)F`,
        '*S-1-5-18:(OI)(CI)F',
      ],
    ]);
  });

  it('that can not be used is named together with what to do', async () => {
    await writeFile(join(folder, 'r1'), '');
    const opened = await openStateFolder({ env: { CFN_STATE_HOME: folder }, repositoryId: 'r1' });
    expect(opened).toMatchObject({ ok: false, error: /CFN_STATE_HOME/ });
  });
});
