import { describe, expect, it } from 'vitest';
import { copyEnvironment, homeIn, programCandidates, variable, windowsTool } from './programs.ts';

const windows = (path: string, pathExt = '.EXE;.CMD') => ({ platform: 'win32', path, pathExt });
const posix = (path: string) => ({ platform: 'linux', path, pathExt: '' });

describe('where a program may lie', () => {
  it('is every absolute folder of PATH, in order', () => {
    expect(programCandidates('pi', posix('/usr/bin:.:bin::/opt/x/'))).toEqual(['/usr/bin/pi', '/opt/x/pi']);
  });

  it('has the endings of PATHEXT on Windows, on drives and shares alone', () => {
    const path = String.raw`"C:\Program Files\nodejs\";.;bin;\rooted;C:relative;\\server\share\tools`;
    expect(programCandidates('pi', windows(path))).toEqual([
      String.raw`C:\Program Files\nodejs\pi.exe`,
      String.raw`C:\Program Files\nodejs\pi.cmd`,
      String.raw`\\server\share\tools\pi.exe`,
      String.raw`\\server\share\tools\pi.cmd`,
    ]);
  });

  it('keeps an ending that a program can have, and no other one', () => {
    expect(programCandidates('pi.CMD', windows('C:\\a'))).toEqual(['C:\\a\\pi.CMD']);
    expect(programCandidates('node-24.1', windows('C:\\a', '.EXE'))).toEqual(['C:\\a\\node-24.1.exe']);
    expect(programCandidates('x', windows('C:\\a', ''))).toHaveLength(4);
  });

  it('does not search for a name with a folder', () => {
    expect(programCandidates('./run', posix('/bin'))).toEqual(['./run']);
    expect(programCandidates('tools\\run', windows('C:\\a', '.EXE'))).toEqual(['tools\\run.exe']);
    expect(programCandidates('C:/t/run.exe', windows('C:\\a', '.EXE'))).toEqual(['C:/t/run.exe']);
    expect(programCandidates('a\\b', posix('/bin'))).toEqual(['/bin/a\\b']);
  });
});

it('programs and the home of a user are where Windows says', () => {
  expect(windowsTool('netstat', { systemroot: 'D:\\WIN' })).toBe(String.raw`D:\WIN\System32\netstat.exe`);
  expect(windowsTool('powershell', {})).toBe(
    String.raw`C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`,
  );
  const env = { HOME: '/c/Users/Ada', UserProfile: String.raw`C:\Users\Ada` };
  expect([homeIn(env, 'win32'), homeIn(env, 'darwin'), homeIn({}, 'linux')]).toEqual([
    env.UserProfile,
    env.HOME,
    '',
  ]);
});

describe('variables', () => {
  it('have no case on Windows', () => {
    expect(variable({ Path: 'C:\\a' }, 'PATH', 'win32')).toBe('C:\\a');
    expect(variable({ Path: '/a' }, 'PATH', 'linux')).toBe('');
    expect(copyEnvironment({ Path: 'C:\\a', ComSpec: 'cmd' }, 'win32')).toEqual({
      PATH: 'C:\\a',
      COMSPEC: 'cmd',
    });
    expect(copyEnvironment({ Path: '/a', path: '/b' }, 'darwin')).toEqual({ Path: '/a', path: '/b' });
  });
});
