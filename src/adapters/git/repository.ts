import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { checkId } from '../../base/ids.ts';
import { snapshotRef } from '../../domain/worktree/naming.ts';
import type { DiffText, GitError, Repository, RepositoryFacts, TaskGit } from '../../ports/worktrees.ts';
import { addedLines } from './added-lines.ts';
import { oldArtifacts, removeArtifacts } from './artifacts.ts';
import { cutToHunks, fileList } from './diff-text.ts';
import type { Discovered } from './discover.ts';
import { dirtyPaths, type UserCheckout } from './dirty.ts';
import { createHunkReader } from './file-hunks.ts';
import { below, readText, realPath, writeAside } from './files.ts';
import { refused, text, type GitProcess } from './git-process.ts';
import { harnessByKey, type Harness } from './harness.ts';
import { createHomeGit } from './home/create-home-git.ts';
import { broughtRefs, createRecords } from './home/records.ts';
import { keepRef } from './kept-ref.ts';
import { listWorktrees } from './listed-worktrees.ts';
import { compareOutside, lookOutside, type OutsideContext } from './outside.ts';
import { objectsOf } from './object-files.ts';
import { createObjectReader } from './object-reader.ts';
import { modulePlace, modulesOf } from './modules/modules-of.ts';
import { movedLinks, userModules } from './modules/users-modules.ts';
import { mailPatch } from './patch.ts';
import type { RepositoriesDeps } from './repositories.ts';
import { missingFolders } from './sparse.ts';
import { createLimiter, type TaskContext } from './task-context.ts';
import { createTaskGit } from './task-git.ts';
import {
  capture,
  changedFiles,
  commitTree,
  comparedFiles,
  isAncestor,
  listTree,
  overlay,
  treeOf,
} from './tree.ts';
import type { UserGit } from './user-git.ts';

export interface RepositoryParts extends Pick<RepositoriesDeps, 'ids' | 'clock' | 'logger'> {
  readonly git: GitProcess;
  readonly home: string;
  /** With the user's settings as they stood when the repository was opened. */
  readonly harness: Harness;
  /** With the settings as they are now; those of opening when they cannot be read. */
  readonly harnessNow: () => Promise<Harness>;
  readonly found: Discovered;
  readonly facts: RepositoryFacts;
  readonly ledger: TaskContext['ledger'];
  readonly user: UserGit;
  /** The opened checkout first. */
  readonly checkouts: readonly [UserCheckout, ...UserCheckout[]];
  /** The folder that all agents' worktrees lie in. */
  readonly worktreesRoot: string;
  readonly worktreePath: (taskId: string, agentId: string) => string;
}

/** git refuses nothing by size; a diff larger than this is only ever listed. */
const READ_AHEAD = 1;

export function createRepository(parts: RepositoryParts): Repository {
  const { harness, user, found } = parts;
  const place = { git: parts.git, home: parts.home, commonDir: found.commonDir };
  const outside: OutsideContext = {
    ...parts,
    harnessOf: (key) => harnessByKey(place, key),
    modules: (harness) => headModules(parts, harness),
    folder: join(parts.home, 'outside'),
    broughtRefs: () => broughtRefs(createRecords(parts.home)),
    commonDir: found.commonDir,
  };
  const tasks = new Map<string, TaskGit>();
  const populating = createLimiter(2);
  const reader = createObjectReader({ start: () => harness.start(['cat-file', '--batch-command', '-z']) });
  return {
    facts: parts.facts,
    home: createHomeGit(parts),
    snapshotDirty: (signal) => snapshotDirty(parts, signal),
    task: (taskId) => {
      const there = tasks.get(taskId);
      if (there) return there;
      const made = createTaskGit(() => taskContext(parts, taskId, populating));
      tasks.set(taskId, made);
      return made;
    },
    worktrees: () => listWorktrees(parts),
    submodules: async (commit) => {
      const modules = await modulesOf(harness, modulePlace(found), commit);
      if (!modules.ok) return modules;
      return ok(modules.value.map(({ path, store }) => ({ path, present: store !== null })));
    },
    resolve: async (revision) => {
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
      const resolved = await user.run(args, { gitDir: found.gitDir, okCodes: [0, 1, 128] });
      if (!resolved.ok) return resolved;
      const commit = text(resolved.value);
      return resolved.value.code === 0 && commit !== ''
        ? ok(commit)
        : err(refused(`${JSON.stringify(revision)} names no commit in ${found.root}.`));
    },
    isAncestor: (ancestor, descendant) => isAncestor(harness, ancestor, descendant),
    diff: (from, to, { maxBytes }) => diffText(harness, { from, to, maxBytes }),
    addedLines: (from, to, { maxBytes }) => addedLines(harness, { from, to, maxBytes }),
    files: (commit) => listTree(harness, commit),
    changes: async (from, to) => {
      const changed = await changedFiles(harness, { from, to });
      return changed.ok ? ok(changed.value.files) : changed;
    },
    compare: (from, to) => comparedFiles(harness, { from, to }),
    patch: (request) => mailPatch(harness, request),
    hunks: createHunkReader(harness, reader),
    missingFolders: (commit, paths) => missingFolders(harness, commit, paths),
    ...objectsOf(harness, reader),
    lookOutside: () => lookOutside(outside),
    compareOutside: (before, own = []) => compareOutside(outside, before, own),
    oldArtifacts: async (before) => oldArtifacts(await parts.harnessNow(), found, before),
    removeArtifacts: async (before) => removeArtifacts(await parts.harnessNow(), found, before),
    ownPath: async (path) => {
      const real = await realPath(path);
      return parts.checkouts.some(({ root }) => below(root, real)) ? real : null;
    },
  };
}

