import { rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Clock } from '../../base/clock.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { readText, writeAside } from './files.ts';
import { failed, text, type GitOutput, type GitProcess } from './git-process.ts';
import { parseWorktrees, type WorktreeEntry } from './parse.ts';

export interface UserRef {
  readonly name: string;
  readonly oid: string;
}

/**
 * The few things that have to be done in the user's own git directory: refs and the list of worktrees. Only
 * commands that read no working tree are run here, hooks are off, and refs are never followed when written, so
 * a symbolic ref that an agent planted cannot lead a write elsewhere.
 */
export interface UserGit {
  run(
    args: readonly string[],
    options?: { readonly gitDir?: string; readonly okCodes?: readonly number[]; readonly stdin?: string },
  ): Promise<Result<GitOutput, GitError>>;
  readRef(ref: string, gitDir?: string): Promise<Commit | null>;
  /** With `create`, fails when the ref exists. */
  setRef(ref: string, commit: Commit, mode: 'create' | 'force'): Promise<Result<void, GitError>>;
  refs(prefixes?: readonly string[]): Promise<Result<UserRef[], GitError>>;
  worktrees(): Promise<Result<WorktreeEntry[], GitError>>;
}

const NO_PROGRAMS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.commitGraph=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'branch.autoSetupMerge=false',
].flatMap((setting) => ['-c', setting]);

/** Short locks, and a worktree that another git is just adding. */
const PASSING =
  /Unable to create .*\.lock'?: File exists|cannot lock ref.*File exists|failed to read .*commondir/s;
const WAITS_MS = [20, 50, 100, 250, 500, 1000];

export function createUserGit(git: GitProcess, commonDir: string, clock: Clock): UserGit {
  const run: UserGit['run'] = async (args, options = {}) => {
    const once = () =>
      git.run([...NO_PROGRAMS, ...args], {
        cwd: commonDir,
        env: {
          GIT_DIR: options.gitDir ?? commonDir,
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_CONFIG_SYSTEM: '/dev/null',
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_AUTHOR_NAME: 'CFN Loop',
          GIT_AUTHOR_EMAIL: 'cfn-loop@localhost',
          GIT_COMMITTER_NAME: 'CFN Loop',
          GIT_COMMITTER_EMAIL: 'cfn-loop@localhost',
        },
        ...(options.okCodes ? { okCodes: options.okCodes } : {}),
        ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      });
    // Agents and editors hold git's short locks; waiting a moment is what a person would do.
    let result = await once();
    for (const wait of WAITS_MS) {
      if (result.ok || result.error.kind !== 'failed' || !PASSING.test(result.error.stderr)) return result;
      await clock.sleep(wait);
      result = await once();
    }
    return !result.ok && (await completeAdmin(commonDir, result.error)) ? once() : result;
  };
  const readRef: UserGit['readRef'] = async (ref, gitDir) => {
    const found = await run(['rev-parse', '--quiet', '--verify', '--end-of-options', `${ref}^{commit}`], {
      okCodes: [0, 1, 128],
      ...(gitDir ? { gitDir } : {}),
    });
    return found.ok && found.value.code === 0 ? text(found.value) : null;
  };
  return {
    run,
    readRef,
    setRef: async (ref, commit, mode) => {
      const expected = mode === 'create' ? ['0'.repeat(commit.length)] : [];
      const args = ['update-ref', '--no-deref', ref, commit, ...expected];
      let set = await run(args);
      if (!set.ok && (await removeStaleLock(commonDir, set.error, clock.now()))) set = await run(args);
      return set.ok ? ok(undefined) : err(blocked(ref, set.error));
    },
    refs: async (prefixes = []) => {
      const listed = await run(['for-each-ref', '--format=%(objectname) %(refname)', ...prefixes]);
      if (!listed.ok) return listed;
      const lines = text(listed.value).split('\n').filter(Boolean);
      return ok(
        lines.map((line) => ({
          oid: line.slice(0, line.indexOf(' ')),
          name: line.slice(line.indexOf(' ') + 1),
        })),
      );
    },
    worktrees: async () => {
      const listed = await run(['worktree', 'list', '--porcelain', '-z']);
      return listed.ok ? ok(parseWorktrees(listed.value.stdout.toString('utf8'))) : listed;
    },
  };
}

/**
 * A git that was killed while adding a worktree can leave `commondir` empty, and then nobody can list worktrees any
 * more. Its content is always the same, so it is written as git would have done a moment later.
 */
async function completeAdmin(commonDir: string, error: GitError): Promise<boolean> {
  const stderr = error.kind === 'failed' ? error.stderr : '';
  const path = /failed to read (.+commondir)(:|$)/m.exec(stderr)?.[1];
  if (path === undefined || dirname(dirname(path)) !== join(commonDir, 'worktrees')) return false;
  const content = await readText(path);
  if (content !== null && content.trim() !== '') return false;
  await writeAside(path, '../..\n', 0o644);
  return true;
}

/** `run` has waited longer than this by the time a lock is looked at, and a ref takes milliseconds to write. */
const STALE_LOCK_MS = 1500;

/** A git that was killed leaves the lock of the ref it was writing. Only locks of our own refs are removed. */
async function removeStaleLock(commonDir: string, error: GitError, now: number): Promise<boolean> {
  const stderr = error.kind === 'failed' ? error.stderr : '';
  const path = /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1];
  if (path === undefined) return false;
  const ref = relative(commonDir, path).replaceAll('\\', '/');
  if (!/^refs\/(heads\/)?cfn\/.+\.lock$/.test(ref)) return false;
  const lock = await stat(path).catch(() => null);
  if (lock === null || now - lock.mtimeMs < STALE_LOCK_MS) return false;
  await rm(path, { force: true });
  return true;
}

/** A branch named `cfn` or `cfn/<task>` leaves no room below it; that is the user's to rename. */
function blocked(ref: string, error: GitError): GitError {
  if (error.kind !== 'failed') return error;
  const found = /'(refs\/[^']+)' exists; cannot create/.exec(error.stderr);
  const inTheWay = found?.[1];
  if (inTheWay === undefined) return failed(`${ref} could not be written: ${error.message}`, error.stderr);
  return {
    kind: 'refused',
    message: `The ref ${inTheWay} stands in the way of ${ref}; rename it (git branch -m) and start again.`,
  };
}
