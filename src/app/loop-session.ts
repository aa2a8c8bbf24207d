import { Emitter } from '../base/emitter.ts';
import { saysDiskFull } from '../base/disk-full.ts';
import { err, ok, type Result } from '../base/result.ts';
import { correlationKey } from '../domain/correlation.ts';
import type { Command, Rejection, Report } from '../domain/loop/commands.ts';
import { step, type Stamp } from '../domain/loop/decide.ts';
import { effectKey, outstanding, type Effect } from '../domain/loop/effects.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import type { LoopState } from '../domain/loop/state.ts';
import type { Clock } from '../base/clock.ts';
import type { LogFields, Logger } from '../base/logger.ts';
import type { Journal } from '../ports/journal.ts';
import type { RunningCommand } from './projections/loop-view.ts';
import { DETACHED, LoopFault } from './loop-deps.ts';
import { MOST_TRIES, pauseBefore, Tries } from './tries.ts';

export interface EffectContext {
  readonly state: () => LoopState;
  readonly report: (report: Report) => Promise<void>;
  readonly signal: AbortSignal;
  /**
   * Says what is being done, for people who wait, and which evidence command runs; not journaled. Null: nothing that
   * has to be said any more.
   */
  readonly progress: (activity: string | null, running?: RunningCommand) => void;
  /** Why an agent that is to start has to wait, for its row; not journaled. Null: it waits no more. */
  readonly hold: (agentId: string, why: string | null) => void;
}
/** What the harness itself is busy with. */
export interface Activity {
  readonly text: string;
  readonly running: RunningCommand | null;
}

/** Carries one effect out and reports; rejects only for faults of the machine or of ours. */
export type PerformEffect = (effect: Effect, context: EffectContext) => Promise<void>;

export interface SessionDeps {
  readonly taskId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly journal: Journal;
  readonly perform: PerformEffect;
  /** False while the disk of the loop's folder is full. */
  readonly hasRoom: () => Promise<boolean>;
}

interface Work {
  /** As it is due now. */
  effect: Effect;
  readonly controller: AbortController;
  /** It failed before and is not begun again yet. */
  pausing: boolean;
  done: Promise<void>;
}

/** Between two looks whether a full disk has room again. */
const ROOM_LOOK_MS = 2_000;

/**
 * One live loop in the process that holds it: journals what the machine decides, then keeps what is under way
 * equal to what the state asks for.
 */
export class LoopSession {
  private current: LoopState | null;
  private readonly work = new Map<string, Work>();
  private readonly tries = new Tries();
  private queue: Promise<unknown> = Promise.resolve();
  private fault: LoopFault | null = null;
  private begun = false;
  private readonly letGo = new AbortController();
  private waitingForRoom: Promise<void> | null = null;
  private fullInARow = 0;
  private readonly deps: SessionDeps;
  private doing: { readonly key: string; readonly activity: Activity } | null = null;
  private readonly held = new Map<string, string>();
  private readonly changes = new Emitter<readonly LoopEvent[]>();
  private readonly activities = new Emitter<Activity | null>();
  private readonly faults = new Emitter<LoopFault>();
  readonly onEvents = this.changes.event;
  readonly onActivity = this.activities.event;
  readonly onFault = this.faults.event;

  constructor(deps: SessionDeps, state: LoopState | null) {
    this.deps = deps;
    this.current = state;
  }

  /** False until `LoopStarted` is on disk. */
  get started(): boolean {
    return this.current !== null;
  }

  get state(): LoopState {
    if (!this.current) throw new Error('The loop has not been started');
    return this.current;
  }

  /** What the harness itself is busy with; null while agents work or nothing is done. */
  get activity(): Activity | null {
    return this.doing?.activity ?? null;
  }

  /** Why agents that are to start have to wait, by their ids. */
  get holds(): ReadonlyMap<string, string> {
    return this.held;
  }

  get failure(): LoopFault | null {
    return this.fault;
  }

