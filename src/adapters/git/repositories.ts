import { mkdir, readdir, stat } from 'node:fs/promises';
import { removeFolder } from './files.ts';
import { isAbsolute, join, relative, sep } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Clock } from '../../base/clock.ts';
import type { Ids } from '../../base/ids.ts';
import type { Logger } from '../../base/logger.ts';
import { worktreePath, worktreeRoot } from '../../domain/worktree/naming.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { Ledger } from '../../ports/journal.ts';
import type { GitError, Repositories, Repository } from '../../ports/worktrees.ts';
import { dirtyPaths, type UserCheckout } from './dirty.ts';
import { discover, type Discovered } from './discover.ts';
import { createGitProcess, refused, type GitProcess } from './git-process.ts';
import { harnessFor, scratchOwner, type Harness } from './harness.ts';
import { lfsInUse } from './base-facts.ts';
import { modulePlace } from './modules/modules-of.ts';
import { movedLinks } from './modules/users-modules.ts';
import { createRepository } from './repository.ts';
import { repositoryId } from './repository-id.ts';
import { readUserConfig, type UserConfig } from './settings.ts';
import { createUserGit } from './user-git.ts';

export interface RepositoriesDeps {
  /** The repository's folder outside of it, e.g. `$XDG_STATE_HOME/cfn/<id>`; we use its `git` folder. */
  readonly stateFolder: (repositoryId: string) => string;
  readonly ledger: (repositoryId: string) => Ledger;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The setting `cfn.worktreeRoot`, absolute; null: `<repo>.cfn` beside the repository. */
  readonly worktreeRoot: () => string | null;
  /** Path of git; by default the one on `PATH`. */
  readonly gitBinary?: string;
}

export function createRepositories(deps: RepositoriesDeps): Repositories {
  const git = createGitProcess({ binary: deps.gitBinary });
  return {
    open: async (folder, signal) => {
      const discovered = await discover(git, folder, signal);
      return discovered.ok ? openDiscovered({ deps, git, found: discovered.value, signal }) : discovered;
    },
  };
}

interface Opening {
  readonly deps: RepositoriesDeps;
  readonly git: GitProcess;
  readonly found: Discovered;
  readonly signal: AbortSignal;
}

/** The user's settings of a repository that agents can work in. */
export async function usableConfig(
  git: GitProcess,
  found: Discovered,
): Promise<Result<UserConfig, GitError>> {
  const config = await readUserConfig(git, found);
  if (!config.ok) return config;
  if (config.value.partial) {
    return err(
      refused(
        `${found.root} is a partial clone, whose missing files cannot be fetched safely; clone it fully (git clone without --filter).`,
      ),
    );
  }
  return config;
}

async function openDiscovered(opening: Opening): Promise<Result<Repository, GitError>> {
  const { deps, git, found, signal } = opening;
  const config = await usableConfig(git, found);
  if (!config.ok) return config;
  const homeOf = (id: string) => join(deps.stateFolder(id), 'git');
  const id = await repositoryId(found.commonDir, deps.ids, homeOf);
  if (!id.ok) return id;
  const home = homeOf(id.value);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await sweep(home, deps.clock.now());
  const place = { git, home, commonDir: found.commonDir };
  const lfs = await lfsInUse(git, found);
  const harness = await harnessFor(place, { ...config.value.settings, lfs });
  const beside = { repository: found.mainRoot, root: deps.worktreeRoot(), separator: sep } as const;
  const checkouts = userCheckouts(found, worktreeRoot(beside));
  const user = createUserGit(git, found.commonDir, deps.clock);
  const dirty = await isDirty(harness, checkouts[0], found.head);
  if (!dirty.ok) return dirty;
  const moved = await movedLinks({ harness, user, place: modulePlace(found) }, found.head);
  if (!moved.ok) return moved;
  if (signal.aborted)
    return err({ kind: 'failed', message: 'Opening the repository was cancelled', stderr: '' });
  return ok(
    createRepository({
      ...deps,
      git,
      home,
      harness,
      harnessNow: async () => {
        const now = await readUserConfig(git, found);
        return now.ok ? harnessFor(place, { ...now.value.settings, lfs }) : harness;
      },
      found,
      ledger: deps.ledger(id.value),
      user,
      checkouts,
      worktreesRoot: worktreeRoot(beside),
      worktreePath: (taskId, agentId) => worktreePath(beside, taskId, agentId),
      facts: {
        root: found.root,
        commonDir: found.commonDir,
        id: id.value,
        prefix: found.prefix,
        head: found.head,
        headRef: found.headRef,
        dirty: dirty.value || moved.value.length > 0,
      },
    }),
  );
}

async function isDirty(
  harness: Harness,
  checkout: UserCheckout,
  head: Commit,
): Promise<Result<boolean, GitError>> {
  const paths = await dirtyPaths(harness, checkout, head);
  if (!paths.ok) return paths;
  return ok(paths.value.changed.length + paths.value.untracked.length + paths.value.unmerged.length > 0);
}

/** The opened checkout and, when that is a linked worktree, the main one. */
function userCheckouts(found: Discovered, worktreesRoot: string): [UserCheckout, ...UserCheckout[]] {
  const ours = (root: string): string | null => {
    const way = relative(root, worktreesRoot).replaceAll('\\', '/');
    return way === '' || way.startsWith('../') || isAbsolute(way) ? null : `${way}/`;
  };
  const opened = { root: found.root, gitDir: found.gitDir, ours: ours(found.root) };
  if (found.mainRoot === found.root) return [opened];
  return [opened, { root: found.mainRoot, gitDir: found.commonDir, ours: ours(found.mainRoot) }];
}

/** No operation takes a day, should a later process have got the number of one that was killed. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

async function sweep(home: string, now: number): Promise<void> {
  const tmp = join(home, 'tmp');
  for (const name of await readdir(tmp).catch(() => [])) {
    const path = join(tmp, name);
    const owner = scratchOwner(name);
    const left = await stat(path).catch(() => null);
    const isLeftover = left !== null && now - left.mtimeMs > LEFTOVER_MS;
    if (isLeftover || (owner !== null && isGone(owner))) await removeFolder(path);
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
