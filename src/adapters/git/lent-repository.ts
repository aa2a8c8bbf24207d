import { copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { branchRef } from '../../domain/worktree/naming.ts';
import type { GitError, LendRequest, LentRepository } from '../../ports/worktrees.ts';
import { agentIndex } from './agent-state.ts';
import { removeFolder, readText, writeAside } from './files.ts';
import { exists } from './harness.ts';
import type { TaskContext } from './task-context.ts';
import { copyIndex } from './tree.ts';

/** Where it is mounted; the worktree's `.git` inside says so. */
const INSIDE = '/cfn/git';
/** So much of the past an agent can look at; all of it would be copied for each. */
const COMMITS = 200;
const LARGEST_LIST = 1 << 28;

const folderOf = (context: Pick<TaskContext, 'folder'>, agentId: string): string =>
  join(context.folder, 'lent', agentId.toLowerCase());

/**
 * A git folder for an agent in a container: it holds the last commits before its start and nothing else of the user's
 * repository, neither other branches nor stashes nor settings, and what is done in it is done to it alone.
 */
export async function lendRepository(
  context: TaskContext,
  { agentId, commit, branch }: LendRequest,
): Promise<Result<LentRepository, GitError>> {
  const folder = folderOf(context, agentId);
  await removeFolder(folder);
  const draft = join(folder, 'draft');
  await mkdir(join(draft, 'refs', 'heads'), { recursive: true, mode: 0o700 });
  await mkdir(join(draft, 'info'));
  const packed = await packHistory(context, commit, draft);
  if (!packed.ok) return packed;
  const carried = (await readText(join(context.harness.gitDir, 'config'))) ?? '';
  await writeAside(join(draft, 'config'), `${carried}[core]\n\tbare = false\n`, 0o644);
  await copyFile(join(context.harness.gitDir, 'info', 'exclude'), join(draft, 'info', 'exclude'));
  await writeAside(join(draft, 'packed-refs'), `${commit} ${branchRef(branch)}\n`, 0o644);
  await writeAside(join(draft, 'HEAD'), `ref: ${branchRef(branch)}\n`, 0o644);
  await copyIndex(context.harness, agentIndex(context, agentId), join(draft, 'index'));
  const gitFolder = join(folder, 'git');
  await rename(draft, gitFolder);
  const pointer = join(folder, 'pointer');
  await writeAside(pointer, `gitdir: ${INSIDE}\n`, 0o644);
  return ok({ gitFolder, mountedAt: INSIDE, pointer });
}

/** Commits that the agent made in it; its objects are the user's repository's from then on. */
export async function takeLentCommits(context: TaskContext, agentId: string): Promise<readonly Commit[]> {
  const gitFolder = join(folderOf(context, agentId), 'git');
  if (!(await exists(gitFolder))) return [];
  const kept = `refs/lent/${agentId.toLowerCase()}`;
  // It is the agent's, so nothing of it is believed: git reads its objects and refs by the protocol, runs nothing that
  // it configures, and checks what it gets.
  const fetched = await context.harness.run(
    [
      '-c',
      `safe.directory=${gitFolder}`,
      '-c',
      'fetch.fsckObjects=true',
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--update-shallow',
      gitFolder,
      `+HEAD:${kept}`,
    ],
    { env: { GIT_ALLOW_PROTOCOL: 'file' } },
  );
  if (!fetched.ok) {
    context.logger.warn(`Commits that ${agentId} made itself were not taken: ${fetched.error.message}`, {
      taskId: context.taskId,
    });
    return [];
  }
  const head = await context.harness.line(['rev-parse', '--verify', kept]);
  await context.harness.run(['update-ref', '-d', kept]);
  return head.ok ? [head.value] : [];
}

export const takeBack = (context: Pick<TaskContext, 'folder'>, agentId: string): Promise<void> =>
  removeFolder(folderOf(context, agentId));

/** All objects of the last commits, and where history is cut off for it. */
export async function packHistory(
  { harness }: TaskContext,
  commit: Commit,
  gitFolder: string,
): Promise<Result<void, GitError>> {
  const listed = await harness.line(['rev-list', '--parents', `--max-count=${COMMITS}`, commit], {
    maxBytes: LARGEST_LIST,
  });
  if (!listed.ok) return listed;
  const lines = listed.value.split('\n').map((line) => line.split(' '));
  const commits = lines.flatMap(([id]) => id ?? []);
  const there = new Set(commits);
  const cut = lines.flatMap(([id, ...parents]) =>
    id !== undefined && parents.some((parent) => !there.has(parent)) ? [id] : [],
  );
  const objects = await harness.run(
    ['rev-list', '--objects', '--no-object-names', '--no-walk=unsorted', '--stdin'],
    { stdin: `${commits.join('\n')}\n`, maxBytes: LARGEST_LIST },
  );
  if (!objects.ok) return objects;
  await mkdir(join(gitFolder, 'objects', 'pack'), { recursive: true });
  const packed = await harness.run(
    ['pack-objects', '--quiet', '--delta-base-offset', join(gitFolder, 'objects', 'pack', 'pack')],
    { stdin: objects.value.stdout, maxBytes: LARGEST_LIST },
  );
  if (!packed.ok) return packed;
  if (cut.length > 0) await writeAside(join(gitFolder, 'shallow'), `${cut.join('\n')}\n`, 0o644);
  return ok(undefined);
}
