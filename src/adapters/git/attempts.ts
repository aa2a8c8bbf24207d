import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { AttemptCommit, GitError, TaskGit } from '../../ports/worktrees.ts';
import { agentIndex, readAgent, readAttempt, recordAttempt, worktreeOf, writeAgent } from './agent-state.ts';
import { changedRanges } from './changed-ranges.ts';
import { isRealFolder } from './files.ts';
import { failed, refused } from './git-process.ts';
import { takeBack, takeLentCommits } from './lent-repository.ts';
import { moduleStates } from './modules/capture-whole.ts';
import { coveredFolder } from './sparse.ts';
import type { TaskContext } from './task-context.ts';
import { capture, changedFiles, commitTree } from './tree.ts';
import { adopt, ownHeads } from './worktree-admin.ts';
import { conditionOf } from './worktree-condition.ts';

export interface AttemptRequest {
  readonly agentId: string;
  readonly iteration: number;
  readonly attempt: number;
  readonly start: Commit;
  readonly message: string;
}

/** Commits what the agent left, once. Called again, it answers with the commit that was made. */
export async function commitAttempt(
  context: TaskContext,
  request: AttemptRequest,
): Promise<Result<AttemptCommit, GitError>> {
  const path = await worktreeOf(context, request.agentId);
  if (path === null) return err(failed(`The ledger names no worktree of ${request.agentId}`));
  const name = { ...request, taskId: context.taskId };
  const made = await readAttempt(context, name);
  const commit = made === null ? await commitNow(context, request, path) : ok(made);
  if (!commit.ok) return commit;
  const ref = await recordAttempt(context, name, commit.value);
  if (!ref.ok) return ref;
  const changed = await changedFiles(context.harness, { from: request.start, to: commit.value });
  if (!changed.ok) return changed;
  const leftOut = await touchedModules(context, request, path);
  if (!leftOut.ok) return leftOut;
  if (made === null) await settle(context, request, { path, commit: commit.value });
  return ok({ commit: commit.value, ref: ref.value, files: changed.value.files, leftOut: leftOut.value });
}

/** A worktree that is gone, or was taken away by an agent, has nothing to say of them. */
async function touchedModules(
  context: TaskContext,
  { agentId, start }: AttemptRequest,
  workTree: string,
): Promise<Result<readonly string[], GitError>> {
  if (!(await isRealFolder(workTree))) return ok([]);
  return context.harness.withScratch(async (scratch) => {
    const part = (await readAgent(context, agentId))?.part;
    const states = await moduleStates(context, { agentId, workTree, start, part, scratch });
    if (!states.ok) return states;
    return ok(states.value.flatMap(({ touched, module }) => (touched ? [module.path] : [])));
  });
}

/** What the agent has changed so far. What git makes for it is dropped with the scratch folder. */
export async function workingChanges(
  context: TaskContext,
  { agentId, start, linesOf }: Parameters<TaskGit['workingChanges']>[0],
): ReturnType<TaskGit['workingChanges']> {
  const path = await worktreeOf(context, agentId);
  if (path === null || !(await isRealFolder(path))) {
    return err(refused(`${agentId} has no worktree.`));
  }
  return context.harness.withScratch(async (scratch) => {
    const scratchObjects = join(scratch, 'objects');
    await mkdir(scratchObjects);
    const captured = await capture(context.harness, {
      workTree: path,
      baseIndex: agentIndex(context, agentId),
      baseCommit: start,
      part: (await readAgent(context, agentId))?.part,
      scratchObjects,
    });
    if (!captured.ok) return captured;
    const { tree } = captured.value;
    const between = { from: start, to: tree, scratchObjects };
    const changed = await changedFiles(context.harness, between);
    if (!changed.ok) return changed;
    const { files } = changed.value;
    const asked = files.filter(({ path }) => linesOf?.has(path));
    const ranges = await changedRanges(context.harness, between, asked);
    if (!ranges.ok) return ranges;
    return ok(
      files.map((file) =>
        linesOf?.has(file.path) ? { ...file, ranges: ranges.value.get(file.path) ?? null } : file,
      ),
    );
  });
}

async function commitNow(
  context: TaskContext,
  request: AttemptRequest,
  path: string,
): Promise<Result<Commit, GitError>> {
  if (!(await isRealFolder(path))) return err(await lostPlace(context, request.agentId, path));
  const index = agentIndex(context, request.agentId);
  const part = (await readAgent(context, request.agentId))?.part;
  const captured = await capture(context.harness, {
    workTree: path,
    baseIndex: index,
    baseCommit: request.start,
    part,
    keepIndex: index,
  });
  if (!captured.ok) return captured;
  if (captured.value.unreadable !== null) {
    context.logger.warn('Some files could not be read and stand as they did at the start', {
      taskId: context.taskId,
      agentId: request.agentId,
      git: captured.value.unreadable,
    });
  }
  const { tree } = captured.value;
  const covered = part ? await coveredFolder(context.harness, { ...request, tree }, part.cone) : ok(null);
  if (!covered.ok) return covered;
  if (covered.value !== null) {
    return err(
      refused(
        `${request.agentId} made a file ${covered.value}, where the repository has a folder that its sparse worktree does not contain.`,
      ),
    );
  }
  return commitTree(context.harness, {
    tree,
    parents: [request.start, ...(await agentsOwn(context, request))],
    message: request.message,
    at: Math.floor(context.clock.now() / 1000),
  });
}

/** What an agent moved away stays where it is: it may be anybody's folder that only says it was the worktree. */
async function lostPlace(context: TaskContext, agentId: string, path: string): Promise<GitError> {
  const state = await readAgent(context, agentId);
  const condition = await conditionOf(context, agentId, []);
  if (state !== null) await writeAgent(context, agentId, { ...state, strayed: true });
  if (condition.kind !== 'moved')
    return refused(`The worktree of ${agentId} is gone or was replaced by a link: ${path}`);
  return refused(
    `The worktree of ${agentId} was moved from ${path} to ${condition.to} while the agent worked; it is left there, and nothing of it counts.`,
  );
}

/** Commits the agent made itself become further parents, so that the attempt's ref keeps them. */
async function agentsOwn(context: TaskContext, request: AttemptRequest): Promise<Commit[]> {
  const state = await readAgent(context, request.agentId);
  const own: Commit[] = [];
  const heads = [
    ...(await ownHeads(context, request.agentId, state?.admin ?? null)),
    ...(await takeLentCommits(context, request.agentId)),
  ];
  for (const head of new Set(heads)) {
    const old = await context.harness.run(['merge-base', '--is-ancestor', head, request.start], {
      okCodes: [0, 1, 128],
    });
    if (old.ok && old.value.code === 1) own.push(head);
  }
  return own;
}

/** Shows the attempt's commit on the agent's branch. The attempt counts without it, so trouble here is only noted. */
async function settle(
  context: TaskContext,
  request: AttemptRequest,
  done: { readonly path: string; readonly commit: Commit },
): Promise<void> {
  const { agentId } = request;
  await takeBack(context, agentId);
  const state = await readAgent(context, agentId);
  if (state === null) return;
  await writeAgent(context, agentId, { ...state, used: true });
  try {
    const index = agentIndex(context, agentId);
    const adopted = await adopt(context, {
      agentId,
      admin: state.admin,
      mark: state.mark,
      index,
      ...done,
    });
    if (!adopted.ok) context.logger.warn(adopted.error.message, { taskId: context.taskId, agentId });
  } catch (error) {
    context.logger.warn(`The branch of ${agentId} could not be moved: ${String(error)}`, {
      taskId: context.taskId,
    });
  }
}