const headOf = async ({ user, found }: RepositoryParts): Promise<Commit> =>
  (await user.readRef('HEAD', found.gitDir)) ?? found.head;

const headModules = async (parts: RepositoryParts, harness: Harness) =>
  userModules(harness, modulePlace(parts.found), await headOf(parts));

/** A task keeps the settings it was begun with, whatever becomes of the user's configuration meanwhile. */
async function taskContext(
  parts: RepositoryParts,
  taskId: string,
  populating: TaskContext['populating'],
): Promise<Result<TaskContext, GitError>> {
  const checked = checkId('task id', taskId);
  if (!checked.ok) return err(refused(checked.error));
  const folder = join(parts.home, 'tasks', taskId);
  const record = join(folder, 'harness');
  const place = { git: parts.git, home: parts.home, commonDir: parts.found.commonDir };
  const key = await readText(record);
  const frozen = key === null ? null : await harnessByKey(place, key.trim());
  const harness = frozen ?? (await parts.harnessNow());
  if (frozen === null) await writeAside(record, harness.key);
  return ok({
    taskId,
    folder,
    checkouts: join(parts.home, 'checkouts', taskId),
    commonDir: parts.found.commonDir,
    prefix: parts.found.prefix,
    harness,
    modules: (commit) => modulesOf(harness, modulePlace(parts.found), commit),
    user: parts.user,
    ledger: parts.ledger,
    ids: parts.ids,
    clock: parts.clock,
    logger: parts.logger,
    worktreePath: (agentId) => parts.worktreePath(taskId, agentId),
    populating,
  });
}

async function snapshotDirty(parts: RepositoryParts, signal: AbortSignal): Promise<Result<Commit, GitError>> {
  const { found, user } = parts;
  const harness = await parts.harnessNow();
  const head = await headOf(parts);
  const dirty = await dirtyPaths(harness, parts.checkouts[0], head);
  if (!dirty.ok) return dirty;
  const { unmerged, changed, untracked } = dirty.value;
  if (unmerged.length > 0) {
    return err(
      refused(
        `The checkout has unresolved conflicts (${unmerged.slice(0, 3).join(', ')}); resolve or abort the merge first.`,
      ),
    );
  }
  const filtered = await foreignFilter(harness, found.root, [...changed, ...untracked]);
  if (!filtered.ok) return filtered;
  if (filtered.value !== null) return err(refused(filtered.value));
  const captured = await capture(harness, {
    workTree: found.root,
    baseIndex: join(found.gitDir, 'index'),
    baseCommit: head,
    nested: 'leave-out',
    signal,
  });
  if (!captured.ok) return captured;
  const moved = await movedLinks({ harness, user, place: modulePlace(found) }, head);
  if (!moved.ok) return moved;
  const links = moved.value.map(({ path, oid }) => ({ path, entry: `160000 ${oid}` }));
  const tree =
    links.length === 0 ? ok(captured.value.tree) : await overlay(harness, captured.value.tree, links);
  if (!tree.ok) return tree;
  const before = await treeOf(harness, head);
  if (!before.ok || before.value === tree.value) return before.ok ? ok(head) : before;
  const commit = await commitTree(harness, {
    tree: tree.value,
    parents: [head],
    message: 'Snapshot of the checkout with its uncommitted changes',
    at: Math.floor(parts.clock.now() / 1000),
  });
  if (!commit.ok) return commit;
  const ref = snapshotRef(commit.value);
  const set = await keepRef({ ...parts, taskId: '' }, ref, commit.value);
  return set.ok ? commit : set;
}

/** Only LFS is run by us; a file of another filter (git-crypt) would be committed as it lies on disk. */
async function foreignFilter(
  harness: Harness,
  workTree: string,
  paths: readonly string[],
): Promise<Result<string | null, GitError>> {
  if (paths.length === 0) return ok(null);
  const asked = await harness.run(['check-attr', '-z', '--stdin', 'filter'], {
    workTree,
    stdin: paths.map((path) => `${path}\0`).join(''),
  });
  if (!asked.ok) return asked;
  const parts = asked.value.stdout.toString('utf8').split('\0');
  for (let at = 0; at + 2 < parts.length; at += 3) {
    const filter = parts[at + 2] ?? '';
    if (!['unspecified', 'unset', 'set', 'lfs'].includes(filter)) {
      return ok(
        `${parts[at] ?? ''} is changed and goes through the filter "${filter}", which CFN Loop does not run; commit it first or start without --include-dirty.`,
      );
    }
  }
  return ok(null);
}

async function diffText(
  harness: Harness,
  { from, to, maxBytes }: { readonly from: Commit; readonly to: Commit; readonly maxBytes: number },
): Promise<Result<DiffText, GitError>> {
  const changed = await changedFiles(harness, { from, to });
  if (!changed.ok) return changed;
  const { files } = changed.value;
  const args = [
    'diff-tree',
    '-r',
    '-p',
    '-M',
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    '--full-index',
    from,
    to,
  ];
  const output = await harness.run(args, { maxBytes: maxBytes + READ_AHEAD });
  if (!output.ok) return output;
  const { stdout } = output.value;
  if (stdout.length <= maxBytes) return ok({ text: stdout.toString('utf8'), truncated: false, files });
  return ok({ text: cutToHunks(stdout, maxBytes) + fileList(files, from, to), truncated: true, files });
}