  /** Applies a command once everything before it is on disk. */
  dispatch(command: Command): Promise<Result<void, Rejection>> {
    const turn = this.queue.then(() => this.apply(command));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /**
   * From here on what the state asks for is carried out; before, commands are recorded only. What follows by
   * rule from the last event is recorded first: a journal that was cut may lack it.
   */
  begin(): void {
    this.begun = true;
    void this.dispatch({ kind: 'continue', begins: true }).then(() => this.sync());
  }

  /** Lets go: nothing new is started, agents run on under their runners. */
  async detach(): Promise<void> {
    this.letGo.abort(DETACHED);
    for (const work of this.work.values()) work.controller.abort(DETACHED);
    await Promise.allSettled(Array.from(this.work.values(), (work) => work.done));
    await this.queue;
    await this.deps.journal.close();
  }

  private get detached(): boolean {
    return this.letGo.signal.aborted;
  }

  private async apply(command: Command): Promise<Result<void, Rejection>> {
    if (this.fault) return err({ kind: 'state', message: this.fault.message });
    const result = step(this.current, command, this.stamp);
    if (!result.ok) return result;
    const { events, state } = result.value;
    if (events.length === 0) return ok(undefined);
    const written = await this.append(events);
    if (!written.ok) {
      if (written.error.kind !== 'full')
        this.fail(new LoopFault(`The journal could not be written: ${written.error.message}`), null);
      return err({ kind: 'state', message: written.error.message });
    }
    this.fullInARow = 0;
    this.become(state, events);
    this.sync();
    return ok(undefined);
  }

  private become(state: LoopState, events: readonly LoopEvent[]): void {
    this.current = state;
    for (const event of events) this.deps.logger.info(event.type, logFields(event));
    this.changes.fire(events);
  }

  /** A full disk holds the loop up, until there is room or it is let go of. */
  private async append(events: readonly LoopEvent[]): ReturnType<Journal['append']> {
    for (;;) {
      const written = await this.deps.journal.append(events);
      if (written.ok || written.error.kind !== 'full' || this.detached) return written;
      await this.untilRoom(written.error.message);
    }
  }

  /** Everybody who found the disk full waits for the same look. */
  private untilRoom(found: string): Promise<void> {
    this.waitingForRoom ??= this.lookForRoom(found).finally(() => {
      this.waitingForRoom = null;
      this.show(null);
    });
    return this.waitingForRoom;
  }

  private async lookForRoom(found: string): Promise<void> {
    const { clock, logger, taskId, hasRoom } = this.deps;
    logger.error(`The disk is full; the loop goes on once there is space. ${found}`, { taskId });
    const text = 'the disk is full; free some space and the loop goes on';
    this.show({ key: 'room', activity: { text, running: null } });
    // Where it is another disk that is full, only the next try can tell.
    const pause = ROOM_LOOK_MS * Math.min(2 ** this.fullInARow, 16);
    this.fullInARow += 1;
    do {
      await clock.sleep(pause, this.letGo.signal).catch(() => undefined);
    } while (!this.detached && !(await hasRoom().catch(() => true)));
    if (!this.detached) logger.warn('There is space again; the loop goes on.', { taskId });
  }

  private readonly stamp: Stamp = (body, iteration) => {
    const at = this.deps.clock.now();
    const correlation = correlationKey(kebab(body.type), iteration, at);
    return { ...body, taskId: this.deps.taskId, iteration, at, correlation };
  };

  private sync(): void {
    if (!this.current || !this.begun || this.detached || this.fault) return;
    const due = new Map(outstanding(this.current).map((effect) => [effectKey(effect), effect]));
    this.tries.keepOnly(due);
    for (const [key, work] of this.work) {
      if (!due.has(key)) work.controller.abort(new Error('no longer due'));
    }
    for (const [key, effect] of due) {
      const work = this.work.get(key);
      if (work?.pausing) work.effect = effect;
      else if (work && isToEnd(effect)) work.controller.abort(RUNS_AGAIN);
      if (work) continue;
      // The end is written when nothing is under way that could still report.
      if (effect.kind === 'finish' && this.work.size > 0) continue;
      this.start(key, effect);
    }
  }

  private start(key: string, effect: Effect): void {
    const tries = this.tries.begin(key);
    if (tries > MOST_TRIES) return this.fail(new LoopFault(this.tries.reason(key)), key);
    const pause = pauseBefore(tries);
    const work: Work = {
      effect,
      controller: new AbortController(),
      pausing: pause > 0,
      done: Promise.resolve(),
    };
    this.work.set(key, work);
    work.done = this.carryOut(key, work, pause);
  }

  private async carryOut(key: string, work: Work, pause: number): Promise<void> {
    const { signal } = work.controller;
    try {
      if (pause > 0) await this.deps.clock.sleep(pause, signal);
      work.pausing = false;
      // Left by an earlier process: it is taken up only to be ended.
      if (isToEnd(work.effect)) work.controller.abort(RUNS_AGAIN);
      await this.deps.perform(work.effect, this.contextOf(key, signal));
    } catch (error) {
      await this.failed(key, signal, error);
    }
    this.work.delete(key);
    if (work.effect.kind === 'run-agent') this.held.delete(work.effect.agentId);
    // What follows may have said already what it does.
    if (this.doing?.key === key) this.show(null);
    this.sync();
  }

  private contextOf(key: string, signal: AbortSignal): EffectContext {
    return {
      state: () => this.state,
      signal,
      progress: (text, running) => {
        if (text !== null) this.show({ key, activity: { text, running: running ?? null } });
        else if (this.doing?.key === key) this.show(null);
      },
      hold: (agentId, why) => {
        if (why === null ? !this.held.delete(agentId) : this.held.get(agentId) === why) return;
        if (why !== null) this.held.set(agentId, why);
        this.activities.fire(this.activity);
      },
      report: async (report) => {
        if (this.detached) return;
        await this.dispatch({ kind: 'report', report });
      },
    };
  }

  private show(doing: { readonly key: string; readonly activity: Activity } | null): void {
    this.doing = doing;
    this.activities.fire(this.activity);
  }

  /**
   * What failed is done again, as after a restart: every effect looks first how far it came. For want of space that is
   * once there is some, else after a pause that grows.
   */
  private async failed(key: string, { aborted, reason }: AbortSignal, error: unknown): Promise<void> {
    const { logger, taskId, hasRoom } = this.deps;
    const message = error instanceof Error ? error.message : String(error);
    if (aborted && reason !== RUNS_AGAIN) {
      logger.debug(`${key} ended after it was aborted: ${message}`);
      return;
    }
    if (saysDiskFull(error) || !(await hasRoom().catch(() => true))) {
      await this.untilRoom(message);
      this.tries.forget(key);
      return;
    }
    this.tries.failed(key, message);
    const stack = error instanceof Error && !(error instanceof LoopFault) ? { stack: error.stack } : {};
    logger.warn(`"${key}" failed: ${message}`, { taskId, ...stack });
  }

  /** `work`: what could not be done, for the journal; null where that cannot be written. */
  private fail(fault: LoopFault, work: string | null): void {
    if (this.fault) return;
    this.fault = fault;
    this.deps.logger.error(fault.message, { taskId: this.deps.taskId });
    for (const each of this.work.values()) each.controller.abort(DETACHED);
    const told = work === null ? Promise.resolve() : this.tellFault(work, fault.message);
    void told.catch(() => undefined).then(() => this.faults.fire(fault));
  }

  /** A loop that nobody carries on looks like one at work, unless its journal says otherwise. */
  private tellFault(work: string, message: string): Promise<void> {
    const turn = this.queue.then(async () => {
      const report = { type: 'LoopFaulted', work, message } as const;
      const result = step(this.current, { kind: 'report', report }, this.stamp);
      if (!result.ok || result.value.events.length === 0) return;
      const { events, state } = result.value;
      const written = await this.deps.journal.append(events);
      if (written.ok) this.become(state, events);
    });
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}

const RUNS_AGAIN = new Error('it runs again');

const isToEnd = (effect: Effect): boolean => effect.kind === 'run-agent' && effect.end === true;

const kebab = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();

function logFields(event: LoopEvent): LogFields {
  const agentId =
    event.type === 'AgentExited' ? event.exit.agentId : 'agentId' in event ? event.agentId : undefined;
  return { correlation: event.correlation, ...(agentId === undefined ? {} : { agentId }) };
}
