import { deferred } from '../base/deferred.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import type { LoopState } from '../domain/loop/state.ts';
import type { Coordination } from '../ports/coordination.ts';
import { createPerformer } from './effects/perform.ts';
import { settleRunning } from './effects/settle-running.ts';
import type { LoopDeps, LoopFault, LoopScope } from './loop-deps.ts';
import { LoopSession } from './loop-session.ts';
import { OutsideWatch } from './outside-watch.ts';
import { completionOf, keyWrites } from './projections/coordination-keys.ts';
import type { LoopConfig } from '../domain/loop/config.ts';
import type { EvidenceRunner } from '../ports/evidence-runner.ts';
import type { Journal, LoopHolder } from '../ports/journal.ts';

export interface LiveLoop {
  readonly taskId: string;
  readonly session: LoopSession;
  /** All events so far, oldest first. */
  readonly events: readonly LoopEvent[];
  /** Resolves when the loop ended, was let go of, or met a fault. */
  readonly closed: Promise<LoopFault | null>;
  detach(): Promise<void>;
}

export interface LiveLoopRequest {
  readonly deps: LoopDeps;
  readonly config: LoopConfig;
  readonly state: LoopState | null;
  readonly events: readonly LoopEvent[];
  readonly journal: Journal;
  readonly holder: LoopHolder;
  /** Already prepared for the base; a new one where there is none. */
  readonly evidenceRunner?: EvidenceRunner;
  readonly onChange: () => void;
}

/** A loop that this process holds, with its projections attached. */
export function openLiveLoop(request: LiveLoopRequest): LiveLoop {
  const { deps, config, journal, holder } = request;
  const task = deps.repository.task(config.taskId);
  const scope: LoopScope = {
    ...deps,
    config,
    task,
    evidenceRunner: request.evidenceRunner ?? deps.evidence(config.taskId, task, config),
  };
  const outside = new OutsideWatch(
    deps.repository,
    request.state?.outsidePicture ?? null,
    () => session.state.ownEdits,
  );
  const perform = createPerformer(scope, outside);
  const session = new LoopSession(
    {
      taskId: config.taskId,
      clock: deps.clock,
      logger: deps.logger.with({ taskId: config.taskId }),
      journal,
      perform: async (effect, context) => {
        if (effect.kind === 'finish') await settleRunning(scope, context, outside);
        return perform(effect, context);
      },
    },
    request.state,
  );
  const events = [...request.events];
  const projected = createProjections(scope);
  projected.catchUp(request.events);
  const restored = deps.coordination.onRestored(({ emptied }) => {
    if (emptied) projected.rewriteKeys(Array.from(events));
  });
  const { promise: ended, resolve: close } = deferred<LoopFault | null>();
  const release = async (fault: LoopFault | null): Promise<LoopFault | null> => {
    await session.detach();
    restored.dispose();
    await projected.settled();
    await tellEnd(deps, events);
    await scope.evidenceRunner.dispose();
    await holder.release();
    return fault;
  };
  session.onEvents((appended) => {
    events.push(...appended);
    projected.apply(appended, journal.lastSeq - appended.length + 1);
    request.onChange();
    if (appended.some((event) => event.type === 'LoopFinished')) close(null);
  });
  session.onActivity(() => request.onChange());
  session.onFault((fault) => close(fault));
  const closed = ended.then(release);
  return {
    taskId: config.taskId,
    session,
    events,
    closed,
    detach: async () => {
      close(null);
      await closed;
    },
  };
}

async function tellEnd(deps: LoopDeps, events: readonly LoopEvent[]): Promise<void> {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last?.type !== 'LoopFinished') return;
  await deps.onFinished({ taskId: last.taskId, durationMs: last.at - first.at });
}

/** Keys and tables follow the journal, in order and never in its way: what fails is logged. */
function createProjections(scope: LoopScope) {
  let queue: Promise<void> = Promise.resolve();
  const later = (work: () => Promise<void>) => {
    queue = queue.then(work).catch((error: unknown) => {
      scope.logger.warn(`A projection failed: ${String(error)}`, { taskId: scope.config.taskId });
    });
  };
  return {
    apply(events: readonly LoopEvent[], firstSeq: number): void {
      const entries = events.map((event, index) => ({ seq: firstSeq + index, event }));
      later(() => scope.readModel.apply(scope.config.taskId, entries));
      for (const event of events) later(() => writeKeys(scope.coordination, event, scope.config));
    },
    /** The index may be behind the journal after a kill. */
    catchUp(events: readonly LoopEvent[]): void {
      const entries = events.map((event, index) => ({ seq: index + 1, event }));
      if (entries.length > 0) later(() => scope.readModel.apply(scope.config.taskId, entries));
    },
    /** For a store that came back empty; what was being written just then may stand in a list twice. */
    rewriteKeys(events: readonly LoopEvent[]): void {
      for (const event of events) later(() => writeKeys(scope.coordination, event, scope.config));
    },
    settled: () => queue,
  };
}

async function writeKeys(coordination: Coordination, event: LoopEvent, config: LoopConfig): Promise<void> {
  for (const { kind, key, value, ttlSeconds } of keyWrites(event, config)) {
    const written = await coordination[kind](key, value, ttlSeconds);
    if (!written.ok) throw new Error(written.error.message);
  }
  const completion = completionOf(event);
  if (!completion) return;
  const announced = await coordination.complete(completion);
  if (!announced.ok) throw new Error(announced.error.message);
}
