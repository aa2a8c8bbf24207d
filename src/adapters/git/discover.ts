import { realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { checkGitVersion } from '../../domain/worktree/naming.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { failed, refused, text, type GitProcess } from './git-process.ts';
import { parseWorktrees } from './parse.ts';

export interface Discovered {
  readonly root: string;
  readonly prefix: string;
  readonly gitDir: string;
  readonly commonDir: string;
  readonly head: Commit;
  readonly headRef: string | null;
  /** The main checkout, which agents' worktrees are named after; the opened one when there is no main one. */
  readonly mainRoot: string;
}

/** Finds the repository of a folder with commands that run nothing, and says in one sentence what is in the way. */
export async function discover(
  git: GitProcess,
  folder: string,
  signal: AbortSignal,
): Promise<Result<Discovered, GitError>> {
  const opened = await stat(folder).catch(() => null);
  if (!opened?.isDirectory())
    return err(refused(`The folder ${folder} does not exist; name a folder in a git repository.`));
  const cwd = await realpath(folder);
  const version = await git.run(['--version'], { cwd, signal });
  if (!version.ok) {
    return err(
      signal.aborted ? version.error : refused('git was not found on PATH; install git 2.38 or newer.'),
    );
  }
  const usable = checkGitVersion(text(version.value));
  if (!usable.ok) return err(refused(usable.error));
  const kind = await git.run(
    ['rev-parse', '--is-bare-repository', '--is-inside-git-dir', '--is-inside-work-tree'],
    {
      cwd,
      signal,
    },
  );
  if (!kind.ok) return err(signal.aborted ? kind.error : notARepository(cwd, kind.error));
  const [bare, inside, workTree] = text(kind.value).split('\n');
  if (workTree !== 'true') {
    if (inside === 'true' && bare !== 'true') {
      return err(refused(`${cwd} is inside a git directory; open the checkout that belongs to it.`));
    }
    return err(refused(`${cwd} is a bare repository; open a checkout of it (git worktree add).`));
  }
  return describe(git, cwd, signal);
}

function notARepository(folder: string, error: GitError): GitError {
  const stderr = error.kind === 'failed' ? error.stderr : '';
  if (/dubious ownership/.test(stderr)) {
    return refused(
      `${folder} belongs to another user, so git does not trust it; run "git config --global --add safe.directory ${folder}" if you do.`,
    );
  }
  if (/not a git repository/.test(stderr)) {
    return refused(
      `${folder} is not in a git repository; run "git init" there and commit, or open another folder.`,
    );
  }
  return refused(
    `git cannot read the repository of ${folder}: ${stderr.trim().split('\n')[0] ?? error.message}.`,
  );
}

async function describe(
  git: GitProcess,
  cwd: string,
  signal: AbortSignal,
): Promise<Result<Discovered, GitError>> {
  const ask = async (...args: string[]): Promise<string | null> => {
    const found = await git.run(['rev-parse', ...args], { cwd, signal, okCodes: [0, 1, 128] });
    // Only the line end is git's; a folder may end with a blank.
    return found.ok && found.value.code === 0
      ? found.value.stdout.toString('utf8').replace(/\r?\n$/, '')
      : null;
  };
  const top = await ask('--show-toplevel');
  const gitDir = await ask('--absolute-git-dir');
  const common = await ask('--git-common-dir');
  const prefix = await ask('--show-prefix');
  if (top === null || gitDir === null || common === null) {
    return err(failed(`git could not describe the repository of ${cwd}`));
  }
  const root = await realpath(top);
  const head = await ask('--verify', '--quiet', 'HEAD^{commit}');
  if (head === null) {
    return err(
      refused(
        `The repository ${root} has no commits yet; commit something first, so that agents have a start.`,
      ),
    );
  }
  const attached = await git.run(['symbolic-ref', '--quiet', 'HEAD'], { cwd, signal, okCodes: [0, 1, 128] });
  const facts = {
    root,
    prefix: (prefix ?? '').replace(/\/$/, ''),
    gitDir: await realpath(gitDir),
    commonDir: await realpath(resolve(cwd, common)),
    head,
    headRef: attached.ok && attached.value.code === 0 ? text(attached.value) : null,
  };
  return ok({ ...facts, mainRoot: await mainRoot(git, facts) });
}

async function mainRoot(
  git: GitProcess,
  facts: { readonly root: string; readonly gitDir: string; readonly commonDir: string },
): Promise<string> {
  if (facts.gitDir === facts.commonDir) return facts.root;
  const listed = await git.run(['worktree', 'list', '--porcelain', '-z'], { cwd: facts.root });
  const main = listed.ok ? parseWorktrees(listed.value.stdout.toString('utf8'))[0] : undefined;
  if (main === undefined || main.bare || basename(facts.commonDir) !== '.git') return facts.root;
  const path = await realpath(main.path).catch(() => null);
  return path !== null && join(path, '.git') === facts.commonDir ? path : facts.root;
}
