import { spawn } from 'node:child_process';
import { variable } from '../../base/programs.ts';
import type { Variables } from './programs.ts';

const LIMIT_MS = 5000;
const MARK = 'cfn-login-path';

/** Asks the user's login shell for its PATH; `null` when it does not say in time. */
function askShell(env: Variables): Promise<string | null> {
  const shell = env['SHELL'] || '/bin/sh';
  return new Promise((resolve) => {
    // A session of its own: an interactive shell would otherwise reach for our terminal and be stopped.
    // `env` prints the exported PATH with colons, whatever the shell's own notation for lists.
    const child = spawn(shell, ['-ilc', `echo ${MARK}; command env; echo ${MARK}`], {
      env: { ...env, CFN_RESOLVING_PATH: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    let output = '';
    let settled = false;
    const settle = (path: string | null) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      child.stdout.destroy();
      // The group, because a profile may have started something that never ends.
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It is gone already.
      }
      resolve(path);
    };
    const timer = setTimeout(() => settle(null), LIMIT_MS);
    child.on('error', () => settle(null));
    child.on('close', () => settle(null));
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      const [, printed, rest] = output.split(`${MARK}\n`);
      if (rest !== undefined) settle(/^PATH=(.+)$/m.exec(printed ?? '')?.[1] ?? null);
    });
  });
}

/**
 * PATH as the user's login shell has it, asked once. An editor that was started from a dock lacks what
 * profiles add. Where the environment already comes from a shell, its own order (a chosen version, a
 * virtual environment) stays in front. Windows: as it is.
 */
export function createLoginPath(
  env: Variables = process.env,
  platform: string = process.platform,
): () => Promise<string> {
  const ask = async () => {
    const current = variable(env, 'PATH', platform);
    if (platform === 'win32') return current;
    const login = await askShell(env);
    if (login === null) return current;
    const ordered = env['SHLVL'] === undefined ? [login, current] : [current, login];
    return [...new Set(ordered.join(':').split(':'))].filter((part) => part !== '').join(':');
  };
  let asked: Promise<string> | null = null;
  return () => (asked ??= ask());
}
