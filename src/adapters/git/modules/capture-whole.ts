import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { agentIndex } from '../agent-state.ts';
import { modulesIn, type Part } from '../sparse.ts';
import type { TaskContext } from '../task-context.ts';
import { capture, overlay, type Captured } from '../tree.ts';
import { lookAtModules, type ModuleState } from './module-changes.ts';

/** Where the index of a submodule's files in an agent's worktree is kept. */
export const moduleIndex = (context: Pick<TaskContext, 'folder'>, agentId: string, path: string): string =>
  join(
    context.folder,
    'agents',
    `${agentId}.modules`,
    createHash('sha256').update(path).digest('hex').slice(0, 24),
  );

interface Whole {
  readonly agentId: string;
  readonly workTree: string;
  /** What the worktree was last put at. */
  readonly start: Commit;
  /** What of it was put there; without one, all of it. */
  readonly part: Part | undefined;
  /** Where the index of the superproject's files goes, beside those of the submodules. */
  readonly scratch: string;
  readonly signal?: AbortSignal | undefined;
}

export interface CapturedWhole extends Captured {
  readonly index: string;
  readonly modules: readonly ModuleState[];
}

/**
 * What has to be in a commit before a worktree may go: beside its tree, what lies in the folders of submodules. Their
 * changed files stand there as ordinary ones in the place of the link; in no tree that becomes part of a result.
 */
export async function captureWhole(
  context: TaskContext,
  { agentId, workTree, start, part, scratch, signal }: Whole,
): Promise<Result<CapturedWhole, GitError>> {
  const index = join(scratch, 'current');
  const captured = await capture(context.harness, {
    workTree,
    baseIndex: agentIndex(context, agentId),
    baseCommit: start,
    part,
    keepIndex: index,
    signal,
  });
  if (!captured.ok) return captured;
  const states = await moduleStates(context, { agentId, workTree, start, part, scratch, signal });
  if (!states.ok) return states;
  const tree = await withModules(context, captured.value.tree, states.value);
  if (!tree.ok) return tree;
  const complaints = [captured.value.unreadable, ...states.value.map(({ unreadable }) => unreadable)];
  return ok({
    tree: tree.value,
    unreadable: complaints.find((complaint) => complaint !== null) ?? null,
    index,
    modules: states.value,
  });
}

export async function moduleStates(
  context: TaskContext,
  { agentId, start, part, ...place }: Whole,
): Promise<Result<readonly ModuleState[], GitError>> {
  const modules = await context.modules(start);
  if (!modules.ok) return modules;
  return lookAtModules({
    ...place,
    harness: context.harness,
    modules: modulesIn(part, modules.value),
    indexOf: (path) => moduleIndex(context, agentId, path),
  });
}

async function withModules(
  context: TaskContext,
  tree: string,
  states: readonly ModuleState[],
): Promise<Result<string, GitError>> {
  const changed = states.filter((state) => state.changed.length > 0);
  if (changed.length === 0) return ok(tree);
  // The files of an inner one lie below the outer one's path, where no link may be any more.
  const isAbove = (path: string) =>
    changed.some(({ module }) => module.path === path || module.path.startsWith(`${path}/`));
  const links = states.filter(({ module }) => isAbove(module.path));
  return overlay(context.harness, tree, [
    ...links.map(({ module }) => ({ path: module.path, entry: null })),
    ...changed.flatMap((state) => state.changed),
  ]);
}
