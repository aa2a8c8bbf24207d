import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agentBranch,
  attemptRef,
  candidateRef,
  checkGitVersion,
  composeProjectName,
  decidesSetup,
  integratedRef,
  isUsersRef,
  rescueRef,
  resultBranch,
  seedProjectName,
  snapshotRef,
  worktreePath,
} from './naming.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('names', () => {
  it('are those of the contract', () => {
    expect(agentBranch('fix', 'backend-1')).toBe('cfn/fix/backend-1');
    expect(resultBranch('fix')).toBe('cfn/fix/result');
    expect(attemptRef({ taskId: 'fix', iteration: 2, agentId: 'a', attempt: 3 })).toBe('refs/cfn/fix/2/a/3');
    expect(integratedRef('fix', 2, 1)).toBe('refs/cfn/fix/2/integrated/1');
    expect(candidateRef('fix', 2, COMMIT)).toBe('refs/cfn/fix/2/integrated/c-0123456789abcdef');
    expect(rescueRef('fix', 'a', COMMIT)).toBe('refs/cfn/rescue/fix/a/0123456789abcdef');
    expect(snapshotRef(COMMIT)).toBe('refs/cfn/_snapshot/0123456789abcdef');
  });

  it('puts worktrees beside the repository, or below the folder of the setting', () => {
    const unix = { repository: '/home/ada/project', root: null, separator: '/' } as const;
    expect(worktreePath(unix, 'fix', 'a')).toBe('/home/ada/project.cfn/fix/a');
    expect(worktreePath({ ...unix, root: '/fast/' }, 'fix', 'a')).toBe('/fast/project.cfn/fix/a');
    expect(worktreePath({ ...unix, repository: '/project' }, 'fix', 'a')).toBe('/project.cfn/fix/a');
    const windows = { repository: 'C:\\code\\project\\', root: null, separator: '\\' } as const;
    expect(worktreePath(windows, 'fix', 'a')).toBe('C:\\code\\project.cfn\\fix\\a');
  });

  it("tells the user's refs from ours and from remote-tracking ones", () => {
    expect(
      ['refs/heads/main', 'refs/tags/v1', 'refs/stash', 'refs/heads/cfnx', 'refs/notes/x'].every(isUsersRef),
    ).toBe(true);
    expect(
      ['refs/cfn/x', 'refs/heads/cfn/x/y', 'refs/remotes/origin/main', 'refs/prefetch/x'].some(isUsersRef),
    ).toBe(false);
  });
});

describe('compose project names', () => {
  it('[SI-023][SI-091] are the seeds’ for a plain branch', () => {
    expect(seedProjectName('feature-auth')).toBe('cfn-feature-auth');
    expect(composeProjectName('feature-auth')).toBe('cfn-feature-auth');
  });

  it('[X-23] differ where the seeds’ are equal, and are lower-case', () => {
    expect(seedProjectName('feature/auth')).toBe(seedProjectName('feature-auth'));
    const names = ['feature/auth', 'feature-auth', 'Feature-Auth', 'feature_auth'].map((name) =>
      composeProjectName(name),
    );
    expect(new Set(names).size).toBe(4);
    expect(composeProjectName('cfn/fix/a', 'one')).not.toBe(composeProjectName('cfn/fix/a', 'two'));
  });

  it('[X-23] are legal for Compose and stay apart for any two branches', () => {
    const branch = fc.string({ minLength: 1, maxLength: 150, unit: 'grapheme' });
    fc.assert(
      fc.property(branch, branch, (a, b) => {
        for (const name of [composeProjectName(a), composeProjectName(b, 'id')]) {
          expect(name).toMatch(/^[a-z0-9][a-z0-9_-]{0,62}$/);
        }
        expect(composeProjectName(a) === composeProjectName(b)).toBe(a === b);
      }),
    );
  });
});

describe('what decides the set-up', () => {
  it('are lockfiles at any depth and our own set-up files at the root', () => {
    const yes = [
      'package-lock.json',
      'web/yarn.lock',
      'Cargo.lock',
      'requirements-dev.txt',
      '.worktreeinclude',
      '.cfn/setup.ps1',
    ];
    const no = [
      'package.json',
      'lock.json',
      'docs/.worktreeinclude',
      '.cfn/config.json',
      'my-package-lock.json',
    ];
    expect(yes.filter((path) => !decidesSetup(path))).toEqual([]);
    expect(no.filter(decidesSetup)).toEqual([]);
  });
});

describe('the version of git', () => {
  it('has to be 2.38 or newer', () => {
    for (const good of [
      'git version 2.38.0',
      'git version 2.39.5 (Apple Git-154)',
      'git version 3.0.0',
      'git version 2.50.1.windows.1',
    ]) {
      expect(checkGitVersion(good).ok).toBe(true);
    }
    for (const bad of ['git version 2.37.9', 'git version 1.99.0', 'hub 2.14', '']) {
      expect(checkGitVersion(bad).ok).toBe(false);
    }
  });
});
