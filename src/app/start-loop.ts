import { ok, type Result } from '../base/result.ts';
import type { ContainerPlan } from '../domain/containers/plan.ts';
import type { LoopConfig } from '../domain/loop/config.ts';
import { MAX_ATTEMPTS } from '../domain/loop/policy.ts';
import type { Commit } from '../domain/loop/model.ts';
import { absentText } from '../domain/worktree/submodules.ts';
import type { EvidenceRunner } from '../ports/evidence-runner.ts';
import type { LoopHolder } from '../ports/journal.ts';
import { chosenPlace } from '../domain/code-place.ts';
import { placeOf } from './code-places.ts';
import { fail } from './loop-error.ts';
import { setUpLog } from './effects/prepare.ts';
import { reclaimContainers, releaseNetworks } from './recovery/reclaim-containers.ts';
import { endCommands } from './recovery/recover-loop.ts';
import { withPrices } from './earlier-runs.ts';
import { openLiveLoop, type LiveLoop } from './live-loop.ts';
import type { LoopDeps } from './loop-deps.ts';
import type { LoopError, StartPlan } from './loop-service.ts';
import { checkSparse } from './sparse.ts';
import type { StartRequest } from './start-request.ts';
import type { GitError, Repository } from '../ports/worktrees.ts';

export interface StartLoop {
  readonly deps: LoopDeps;
  readonly plan: StartPlan;
  readonly onChange: (loop: LiveLoop) => void;
  readonly answer: (command: unknown) => Promise<unknown>;
}

/** Holds the loop, proves that its base can be prepared, then journals the start. A refusal leaves nothing behind. */
export async function startLoop(start: StartLoop): Promise<Result<LiveLoop, LoopError>> {
  const { deps, plan } = start;
  const planned = await configOf(deps, plan);
  if (!planned.ok) return planned;
  if (plan.request.worktreeRoot !== null) deps.placeWorktrees(plan.request.worktreeRoot);
  const holder = await holdNew(start);
  if (!holder.ok) return holder;
  await removeLeftovers(deps, plan.taskId);
  await reclaimContainers(deps, planned.value);
  const config = await withAttachments(deps, plan, planned.value);
  if (!config.ok) {
    await abandon(deps, planned.value, holder.value);
    return config;
  }
  const prepared = await prepareBase(deps, config.value);
  if (!prepared.ok) {
    await abandon(deps, planned.value, holder.value);
    return prepared;
  }
  const journal = await deps.store.open(plan.taskId, holder.value.epoch);
  if (!journal.ok) {
    await prepared.value.dispose();
    await abandon(deps, planned.value, holder.value);
    return fail('internal', journal.error.message);
  }
  const loop = openLiveLoop({
    deps,
    config: config.value,
    state: null,
    events: [],
    journal: journal.value,
    holder: holder.value,
    evidenceRunner: prepared.value,
    onChange: () => start.onChange(loop),
  });
  await holder.value.begin();
  const started = await loop.session.dispatch({ kind: 'start', config: config.value });
  if (!started.ok) {
    await loop.detach();
    return fail('internal', started.error.message);
  }
  await loop.goOn();
  return ok(loop);
}

/** Holds a task id that no loop has. */
async function holdNew({ deps, plan, answer }: StartLoop): Promise<Result<LoopHolder, LoopError>> {
  const holder = await deps.store.hold(plan.taskId, answer);
  if (!holder.ok) {
    return holder.error.kind === 'held'
      ? fail('state', `The loop "${plan.taskId}" is being started by another process.`)
      : fail('internal', holder.error.message);
  }
  // Planning may have been minutes ago: a loop that ran meanwhile must neither be written to nor removed.
  const there = await deps.store.read(plan.taskId);
  if (there.ok ? there.value.length === 0 : there.error.kind === 'missing') return ok(holder.value);
  await holder.value.release();
  return fail(
    'state',
    `There is a loop "${plan.taskId}" already; choose another task id, or resume that one.`,
  );
}

