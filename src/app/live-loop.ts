import { deferred } from '../base/deferred.ts';
import type { Command } from '../domain/loop/commands.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import { isAtWork, type LoopState } from '../domain/loop/state.ts';
import { createAgentCare } from './agents/care.ts';
import { createQuestionRelay } from './agents/questions.ts';
import { watchAgents } from './agents/watch-agents.ts';
import { createPerformer } from './effects/perform.ts';
import { settleRunning } from './effects/settle-running.ts';
import type { LoopDeps, LoopFault, LoopScope } from './loop-deps.ts';
import { projectKeys, scopeOf } from './loop-scope.ts';
import { LoopSession } from './loop-session.ts';
import { OutsideWatch } from './outside-watch.ts';
import type { LoopView } from './projections/loop-view.ts';
import { toLoopView } from './projections/to-loop-view.ts';
import { lookAtEngines } from './recovery/look-at-engines.ts';
import { fenceAttempts, releaseNetworks } from './recovery/reclaim-containers.ts';
import { recoverLoop } from './recovery/recover-loop.ts';
import type { Survival } from './recovery/survival.ts';
import type { LoopConfig } from '../domain/loop/config.ts';
import type { EvidenceRunner } from '../ports/evidence-runner.ts';
import type { Journal, LoopHolder } from '../ports/journal.ts';
import type { LoopStanding } from '../ports/loop-queue.ts';

export interface LiveLoop {
  readonly taskId: string;
  readonly session: LoopSession;
  readonly view: () => LoopView;
  /** All events so far, oldest first. */
  readonly events: readonly LoopEvent[];
  /**
   * Carries on, after what an earlier process left was put in order. Gives what survived it, once; null where there
   * is nothing to say.
   */
  goOn(): Promise<Survival | null>;
  /** Resolves once the other loops of the machine know how this one stood when it was asked for. */
  told(): Promise<void>;
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
  const scope = scopeOf(deps, config, {
    epoch: holder.epoch,
    evidenceRunner: request.evidenceRunner,
    // As events have made it by now; before the first one, as it was asked for.
    configNow: () => (session.started ? session.state.config : config),
  });
  const outside = new OutsideWatch(
    deps.repository,
    request.state?.outsidePicture ?? null,
    () => session.state.ownEdits,
  );
  const since = request.state?.startedAt ?? deps.clock.now();
  const member = deps.queue.member({ taskId: config.taskId, since });
  const perform = createPerformer(scope, outside, member);
  const session = new LoopSession(
    {
      taskId: config.taskId,
      clock: deps.clock,
      logger: deps.logger.with({ taskId: config.taskId }),
      journal,
      hasRoom: () => deps.files.hasRoom(config.taskId),
      perform: async (effect, context) => {
        if (effect.kind === 'finish') await settleRunning(scope, context, outside);
        return perform(effect, context);
      },
    },
    request.state,
  );
  const agents = careForAgents(request, () => session);
  if (request.state) agents.follow(request.state);
  const events = [...request.events];
  const projected = createProjections(scope, events);
  projected.catchUp(request.events);
  const restored = deps.coordination.onRestored(({ emptied }) => projected.restored(emptied));
  const { promise: ended, resolve: close } = deferred<LoopFault | null>();
  const release = async (fault: LoopFault | null): Promise<LoopFault | null> => {
    agents.dispose();
    await session.detach();
    await member.close();
    restored.dispose();
    await projected.settled();
    await tellEnd(deps, events);
    await putAway(scope, session, holder);
    return fault;
  };
  let going: Promise<Survival | null> | null = null;
  let told: Promise<void> = Promise.resolve();
  session.onEvents((appended) => {
    events.push(...appended);
    projected.apply(appended, journal.lastSeq - appended.length + 1);
    agents.follow(session.state);
    agents.deliver(appended, session.state);
    if (going) told = member.stands(standingOf(session.state));
    request.onChange();
    if (appended.some((event) => event.type === 'LoopFinished')) close(null);
  });
  session.onActivity(() => request.onChange());
  session.onFault((fault) => close(fault));
  const closed = ended.then(release);
  return {
    goOn: async () => {
      const again = going !== null;
      if (!again) told = member.stands(standingOf(session.state));
      going ??= request.state === null ? begin(session) : recover(request.holder, scope, session, events);
      const survival = await going;
      return again ? null : survival;
    },
    taskId: config.taskId,
    session,
    told: () => told,
    view: () => toLoopView(session.state, session.activity, { ...agents.live(), holds: session.holds }),
    events,
    closed,
    detach: async () => {
      close(null);
      await closed;
    },
  };
}

