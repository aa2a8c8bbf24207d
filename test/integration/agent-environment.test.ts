import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { evidenceEnvironment } from '../../src/domain/agents/environment.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-environment-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('asks no credential helper and no person: git gets no password whatever the user configured', () => {
  const git = (env: NodeJS.ProcessEnv, args: readonly string[], input = '') => {
    try {
      return execFileSync('git', args, { cwd: folder, env, input, encoding: 'utf8', stdio: 'pipe' });
    } catch {
      return 'refused';
    }
  };
  const user = { ...process.env, HOME: folder, SSH_AUTH_SOCK: '/run/agent', GIT_ASKPASS: '/bin/echo' };
  const helper = '!f() { echo username=ada; echo password=secret; }; f';
  git(user, ['config', '--global', 'credential.helper', helper]);
  git(user, ['config', '--global', 'credential.https://example.org.helper', helper]);
  git(user, ['config', '--global', 'core.askPass', '/bin/echo']);
  const query = 'protocol=https\nhost=example.org\n\n';
  // The control: with the user's own environment there is a password.
  expect(git(user, ['credential', 'fill'], query)).toContain('password=secret');
  const path = process.env['PATH'] ?? '';
  const env = evidenceEnvironment({ platform: process.platform, user, path, binFolder: '' });
  expect(git(env, ['credential', 'fill'], query)).toBe('refused');
});
