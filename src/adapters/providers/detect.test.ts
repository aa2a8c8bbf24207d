import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectAgents } from './detect.ts';
import { createLoginPath } from './login-path.ts';
import { findProgram } from './programs.ts';

const posix = process.platform !== 'win32';
let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'cfn-detect-')));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function bin(name: string, programs: Readonly<Record<string, string>>): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  for (const [program, script] of Object.entries(programs)) {
    writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, program), 0o755);
  }
  return folder;
}

describe.runIf(posix)('agent CLIs on PATH', () => {
  it('names each with its version, its path and what it can do, and always the labelled demo agent', async () => {
    const folder = bin('some', {
      claude: 'echo "2.1.329 (Claude Code)"',
      pi: 'echo 0.73.1 >&2',
    });
    const found = await detectAgents({ PATH: [folder, '/usr/bin', '/bin'].join(delimiter) }, null);
    expect(found.map((agent) => agent.id)).toEqual([
      'claude',
      'codex',
      'gemini',
      'qwen',
      'opencode',
      'pi',
      'copilot',
      'cline',
      'aider',
      'claude+acp',
      'codex+acp',
      'gemini+acp',
      'qwen+acp',
      'opencode+acp',
      'vscode',
      'demo',
    ]);
    expect(found[0]).toEqual({
      id: 'claude',
      title: 'Claude Code',
      path: join(folder, 'claude'),
      version: '2.1.329',
      verified: expect.objectContaining({ from: '2.1.329' }),
      capabilities: {
        resume: true,
        usage: true,
        cost: true,
        channels: ['mcp', 'command', 'file', 'message'],
      },
    });
    expect(found[1]).toMatchObject({ path: null, version: null, capabilities: { cost: false } });
    expect(found[5]).toMatchObject({ version: '0.73.1' });
    expect(found[15]?.title).toContain('no model');
    expect(found[15]?.path).toContain('demo-agent');
  });

  it('shows a program that fails to tell its version as there, without one', async () => {
    const folder = bin('broken', { codex: 'echo "needs 9.9.9"; exit 1' });
    const found = await detectAgents({ PATH: folder }, null);
    expect(found[1]).toMatchObject({ path: join(folder, 'codex'), version: null });
  });

  it('waits for no program longer than its limit, and not for what it leaves behind', async () => {
    const folder = bin('slow', { codex: '/bin/sleep 30 & echo 1.2.3' });
    const start = performance.now();
    expect((await detectAgents({ PATH: folder }, null))[1]).toMatchObject({ version: '1.2.3' });
    expect(performance.now() - start).toBeLessThan(4000);
  });

  it('ignores folders and files that are not programs, and relative PATH entries', async () => {
    const folder = bin('odd', {});
    mkdirSync(join(folder, 'claude'));
    writeFileSync(join(folder, 'codex'), 'not executable');
    expect(await findProgram('claude', { PATH: folder })).toBeNull();
    expect(await findProgram('codex', { PATH: folder })).toBeNull();
    expect(await findProgram('sh', { PATH: '.' })).toBeNull();
  });
});

it('finds a program on Windows by PATHEXT, in a Path of any case', async () => {
  const exists = (path: string) => Promise.resolve(path === String.raw`C:\npm\pi.cmd`);
  const env = { Path: String.raw`C:\Windows;C:\npm`, PATHEXT: '.EXE;.CMD' };
  expect(await findProgram('pi', env, { platform: 'win32', exists })).toBe(String.raw`C:\npm\pi.cmd`);
  expect(await findProgram('codex', env, { platform: 'win32', exists })).toBeNull();
});

describe.runIf(posix)('PATH of the login shell', () => {
  const shell = (name: string, script: string) => join(bin(name, { shell: script }), 'shell');

  it('takes what the profile adds, asks once, and leaves noise alone', async () => {
    const log = join(root, 'asked');
    const path = createLoginPath({
      PATH: '/usr/bin:/bin',
      SHELL: shell(
        'noisy',
        `echo x >> ${log}; echo "PATH=/lie"; PATH=/profile/bin:$PATH; export PATH; eval "$2"`,
      ),
    });
    expect(await path()).toBe('/profile/bin:/usr/bin:/bin');
    expect(await path()).toBe('/profile/bin:/usr/bin:/bin');
    expect(await findProgram('asked', { PATH: root })).toBeNull();
  });

  it('keeps the order of the shell that started us in front', async () => {
    const path = createLoginPath({
      PATH: '/venv/bin:/bin',
      SHLVL: '1',
      SHELL: shell('login', 'PATH=/profile/bin:/bin; export PATH; eval "$2"'),
    });
    expect(await path()).toBe('/venv/bin:/bin:/profile/bin');
  });

  it('goes on with the PATH it has where the shell fails or is missing', async () => {
    expect(await createLoginPath({ PATH: '/a', SHELL: '/nowhere/shell' })()).toBe('/a');
    expect(await createLoginPath({ PATH: '/a', SHELL: shell('bad', 'exit 3') })()).toBe('/a');
  });

  it('asks a real shell', async () => {
    const path = await createLoginPath({ PATH: '/usr/bin:/bin', HOME: root, SHELL: '/bin/sh' })();
    expect(path.split(':')).toContain('/usr/bin');
  });
});

it('leaves PATH on Windows as it is', async () => {
  expect(await createLoginPath({ Path: 'C:\\a;C:\\b' }, 'win32')()).toBe('C:\\a;C:\\b');
});
