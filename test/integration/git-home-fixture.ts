import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { HomeOutcome, HomeRequest, Integration } from '../../src/ports/home-git.ts';
import type { Repository } from '../../src/ports/worktrees.ts';
import { git, never, value, write, type World } from './git-fixture.ts';

/** A commit with these files on top of `from`, made in a worktree of its own; null removes a file. */
export function commitOn(
  world: World,
  from: string,
  files: Readonly<Record<string, string | null>>,
  message = 'work',
): string {
  const folder = mkdtempSync(join(world.folder, 'made-'));
  git(world.repo, 'worktree', 'add', '-q', '--detach', folder, from);
  for (const [path, content] of Object.entries(files)) {
    if (content === null) git(folder, 'rm', '-q', '--', path);
    else write(folder, path, content);
  }
  git(folder, 'add', '-A', '-f');
  git(folder, 'commit', '-q', '--allow-empty', '-m', message);
  const commit = git(folder, 'rev-parse', 'HEAD');
  git(world.repo, 'worktree', 'remove', '--force', folder);
  return commit;
}

export const requestOf = (repository: Repository, change: Partial<HomeRequest> & { commit: string }) =>
  ({
    taskId: 'fix',
    base: repository.facts.head,
    way: 'merge',
    into: null,
    newBranch: null,
    rescueFirst: false,
    message: 'Merge loop fix: work',
    ...change,
  }) satisfies HomeRequest;

export async function bring(
  repository: Repository,
  change: Partial<HomeRequest> & { commit: string },
): Promise<HomeOutcome> {
  return value(await repository.home.bring(requestOf(repository, change), never));
}

export async function brought(
  repository: Repository,
  change: Partial<HomeRequest> & { commit: string },
): Promise<Integration> {
  const outcome = await bring(repository, change);
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome.preview));
  return outcome.integration;
}

/** All that an integration could touch: HEAD, refs but ours, index, files with modes, status. */
export function picture(root: string): string {
  const lines = [
    git(root, 'rev-parse', 'HEAD'),
    git(root, 'rev-parse', '--abbrev-ref', 'HEAD'),
    git(root, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/stash', 'refs/tags'),
    git(root, 'ls-files', '-s'),
    git(root, 'status', '--porcelain', '--ignored'),
    ...git(root, 'ls-files', '-z', '--cached', '--others')
      .split('\0')
      .filter(Boolean)
      .map((path) => `${path} ${fileOf(join(root, path))}`),
  ];
  return lines.join('\n');
}

function fileOf(path: string): string {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return 'absent';
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`;
  if (!stat.isFile()) return 'folder';
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
  return `${(stat.mode & 0o100) === 0 ? '' : 'x '}${hash}`;
}
