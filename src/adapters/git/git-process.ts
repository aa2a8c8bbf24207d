import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { programCandidates, variable } from '../../base/programs.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { GitError } from '../../ports/worktrees.ts';

export interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** True when reading stopped at `maxBytes`; git was ended then. */
  readonly cut: boolean;
}

export interface GitOptions {
  readonly cwd: string;
  /** Added to the scrubbed environment; the only `GIT_*` variables that git sees. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** Exit codes that are answers; 0 by default. */
  readonly okCodes?: readonly number[];
  /** Stops reading standard output after this many bytes. */
  readonly maxBytes?: number;
}

export interface GitProcess {
  run(args: readonly string[], options: GitOptions): Promise<Result<GitOutput, GitError>>;
  /** A git that stays and is asked again and again; whoever starts it ends it. */
  start(args: readonly string[], options: Pick<GitOptions, 'cwd' | 'env'>): ChildProcessWithoutNullStreams;
}

export const failed = (message: string, stderr = ''): GitError => ({ kind: 'failed', message, stderr });
export const refused = (message: string): GitError => ({ kind: 'refused', message });

/** Nothing that git does here takes this long, unless an agent put a pipe where git reads a file. */
const DEADLINE_MS = 10 * 60_000;

/** Enough for any message of git's; the rest of an endless one helps nobody. */
const MAX_STDERR = 64 * 1024;

/**
 * Runs git as a plain process. Nothing of the caller's `GIT_*` environment gets through (a hook, an editor or an
 * agent may have set `GIT_DIR` or `GIT_EXTERNAL_DIFF`), no protocol may be spoken, nothing may ask on a terminal.
 */
export interface GitProcessDeps {
  readonly binary?: string | undefined;
  readonly parentEnv?: NodeJS.ProcessEnv;
  readonly deadlineMs?: number;
}

export function createGitProcess(deps: GitProcessDeps = {}): GitProcess {
  const { parentEnv = process.env, deadlineMs = DEADLINE_MS } = deps;
  const { binary = gitProgram(parentEnv) } = deps;
  const base = scrub(parentEnv);
  return {
    start: (args, { cwd, env }) =>
      spawn(binary, args, { cwd, env: { ...base, ...env }, stdio: 'pipe', windowsHide: true }),
    run: (args, options) =>
      new Promise((resolve) => {
        const name = nameOf(args);
        if (options.signal?.aborted) return resolve(err(failed(`${name} was cancelled`)));
        start({ binary, args, name, options, env: { ...base, ...options.env }, deadlineMs }, resolve);
      }),
  };
}

/** By its name alone Windows would look for git in the folder that it is run in first: in a stranger's repository. */
export function gitProgram(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
  exists: (path: string) => boolean = existsSync,
): string {
  if (platform !== 'win32') return 'git';
  const path = variable(env, 'PATH', platform);
  return programCandidates('git', { platform, path, pathExt: '.EXE' }).find(exists) ?? 'git';
}

/** `git merge-tree`, without the settings that come first. */
function nameOf(args: readonly string[]): string {
  let at = 0;
  while (args[at] === '-c') at += 2;
  return `git ${args[at] ?? ''}`;
}

interface Run {
  readonly binary: string;
  readonly args: readonly string[];
  readonly name: string;
  readonly options: GitOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly deadlineMs: number;
}

function start(run: Run, resolve: (result: Result<GitOutput, GitError>) => void): void {
  const { args, name, options } = run;
  const limit = options.maxBytes ?? Number.POSITIVE_INFINITY;
  const child = spawn(run.binary, args, {
    cwd: options.cwd,
    env: run.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const chunks: Buffer[] = [];
  const complaints: Buffer[] = [];
  let [size, complained, cut, late] = [0, 0, false, false];
  const deadline = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, run.deadlineMs);
  child.stdout.on('data', (chunk: Buffer) => {
    if (cut) return;
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) {
      cut = true;
      child.kill();
    }
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (complained < MAX_STDERR) complaints.push(chunk);
    complained += chunk.length;
  });
  child.on('error', (error) => resolve(err(failed(`${name} could not run: ${error.message}`))));
  // git may exit without reading what it was given; its exit code tells more than a broken pipe.
  child.stdin.on('error', () => undefined);
  child.on('close', (code) => {
    clearTimeout(deadline);
    const stdout = Buffer.concat(chunks);
    const stderr = Buffer.concat(complaints).toString('utf8');
    if (cut) return resolve(ok({ code: 0, stdout: stdout.subarray(0, limit), stderr, cut }));
    if (code !== null && (options.okCodes ?? [0]).includes(code))
      return resolve(ok({ code, stdout, stderr, cut }));
    if (late)
      return resolve(err(failed(`${name} did not end in ${run.deadlineMs / 1000} s and was killed`, stderr)));
    const first = stderr.trim().split('\n', 1)[0] ?? '';
    resolve(err(failed(`${name} ended with ${code ?? 'a signal'}${first ? `: ${first}` : ''}`, stderr)));
  });
  child.stdin.end(options.stdin ?? '');
}

function scrub(parent: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(parent)) {
    if (!/^(GIT_|LC_|LANG(UAGE)?$|SSH_|PAGER$|EDITOR$|VISUAL$)/i.test(name)) env[name] = value;
  }
  return {
    ...env,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_PAGER: 'cat',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
}

export const text = (output: GitOutput): string => output.stdout.toString('utf8').trim();