async function configOf(deps: LoopDeps, plan: StartPlan): Promise<Result<LoopConfig, LoopError>> {
  const { request } = plan;
  const container = await placeOf(deps, request, plan.codePlace);
  if (!container.ok) return container;
  const base = await baseOf(deps, request);
  if (!base.ok) return fail(base.error.kind === 'refused' ? 'input' : 'internal', base.error.message);
  const place = await placeAt(deps.repository, base.value);
  if (!place.ok) return fail('internal', place.error.message);
  const absent = (place.value.submodules ?? []).filter(({ present }) => !present);
  if (absent.length > 0)
    deps.logger.warn(absentText(absent.map(({ path }) => path)), { taskId: plan.taskId });
  const config = await withPrices(deps, configFor(plan, place.value, container.value));
  return checkSparse(deps.repository, config);
}

type BasePlace = Pick<LoopConfig, 'baseCommit' | 'prefix' | 'submodules'>;

/** What a loop's base tells about it. */
export async function placeAt(
  repository: Pick<Repository, 'submodules' | 'facts'>,
  baseCommit: Commit,
): Promise<Result<BasePlace, GitError>> {
  const submodules = await repository.submodules(baseCommit);
  if (!submodules.ok) return submodules;
  const { prefix } = repository.facts;
  return ok({
    baseCommit,
    prefix,
    ...(submodules.value.length > 0 ? { submodules: submodules.value } : {}),
  });
}

/** What a loop is started with, once its base is known. */
export function configFor(plan: StartPlan, place: BasePlace, container: ContainerPlan | null): LoopConfig {
  const {
    folder: _folder,
    includeDirty: _includeDirty,
    worktreeRoot: _worktreeRoot,
    archiveAfterDays: _archiveAfterDays,
    attach: _attach,
    containers: _containers,
    ...chosen
  } = plan.request;
  return {
    ...chosen,
    ...place,
    taskId: plan.taskId,
    ...(plan.attachments.length > 0 ? { attachments: plan.attachments } : {}),
    evidence: plan.evidenceCommands,
    maxAttempts: MAX_ATTEMPTS,
    maxAgentRuns: plan.maxAgentRuns,
    maxParallelAgents: plan.maxParallelAgents,
    setUp: plan.installs?.chosen ?? 'install',
    codePlace: container ? 'container' : (chosenPlace(plan.codePlace) ?? 'machine'),
    ...(container ? { runtime: 'container', container } : {}),
  };
}

/** As they are now, whatever they were when the start was planned. */
async function withAttachments(
  { attachments }: LoopDeps,
  { taskId, request }: StartPlan,
  config: LoopConfig,
): Promise<Result<LoopConfig, LoopError>> {
  if (request.attach.length === 0) return ok(config);
  const stored = await attachments.store(taskId, request.attach);
  return stored.ok ? ok({ ...config, attachments: stored.value }) : fail('input', stored.error);
}

function baseOf({ repository }: LoopDeps, request: StartRequest): ReturnType<Repository['resolve']> {
  if (request.continuesTask) return repository.resolve(request.continuesTask.commit);
  return request.includeDirty
    ? repository.snapshotDirty(AbortSignal.timeout(120_000))
    : repository.resolve('HEAD');
}

/** Of a start that was killed before its loop was in the journal. */
async function removeLeftovers(deps: LoopDeps, taskId: string): Promise<void> {
  const removed = await deps.repository.task(taskId).recoverCheckouts([]);
  if (!removed.ok) deps.logger.warn(removed.error.message, { taskId });
  await endCommands(deps, await deps.ledger.entries(taskId));
}

/** A base that cannot be prepared is wrong input: no agent could be judged against it. */
async function prepareBase(deps: LoopDeps, config: LoopConfig): Promise<Result<EvidenceRunner, LoopError>> {
  const runner = deps.evidence(config.taskId, deps.repository.task(config.taskId), config);
  if (config.evidence.length === 0) return ok(runner);
  const log = setUpLog(deps.logger.with({ taskId: config.taskId }), () => undefined);
  const prepared = await runner.prepare(config.baseCommit, new AbortController().signal, log);
  if (!prepared.ok) {
    await runner.dispose();
    const tail = prepared.error.log.trim();
    return fail(
      'input',
      `The base commit cannot be prepared for its tests: ${prepared.error.message}${tail ? `\n${tail.slice(-1500)}` : ''}`,
    );
  }
  return ok(runner);
}

async function abandon(deps: LoopDeps, config: LoopConfig, holder: LoopHolder): Promise<void> {
  await releaseNetworks({ ...deps, config });
  await holder.release();
  await deps.files.remove(config.taskId);
}
