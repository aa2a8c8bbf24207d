import { execFile } from 'node:child_process';
import { devNull } from 'node:os';

const LIMIT_MS = 30_000;
const MOST_BYTES = 1024 * 1024;

/** Nothing that a repository, a person or an attribute configures is run by it. */
const QUIET = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  `core.hooksPath=${devNull}`,
  '--no-pager',
  '--literal-pathspecs',
];

export interface GitAnswer {
  /** null: it was ended, as it took too long or said too much. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A git command that only reads, in `folder`. */
export function readGit(folder: string, args: readonly string[]): Promise<GitAnswer> {
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: devNull,
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
    };
    const options = { cwd: folder, env, timeout: LIMIT_MS, maxBuffer: MOST_BYTES, windowsHide: true };
    execFile('git', [...QUIET, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr });
    });
  });
}
