import { ok, type Result } from '../../base/result.ts';
import { compareLink } from '../../domain/home/compare-link.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { resultBranch } from '../../domain/worktree/naming.ts';
import type { HomeRequest, Integration } from '../../ports/home-git.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { inheritFrom } from '../continuation.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail } from '../loop-error.ts';
import type { HomeNote } from '../loop-notes.ts';
import type { LoopError } from '../loop-service.ts';
import { readLoop } from '../stored-loop.ts';
import type { HomeChoice, HomeReport, HomeService } from './home-service.ts';
import { conflictTask, intentOf, mergeMessage } from './messages.ts';

type Deps = Pick<LoopDeps, 'store' | 'repository' | 'attachments' | 'logger'>;

export interface HomeServiceDeps extends Deps {
  /** What views tell of the loop from now on. */
  readonly note: (taskId: string, home: HomeNote | null) => Promise<Result<unknown, LoopError>>;
}

const NEVER = new AbortController().signal;

export function createHomeService(deps: HomeServiceDeps): HomeService {
  const { home } = deps.repository;
  /** The record in the state folder is what counts; views read the note. */
  const note = async (taskId: string): Promise<void> => {
    const standing = (await home.integrations(taskId)).find(({ state }) => state === 'done');
    const noted = await deps.note(taskId, standing ? noteOf(standing) : null);
    if (!noted.ok) deps.logger.warn(noted.error.message, { taskId });
  };
  const alone = <T>(taskId: string, work: () => Promise<Result<T, LoopError>>) =>
    withLease(deps, async () => {
      const done = await work();
      if (done.ok) await note(taskId);
      return done;
    });
  return {
    preview: async (taskId, choice, signal = NEVER) => {
      const ended = await endedLoop(deps, taskId);
      if (!ended.ok) return ended;
      const preview = await home.preview(requestOf(ended.value, choice), signal);
      return preview.ok ? ok(reportOf(ended.value, preview.value)) : failed(preview.error);
    },
    bring: (taskId, choice, signal = NEVER) =>
      alone(taskId, async () => {
        const ended = await endedLoop(deps, taskId);
        if (!ended.ok) return ended;
        const outcome = await home.bring(requestOf(ended.value, choice), signal);
        if (!outcome.ok) return failed(outcome.error);
        const { preview, ...rest } = outcome.value;
        return ok({ ...rest, report: reportOf(ended.value, preview) });
      }),
    push: (taskId, { remote, branch, into }, signal = NEVER) =>
      alone(taskId, async () => {
        const ended = await endedLoop(deps, taskId);
        if (!ended.ok) return ended;
        const { config, commit } = ended.value;
        const name = branch ?? resultBranch(config.taskId);
        const pushed = await home.push({ taskId: config.taskId, commit, remote, branch: name }, signal);
        if (!pushed.ok) return failed(pushed.error);
        const { integration, url } = pushed.value;
        return ok({ integration, compareUrl: compareLink({ url, branch: name, into }) });
      }),
    discard: (taskId) =>
      alone(taskId, async () => {
        const ended = await endedLoop(deps, taskId);
        if (!ended.ok) return ended;
        const { config, commit } = ended.value;
        const done = await home.discard({ taskId: config.taskId, commit });
        return done.ok ? done : failed(done.error);
      }),
    undo: (taskId, id) =>
      alone(taskId, async () => {
        const wanted = id ?? (await newestStanding(deps, taskId));
        if (wanted === null)
          return fail('state', `Nothing of ${taskId} was brought home that could be undone.`);
        const undone = await home.undo(wanted);
        return undone.ok ? undone : failed(undone.error);
      }),
    integrations: (taskId) => home.integrations(taskId),
    resolution: (taskId, choice) => resolution(deps, taskId, choice),
    branches: async () => {
      const branches = await home.branches();
      return branches.ok ? branches : failed(branches.error);
    },
  };
}

