import { err, ok, type Result } from '../base/result.ts';
import { answerForwarded, forwardCommand, type Steering } from './forwarding.ts';
import type { LoopDeps } from './loop-deps.ts';
import { checkCodePlace } from './code-places.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import { openLiveLoop, type LiveLoop } from './live-loop.ts';
import type { LoopView } from './projections/loop-view.ts';
import { readLoop, type StoredLoop } from './stored-loop.ts';

/** Tells that a loop, or what is being done for it, changed; its view is made when somebody is told. */
export type Notify = (taskId: string, view: () => LoopView) => void;

/** The loops that this process holds, and the way to those that others hold. */
export class LiveLoops {
  private readonly loops = new Map<string, LiveLoop>();
  private readonly deps: LoopDeps;
  private readonly onState: Notify;

  constructor(deps: LoopDeps, onState: Notify) {
    this.deps = deps;
    this.onState = onState;
  }

  get(taskId: string): LiveLoop | undefined {
    return this.loops.get(taskId.toLowerCase());
  }

  add(loop: LiveLoop): LiveLoop {
    const key = loop.taskId.toLowerCase();
    this.loops.set(key, loop);
    void loop.closed.then(() => this.loops.delete(key));
    return loop;
  }

  readonly answer = (taskId: string, command: unknown) => answerForwarded(this.get(taskId), command);

  /**
   * Holds a stored loop and makes it live; `held` when another process has it. One that is to run goes on where it
   * began, on this machine or in containers, or not at all; to record something in it no code runs.
   */
  async takeUp(stored: StoredLoop, purpose: 'run' | 'record'): Promise<Result<LiveLoop, LoopError | 'held'>> {
    const { taskId, codePlace = 'machine' } = stored.state.config;
    if (purpose === 'run') {
      const placed = await checkCodePlace(this.deps, { flag: null, remembered: codePlace });
      if (!placed.ok) return placed;
    }
    const { store } = this.deps;
    const holder = await store.hold(taskId, (command) => this.answer(taskId, command));
    if (!holder.ok)
      return holder.error.kind === 'held' ? err('held') : fail('internal', holder.error.message);
    const journal = await store.open(taskId, holder.value.epoch);
    if (!journal.ok) {
      await holder.value.release();
      return fail('internal', journal.error.message);
    }
    // What was written between reading and holding counts.
    const fresh = await readLoop(store, taskId);
    const { state, events } = fresh.ok ? fresh.value : stored;
    const loop = openLiveLoop({
      deps: this.deps,
      config: state.config,
      state,
      events,
      journal: journal.value,
      holder: holder.value,
      onChange: () => this.onState(taskId, loop.view),
    });
    await loop.session.dispatch({ kind: 'continue' });
    return ok(this.add(loop));
  }

  /**
   * Sends a command to whoever holds the loop: this process, another one (then `null` comes back), or this
   * one from now on. A loop that was taken up here is recorded in only, until it is begun.
   */
  async steer(
    taskId: string,
    command: Steering,
    purpose: 'run' | 'record',
  ): Promise<Result<LiveLoop | null, LoopError>> {
    const mine = this.get(taskId);
    if (mine) {
      const applied = await mine.session.dispatch(command);
      if (command.kind === 'stop') await mine.told();
      return applied.ok ? ok(mine) : err(applied.error);
    }
    const stored = await readLoop(this.deps.store, taskId);
    if (!stored.ok) return stored;
    if (stored.value.state.phase.kind === 'finished') return fail('state', `The loop "${taskId}" has ended.`);
    const taken = await this.takeUp(stored.value, purpose);
    if (taken.ok) return applyOrLetGo(taken.value, command);
    if (taken.error !== 'held') return err(taken.error);
    const forwarded = await forwardCommand(this.deps.store, taskId, command);
    return forwarded.ok ? ok(null) : forwarded;
  }

  /** For whoever runs the loop now; a loop at rest has nobody who could take the edits for something else. */
  async noteOwnEdits(taskId: string, paths: readonly string[]): Promise<void> {
    const command = { kind: 'own-edits', paths } as const;
    const mine = this.get(taskId);
    const noted = mine
      ? await mine.session.dispatch(command)
      : await forwardCommand(this.deps.store, taskId, command);
    if (!noted.ok) this.deps.logger.debug(`Own edits were not noted: ${noted.error.message}`, { taskId });
  }

  async detachAll(): Promise<void> {
    await Promise.all(Array.from(this.loops.values(), (loop) => loop.detach()));
  }
}

async function applyOrLetGo(loop: LiveLoop, command: Steering): Promise<Result<LiveLoop, LoopError>> {
  const applied = await loop.session.dispatch(command);
  if (applied.ok) return ok(loop);
  await loop.detach();
  return err(applied.error);
}