function careForAgents({ deps, config, onChange }: LiveLoopRequest, session: () => LoopSession) {
  const dispatch = (command: Command) => session().dispatch(command);
  const care = createAgentCare({ ...deps, dispatch });
  const relay = createQuestionRelay({ ...deps, dispatch });
  const watching = watchAgents(deps, config.taskId, {
    // A first look may find something at once, before whoever opens the loop has it.
    onChange: () => queueMicrotask(onChange),
    onSignals: (running, signals) => queueMicrotask(() => relay.hear(running, signals)),
    onLook: () => care.look(session().state, watching.live()),
  });
  return {
    ...watching,
    deliver: (...recorded: Parameters<typeof care.deliver>) => {
      care.deliver(...recorded);
      relay.deliver(...recorded);
    },
  };
}

const standingOf = (state: LoopState): LoopStanding =>
  state.phase.kind === 'queued' ? 'queued' : isAtWork(state) ? 'working' : 'resting';

async function putAway(scope: LoopScope, session: LoopSession, holder: LoopHolder): Promise<void> {
  await scope.evidenceRunner.dispose();
  // An agent that is let go of may be about to start in its network.
  if (!session.started || !isAtWork(session.state)) {
    await endFenced(scope);
    await releaseNetworks(scope);
  }
  await holder.release();
}

/** Nodes that were away may be back with what was given up. */
async function endFenced(scope: LoopScope): Promise<void> {
  const { container, taskId } = scope.config;
  if (container?.place !== 'swarm') return;
  const looks = await lookAtEngines(scope, container, scope.saidOfNodes);
  await fenceAttempts(scope, looks, { taskId, epoch: scope.epoch });
}

async function tellEnd(deps: LoopDeps, events: readonly LoopEvent[]): Promise<void> {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last?.type !== 'LoopFinished') return;
  await deps.onFinished({ taskId: last.taskId, durationMs: last.at - first.at });
}

function begin(session: LoopSession): Promise<null> {
  session.begin();
  return Promise.resolve(null);
}

/** A machine that cannot be looked at is no reason not to go on: every effect finds out for itself again. */
async function recover(
  holder: LoopHolder,
  scope: LoopScope,
  session: LoopSession,
  events: readonly LoopEvent[],
): Promise<Survival | null> {
  await holder.begin();
  const survival = await recoverLoop(scope, session.state, events).catch((error: unknown) => {
    scope.logger.warn(`What survived could not be found out: ${String(error)}`, {
      taskId: scope.config.taskId,
    });
    return null;
  });
  session.begin();
  return survival;
}

/** Keys and tables follow the journal, in order and never in its way: what fails is logged. */
function createProjections(scope: LoopScope, events: readonly LoopEvent[]) {
  const { config, logger } = scope;
  const { taskId } = config;
  const keys = projectKeys(scope, events);
  const warn = (error: unknown): void => logger.warn(`A projection failed: ${String(error)}`, { taskId });
  let tables: Promise<void> = Promise.resolve();
  let keysWritten: Promise<void> = Promise.resolve();
  const index = (entries: Parameters<LoopScope['readModel']['apply']>[1]) => {
    tables = tables.then(() => scope.readModel.apply(taskId, entries)).catch(warn);
  };
  return {
    apply(appended: readonly LoopEvent[], firstSeq: number): void {
      index(appended.map((event, at) => ({ seq: firstSeq + at, event })));
      keysWritten = keys.catchUp().catch(warn);
    },
    /** Index and store may be behind the journal after a kill. */
    catchUp(known: readonly LoopEvent[]): void {
      if (known.length === 0) return;
      index(known.map((event, at) => ({ seq: at + 1, event })));
      keysWritten = keys.catchUp().catch(warn);
    },
    restored(emptied: boolean): void {
      keysWritten = keys.restored(emptied).catch(warn);
    },
    settled: async () => {
      await tables;
      await keysWritten;
    },
  };
}