/** What was pushed stays, so it is no step to go back. */
async function newestStanding({ repository }: Deps, taskId: string): Promise<string | null> {
  const all = await repository.home.integrations(taskId);
  return all.find(({ state, pushed }) => state === 'done' && pushed === null)?.id ?? null;
}

const noteOf = ({ id, way, ref, pushed, at }: Integration): HomeNote => ({
  id,
  way,
  branch: pushed?.branch ?? ref?.name.replace(/^refs\/heads\//, '') ?? null,
  at,
});

interface EndedLoop {
  readonly config: LoopConfig;
  /** The tip of the result's branch, where that goes on from what the loop ended with. */
  readonly commit: Commit;
  readonly revised: boolean;
}

async function endedLoop(deps: Deps, taskId: string): Promise<Result<EndedLoop, LoopError>> {
  const stored = await readLoop(deps.store, taskId);
  if (!stored.ok) return stored;
  const { config, phase } = stored.value.state;
  if (phase.kind !== 'finished') {
    return fail('state', `The loop ${config.taskId} has not ended; decide or stop it first.`);
  }
  const { commit } = phase.event;
  if (commit === null) {
    return fail(
      'state',
      `The loop ${config.taskId} ended without a result, so there is nothing to bring home.`,
    );
  }
  const there = await deps.repository.resolve(commit);
  if (!there.ok) {
    return fail(
      'state',
      `The result ${commit.slice(0, 12)} of ${config.taskId} is no longer in the repository.`,
    );
  }
  const tip = await deps.repository.resolve(`refs/heads/${resultBranch(config.taskId)}`);
  if (!tip.ok || tip.value === commit) return ok({ config, commit, revised: false });
  const onward = await deps.repository.isAncestor(commit, tip.value);
  return ok(
    onward.ok && onward.value
      ? { config, commit: tip.value, revised: true }
      : { config, commit, revised: false },
  );
}

const requestOf = ({ config, commit }: EndedLoop, choice: HomeChoice): HomeRequest => ({
  ...choice,
  taskId: config.taskId,
  commit,
  base: config.baseCommit,
  message: mergeMessage(config, choice.way),
});

const reportOf = ({ config, commit, revised }: EndedLoop, preview: HomeReport['preview']): HomeReport => ({
  taskId: config.taskId,
  intent: intentOf(config),
  commit,
  revised,
  preview,
});

async function resolution(
  deps: Deps,
  taskId: string,
  choice: HomeChoice,
): ReturnType<HomeService['resolution']> {
  const ended = await endedLoop(deps, taskId);
  if (!ended.ok) return ended;
  const request = requestOf(ended.value, { ...choice, way: 'merge', newBranch: null });
  const preview = await deps.repository.home.preview(request, NEVER);
  if (!preview.ok) return failed(preview.error);
  const { verdict } = preview.value;
  if (verdict.kind !== 'conflicts') {
    return fail('state', `There is no conflict any more; bring ${taskId} home as it is.`);
  }
  const inherited = await inheritFrom(deps, taskId);
  if (!inherited.ok) return inherited;
  const commit = await deps.repository.home.conflicted(request);
  if (!commit.ok) return failed(commit.error);
  const { continuesTask } = inherited.value;
  return ok({
    description: conflictTask({
      intent: intentOf(ended.value.config),
      branch: preview.value.branch,
      files: verdict.files,
      theirs: verdict.theirs,
    }),
    inheritance: { ...inherited.value, continuesTask: { ...continuesTask, commit: commit.value } },
  });
}

async function withLease<T>(
  { store }: Deps,
  work: () => Promise<Result<T, LoopError>>,
): Promise<Result<T, LoopError>> {
  const lease = await store.lease();
  if (!lease.ok) {
    return lease.error.kind === 'held'
      ? fail('state', `Process ${lease.error.pid} is cleaning up or bringing work home; wait for it.`)
      : fail('internal', lease.error.message);
  }
  try {
    return await work();
  } finally {
    await lease.value.release();
  }
}

const failed = (error: GitError) => fail(error.kind === 'refused' ? 'state' : 'internal', error.message);
