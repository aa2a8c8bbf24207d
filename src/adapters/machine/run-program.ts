import { execFile } from 'node:child_process';
import { err, ok, type Result } from '../../base/result.ts';

const LIMIT_MS = 10_000;

/** Standard output of a small system program, which speaks English for us. */
export function runProgram(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Result<string, string>> {
  return new Promise((resolve) => {
    const options = {
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 16 * 1024 * 1024,
      timeout: LIMIT_MS,
      windowsHide: true,
      signal,
    };
    execFile(program, [...args], options, (error, stdout) => {
      if (error) resolve(err(`${program} did not answer (${error.message.split('\n')[0] ?? ''})`));
      else resolve(ok(stdout));
    });
  });
}
