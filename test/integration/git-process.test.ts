import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitProcess } from '../../src/adapters/git/git-process.ts';

const LISTING = ['ls-files', '--others', '--exclude-standard'];

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'cfn-git-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe('running git', () => {
  it("passes nothing of the caller's git environment on", async () => {
    const git = createGitProcess({
      parentEnv: { ...process.env, GIT_DIR: '/nowhere', git_index_file: '/nowhere' },
    });
    const asked = await git.run(['-c', 'alias.env=!env', 'env'], { cwd, env: { GIT_INDEX_FILE: '/ours' } });
    const seen = asked.ok ? asked.value.stdout.toString() : '';
    expect(seen).not.toContain('/nowhere');
    expect(seen).toContain('GIT_INDEX_FILE=/ours');
    expect(seen).toContain('GIT_TERMINAL_PROMPT=0');
  });

  it('gives bytes, answers by exit code, and stops reading at a limit', async () => {
    const git = createGitProcess();
    execFileSync('git', ['init', '-q'], { cwd });
    const bytes = new Uint8Array([0, 255, 10, 128]);
    const blob = await git.run(['hash-object', '-w', '--stdin'], { cwd, stdin: bytes });
    const oid = blob.ok ? blob.value.stdout.toString().trim() : '';
    const shown = await git.run(['cat-file', 'blob', oid], { cwd });
    expect(shown).toMatchObject({ ok: true, value: { stdout: Buffer.from(bytes) } });
    const missing = await git.run(['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd, okCodes: [1] });
    expect(missing).toMatchObject({ ok: true, value: { code: 1 } });
    const cut = await git.run(['cat-file', 'blob', oid], { cwd, maxBytes: 2 });
    expect(cut).toMatchObject({ ok: true, value: { cut: true, stdout: Buffer.from([0, 255]) } });
    const bad = await git.run(['-c', 'x.y=z', 'cat-file', 'blob', 'nothing'], { cwd });
    expect(bad).toMatchObject({ ok: false, error: { kind: 'failed' } });
    expect(bad.ok ? '' : bad.error.message).toMatch(/^git cat-file ended with 128: fatal: /);
  });

  it.skipIf(process.platform === 'win32')(
    'kills a git that waits for ever, by deadline and by signal',
    async () => {
      execFileSync('git', ['init', '-q'], { cwd });
      execFileSync('mkfifo', [join(cwd, '.gitignore')]);
      const late = await createGitProcess({ deadlineMs: 300 }).run(LISTING, { cwd });
      expect(late.ok ? '' : late.error.message).toBe('git ls-files did not end in 0.3 s and was killed');
      const stopped = await createGitProcess().run(LISTING, { cwd, signal: AbortSignal.timeout(300) });
      expect(stopped.ok ? '' : stopped.error.message).toContain('git ls-files could not run');
    },
  );
});
