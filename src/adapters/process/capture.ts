import { execFile } from 'node:child_process';

/** Standard output of a small system program; empty when it fails, as there is nothing to list then. */
export function capture(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve) => {
    const options = {
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
      windowsHide: true,
      timeout: 20_000,
    };
    execFile(program, args, options, (error, stdout) => resolve(error && stdout === '' ? '' : stdout));
  });
}
