import { describe, expect, it } from 'vitest';
import { samePath } from './files.ts';
import { gitProgram } from './git-process.ts';

const W = String.raw;

describe('the same path', () => {
  it.each([
    ['win32', W`C:\Work\repo`, 'c:/work/REPO', true],
    ['win32', W`C:\Work\repo`, W`\\?\C:\work\repo` + '\\', true],
    ['win32', W`\\Server\Share\repo`, '//server/share/repo/', true],
    ['win32', W`\\?\UNC\server\share\repo`, W`\\server\share\repo`, true],
    ['win32', W`C:\a`, W`D:\a`, false],
    ['win32', W`C:\a`, W`C:\ab`, false],
    ['win32', 'C:\\', 'c:/', true],
    ['darwin', '/Users/Ada/Repo', '/users/ada/repo', true],
    ['darwin', '/w/caf\u00E9', '/w/cafe\u0301', true],
    ['darwin', '/w/a', '/w/b', false],
    ['linux', '/w/a', '/w/A', false],
    ['linux', '/w/caf\u00E9', '/w/cafe\u0301', false],
    ['linux', W`/w/a\b`, '/w/a/b', false],
  ] as const)('on %s: %s and %s: %s', (platform, a, b, same) => {
    expect(samePath(a, b, platform)).toBe(same);
    expect(samePath(b, a, platform)).toBe(same);
  });
});

it('git is a whole path on Windows, so that a repository cannot bring its own', () => {
  const git = W`C:\Program Files\Git\cmd\git.exe`;
  const env = { Path: W`.;C:\Windows;C:\Program Files\Git\cmd` };
  expect(gitProgram(env, 'win32', (path) => path === git)).toBe(git);
  expect(gitProgram(env, 'win32', () => false)).toBe('git');
  expect(gitProgram({ PATH: '/bin' }, 'darwin', () => true)).toBe('git');
});
