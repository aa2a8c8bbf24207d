import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { branchRef, candidateRef, integratedRef, resultBranch } from '../../domain/worktree/naming.ts';
import type { GitError, Integration, MergeConflict } from '../../ports/worktrees.ts';
import { refused } from './git-process.ts';
import { keepRef, recordRef } from './kept-ref.ts';
import { mergeTrees } from './merge.ts';
import type { TaskContext } from './task-context.ts';
import { changedFiles, commitTree, timeOf, treeOf } from './tree.ts';

export interface IntegrateRequest {
  readonly iteration: number;
  readonly start: Commit;
  readonly commits: readonly { readonly agentId: string; readonly commit: Commit }[];
}

interface Merged {
  readonly agentId: string;
  readonly paths: ReadonlySet<string>;
}

/**
 * Merges in the given order. The base of every merge is `start`: both sides are given to git as commits whose only
 * parent is `start`, whatever history an agent made. Equal input gives the same commit.
 */
export async function integrate(
  context: TaskContext,
  request: IntegrateRequest,
): Promise<Result<Integration, GitError>> {
  const begun = await treeOf(context.harness, request.start);
  if (!begun.ok) return begun;
  const at = await latest(context, request);
  if (!at.ok) return at;
  let tree = begun.value;
  const merged: Merged[] = [];
  const conflicts: MergeConflict[] = [];
  for (const { agentId, commit } of request.commits) {
    const step = await mergeOne(context, { start: request.start, at: at.value, tree, commit });
    if (!step.ok) return step;
    if (step.value.conflicts.length > 0) {
      conflicts.push({ agentId, with: culprits(merged, step.value.conflicts), files: step.value.conflicts });
      continue;
    }
    tree = step.value.tree;
    merged.push({ agentId, paths: step.value.paths });
  }
  const agents = merged.map(({ agentId }) => agentId);
  const commit = await commitMerged(context, request, {
    tree,
    unchanged: tree === begun.value,
    agents,
    at: at.value,
  });
  return commit.ok ? ok({ commit: commit.value, tree, merged: agents, conflicts }) : commit;
}

async function latest(context: TaskContext, request: IntegrateRequest): Promise<Result<number, GitError>> {
  let time = 0;
  for (const commit of [request.start, ...request.commits.map((entry) => entry.commit)]) {
    const at = await timeOf(context.harness, commit);
    if (!at.ok) return at;
    time = Math.max(time, at.value);
  }
  return ok(time);
}

interface Step {
  readonly start: Commit;
  readonly at: number;
  readonly tree: string;
  readonly commit: Commit;
}

async function mergeOne(
  context: TaskContext,
  step: Step,
): Promise<
  Result<
    { readonly tree: string; readonly conflicts: readonly string[]; readonly paths: Set<string> },
    GitError
  >
> {
  const theirs = await treeOf(context.harness, step.commit);
  if (!theirs.ok) return theirs;
  const changed = await changedFiles(context.harness, { from: step.start, to: theirs.value });
  if (!changed.ok) return changed;
  const paths = new Set(
    changed.value.raw.flatMap(({ path, from }) => (from === null ? [path] : [path, from])),
  );
  const merged = await mergeTrees(context.harness, {
    base: step.start,
    ours: step.tree,
    theirs: theirs.value,
    at: step.at,
  });
  if (!merged.ok) return merged;
  const { tree, conflicts } = merged.value;
  if (conflicts === null) return ok({ tree, conflicts: [], paths });
  return ok({ tree, conflicts: conflicts.length > 0 ? conflicts : [...paths], paths });
}

/** Those already merged that touch a conflicting file; all of them when names were moved around. */
function culprits(merged: readonly Merged[], files: readonly string[]): string[] {
  const touching = merged.filter(({ paths }) => files.some((file) => paths.has(file)));
  return (touching.length > 0 ? touching : merged).map(({ agentId }) => agentId);
}

async function commitMerged(
  context: TaskContext,
  request: IntegrateRequest,
  result: {
    readonly tree: string;
    readonly unchanged: boolean;
    readonly agents: readonly string[];
    readonly at: number;
  },
): Promise<Result<Commit, GitError>> {
  if (result.unchanged) return ok(request.start);
  const commit = await commitTree(context.harness, {
    tree: result.tree,
    parents: [request.start],
    message: `cfn ${context.taskId}: iteration ${request.iteration}\n\nIntegrates the work of ${result.agents.join(', ')}.`,
    at: result.at,
  });
  if (!commit.ok) return commit;
  const ref = candidateRef(context.taskId, request.iteration, commit.value);
  const set = await keepRef(context, ref, commit.value);
  return set.ok ? commit : set;
}

/** Moves the result branch; the iteration's numbered ref is written once and never moved. */
export async function publishResult(
  context: TaskContext,
  commit: Commit,
  iteration: number,
): Promise<Result<{ readonly branch: string }, GitError>> {
  const branch = resultBranch(context.taskId);
  const ref = branchRef(branch);
  const worktrees = await context.user.worktrees();
  if (!worktrees.ok) return worktrees;
  const current = await context.user.readRef(ref);
  const holder = worktrees.value.find((entry) => entry.branch === ref);
  if (holder && current !== commit) {
    return err(
      refused(
        `The branch ${branch} is checked out in ${holder.path}; switch that checkout to another branch and try again.`,
      ),
    );
  }
  const numbered = await freeNumber(context, commit, iteration);
  if (numbered !== null) {
    await recordRef(context, numbered);
    const created = await context.user.setRef(numbered, commit, 'create');
    if (!created.ok) return created;
  }
  const moved = await keepRef(context, ref, commit);
  return moved.ok ? ok({ branch }) : moved;
}

/** The first number that is free, or null when one of them names this commit already. */
async function freeNumber(context: TaskContext, commit: Commit, iteration: number): Promise<string | null> {
  for (let number = 1; ; number += 1) {
    const ref = integratedRef(context.taskId, iteration, number);
    const there = await context.user.readRef(ref);
    if (there === null) return ref;
    if (there === commit) return null;
  }
}
