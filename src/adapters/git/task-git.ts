import { checkId } from '../../base/ids.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { GitError, TaskGit } from '../../ports/worktrees.ts';
import { prepareWorktree, recoverWorktree } from './agent-worktree.ts';
import { commitAttempt, workingChanges } from './attempts.ts';
import { checkoutChanges, createCheckout, discardCheckout, recoverCheckouts } from './disposable.ts';
import { refused } from './git-process.ts';
import { diskError } from './harness.ts';
import { lendRepository } from './lent-repository.ts';
import { integrate, publishResult } from './integration.ts';
import { forgetTask, ownedItems, releaseRefs } from './owned.ts';
import { rescueWorktree } from './rescue-worktree.ts';
import { restoreWorktree } from './restore-worktree.ts';
import { retire } from './retire.ts';
import { retirement } from './retirement.ts';
import { isRevision, revise } from './revise.ts';
import { seed } from './seed.ts';
import { partOf } from './sparse.ts';
import { createKeyedLimiter, type TaskContext } from './task-context.ts';
import { conditionsOf, takeUpMoved } from './worktree-condition.ts';

/** The git of one task. Operations on the same agent's worktree wait for each other. */
export function createTaskGit(load: () => Promise<Result<TaskContext, GitError>>): TaskGit {
  const perAgent = createKeyedLimiter();
  let loading: Promise<Result<TaskContext, GitError>> | undefined;
  const context = async (): Promise<Result<TaskContext, GitError>> => {
    loading ??= load();
    const loaded = await loading;
    if (!loaded.ok) loading = undefined;
    return loaded;
  };

  /** Errors of the file system are expected here: a full disk, a folder without permission. */
  const guarded = async <T>(
    what: string,
    work: (context: TaskContext) => Promise<Result<T, GitError>>,
  ): Promise<Result<T, GitError>> => {
    try {
      const loaded = await context();
      return loaded.ok ? await work(loaded.value) : loaded;
    } catch (error) {
      return err(diskError(what, error));
    }
  };
  const forAgent = <T>(
    agentId: string,
    what: string,
    work: (context: TaskContext) => Promise<Result<T, GitError>>,
  ): Promise<Result<T, GitError>> => {
    const checked = checkId('agent id', agentId);
    if (!checked.ok) return Promise.resolve(err(refused(checked.error)));
    return perAgent(agentId.toLowerCase())(() => guarded(`${what} of ${agentId} failed`, work));
  };

  return {
    worktree: ({ sparse, ...request }, signal) =>
      forAgent(request.agentId, 'Preparing the worktree', (task) =>
        prepareWorktree(task, { ...request, part: partOf(sparse, task.prefix), signal }),
      ),
    recoverWorktree: ({ sparse, ...request }) =>
      forAgent(request.agentId, 'Recovering the worktree', (task) =>
        recoverWorktree(task, { ...request, part: partOf(sparse, task.prefix) }),
      ),
    recoverCheckouts: (inUse) =>
      guarded('Removing left checkouts failed', (task) => recoverCheckouts(task, inUse)),
    commitAttempt: (request) =>
      forAgent(request.agentId, 'Committing the attempt', (task) => commitAttempt(task, request)),
    workingChanges: (request) =>
      forAgent(request.agentId, 'Reading the changes', (task) => workingChanges(task, request)),
    integrate: (request) => guarded('Integrating failed', (task) => integrate(task, request)),
    checkout: (commit, label, signal, { sparse, alone = false } = {}) =>
      guarded('Making a checkout failed', (task) =>
        createCheckout(task, { commit, label, part: partOf(sparse, task.prefix), alone, signal }),
      ),
    lend: (request) =>
      forAgent(request.agentId, 'Lending a repository', (task) => lendRepository(task, request)),
    checkoutChanges: (checkout) =>
      guarded('Reading a checkout failed', (task) => checkoutChanges(task, checkout)),
    discard: async (checkout) => {
      const loaded = await context();
      if (loaded.ok) await discardCheckout(loaded.value, checkout);
    },
    rescue: (agentId) => forAgent(agentId, 'Rescuing the worktree', (task) => rescueWorktree(task, agentId)),
    retirement: (request) =>
      forAgent(request.agentId, 'Looking at the worktree', (task) => retirement(task, request)),
    retire: (agentId, unless = () => null) =>
      forAgent(agentId, 'Removing the worktree', (task) => retire(task, agentId, unless)),
    restore: (request, signal) =>
      forAgent(request.agentId, 'Restoring the worktree', (task) =>
        restoreWorktree(task, { ...request, signal }),
      ),
    conditions: () => guarded('Looking at the worktrees failed', conditionsOf),
    takeUpMoved: (agentId) =>
      forAgent(agentId, 'Taking up the moved worktree', (task) => takeUpMoved(task, agentId)),
    owned: () => guarded('Reading the ledger failed', ownedItems),
    releaseRefs: () => guarded('Removing refs failed', releaseRefs),
    forget: () => guarded('Tidying up failed', async (task) => ok(await forgetTask(task))),
    revise: (request) => guarded('Leaving out rejected changes failed', (task) => revise(task, request)),
    seed: (request) => guarded('Making a copy failed', (task) => seed(task, request)),
    isRevision: (commit) => guarded('Reading refs failed', (task) => isRevision(task, commit)),
    publishResult: (commit, iteration) =>
      guarded('Publishing the result failed', (task) => publishResult(task, commit, iteration)),
  };
}
