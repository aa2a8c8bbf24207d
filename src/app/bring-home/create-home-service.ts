import { ok, type Result } from '../../base/result.ts';
import { gitHubRepository } from '../../domain/home/github.ts';
import type { HomeRequest, Integration } from '../../ports/home-git.ts';
import { inheritFrom } from '../continuation.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail, gitFailure, told } from '../loop-error.ts';
import type { HomeNote } from '../loop-notes.ts';
import type { LoopError } from '../loop-service.ts';
import { endedLoop, type EndedLoop } from './ended-loop.ts';
import type { HomeChoice, HomeReport, HomeService } from './home-service.ts';
import { previewQueue, runQueue, type QueueDeps } from './run-queue.ts';
import { conflictTask, intentOf, mergeMessage } from './messages.ts';
import { openPullRequest, push } from './publish.ts';

type Deps = Pick<LoopDeps, 'store' | 'repository' | 'attachments' | 'pullRequests' | 'logger'> & QueueDeps;

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
      return preview.ok ? ok(reportOf(ended.value, preview.value)) : gitFailure(preview.error);
    },
    bring: (taskId, choice, signal = NEVER) =>
      alone(taskId, async () => {
        const ended = await endedLoop(deps, taskId);
        if (!ended.ok) return ended;
        const outcome = await home.bring(requestOf(ended.value, choice), signal);
        if (!outcome.ok) return gitFailure(outcome.error);
        const { preview, ...rest } = outcome.value;
        return ok({ ...rest, report: reportOf(ended.value, preview) });
      }),
    previewQueue: async (taskIds, choice, signal = NEVER) => {
      const loops = await endedLoops(deps, taskIds);
      return loops.ok ? previewQueue(deps, { loops: loops.value, choice, signal }) : loops;
    },
    queue: (taskIds, choice, { progress = () => undefined, signal = NEVER } = {}) =>
      withLease(deps, async () => {
        const loops = await endedLoops(deps, taskIds);
        if (!loops.ok) return loops;
        const report = await runQueue(deps, { loops: loops.value, choice, progress, signal });
        if (report.ok) for (const { taskId } of report.value.integrations) await note(taskId);
        return report;
      }),
    push: (taskId, choice, signal = NEVER) =>
      alone(taskId, async () => {
        const ended = await endedLoop(deps, taskId);
        return ended.ok ? push(home, ended.value, choice, signal) : ended;
      }),
    remote: async (name, servers) => {
      const remote = await home.remote(name);
      if (!remote.ok) return gitFailure(remote.error);
      return ok({ ...remote.value, gitHub: gitHubRepository(remote.value.url, servers) });
    },
    pullRequest: (taskId, choice, signal = NEVER) =>
      alone(taskId, async () => {
        const ended = await endedLoop(deps, taskId);
        return ended.ok ? openPullRequest(deps, ended.value, choice, signal) : ended;
      }),
    discard: (taskId) =>
      alone(taskId, async () => {
        const ended = await endedLoop(deps, taskId);
        if (!ended.ok) return ended;
        const { config, commit } = ended.value;
        return told(await home.discard({ taskId: config.taskId, commit }));
      }),
    undo: (taskId, id) =>
      alone(taskId, async () => {
        const wanted = id ?? (await newestStanding(deps, taskId));
        if (wanted === null)
          return fail('state', `Nothing of ${taskId} was brought home that could be undone.`);
        return told(await home.undo(wanted));
      }),
    integrations: (taskId) => home.integrations(taskId),
    resolution: (taskId, choice) => resolution(deps, taskId, choice),
    branches: async () => told(await home.branches()),
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

async function endedLoops(
  deps: Deps,
  taskIds: readonly string[],
): Promise<Result<readonly EndedLoop[], LoopError>> {
  const loops: EndedLoop[] = [];
  for (const taskId of taskIds) {
    const ended = await endedLoop(deps, taskId);
    if (!ended.ok) return ended;
    const id = ended.value.config.taskId;
    if (loops.some(({ config }) => config.taskId === id))
      return fail('input', `The loop ${id} is given twice; name each loop once.`);
    loops.push(ended.value);
  }
  return ok(loops);
}

const requestOf = ({ config, commit }: EndedLoop, choice: HomeChoice): HomeRequest => ({
  ...choice,
  taskId: config.taskId,
  commit,
  base: config.baseCommit,
  message: mergeMessage(config, choice.way),
});

const reportOf = (
  { config, commit, revised, restored }: EndedLoop,
  preview: HomeReport['preview'],
): HomeReport => ({
  taskId: config.taskId,
  intent: intentOf(config),
  commit,
  revised,
  restored,
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
  if (!preview.ok) return gitFailure(preview.error);
  const { verdict } = preview.value;
  if (verdict.kind !== 'conflicts') {
    return fail('state', `There is no conflict any more; bring ${taskId} home as it is.`);
  }
  const inherited = await inheritFrom(deps, taskId);
  if (!inherited.ok) return inherited;
  const commit = await deps.repository.home.conflicted(request);
  if (!commit.ok) return gitFailure(commit.error);
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
