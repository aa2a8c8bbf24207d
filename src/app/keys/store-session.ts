import type { Clock } from '../../base/clock.ts';
import { Emitter, type Listen } from '../../base/emitter.ts';
import { err, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { RespValue, StoreCommands } from '../../ports/store-commands.ts';
import { listOf, textOf, textsOf } from './resp-words.ts';

export type StoreState =
  | { readonly kind: 'connecting'; readonly since: number }
  | {
      readonly kind: 'up';
      /** `embedded`, or the address of the user's own Redis without credentials. */
      readonly behind: string;
      readonly generation: string;
    }
  /** `behind`: as it was known last; empty when the store was never reached. */
  | { readonly kind: 'down'; readonly since: number; readonly problem: string; readonly behind: string };

/** Opens a connection on which words and replies are bytes; starts the store where there is none. */
export type ConnectStore = (signal: AbortSignal) => Promise<Result<StoreCommands, CoordinationError>>;

export interface StoreSession {
  readonly state: StoreState;
  readonly onState: Listen<StoreState>;
  /** Keys that changed; `null`: any may have. */
  readonly onKeys: Listen<readonly string[] | null>;
  command(words: readonly string[]): Promise<Result<RespValue, CoordinationError>>;
  /** A connection for a transaction that watches keys; whoever opens it closes it. */
  own(): Promise<Result<StoreCommands, CoordinationError>>;
  /** While nobody looks, changes are not followed. */
  setWatched(watched: boolean): void;
  dispose(): void;
}

const PULSE_MS = 1000;
/** Between two questions for changes, so that a burst is one. */
const HINT_PAUSE_MS = 250;
const HINT_WAIT_MS = 20_000;
const HINT_DEADLINE_MS = HINT_WAIT_MS + 5000;

/** One look at the store: knows whether it serves, comes back by itself, and hears of changed keys. */
export function createStoreSession(deps: StoreSessionDeps): StoreSession {
  return new Session(deps);
}

interface StoreSessionDeps {
  readonly connect: ConnectStore;
  readonly clock: Clock;
}

class Session implements StoreSession {
  state: StoreState;
  readonly onState: Listen<StoreState>;
  readonly onKeys: Listen<readonly string[] | null>;
  private readonly deps: StoreSessionDeps;
  private readonly disposal = new AbortController();
  private readonly states = new Emitter<StoreState>();
  private readonly keys = new Emitter<readonly string[] | null>();
  private client: StoreCommands | null = null;
  private watched = true;
  private wake: () => void = () => undefined;

  constructor(deps: StoreSessionDeps) {
    this.deps = deps;
    this.state = { kind: 'connecting', since: deps.clock.now() };
    this.onState = this.states.event;
    this.onKeys = this.keys.event;
    void this.pulse();
    void this.follow();
  }

  async command(words: readonly string[]): Promise<Result<RespValue, CoordinationError>> {
    const { client, state } = this;
    if (!client || client.closed || state.kind !== 'up') return err(unavailable(state));
    return client.command(words);
  }

  async own(): Promise<Result<StoreCommands, CoordinationError>> {
    const { state } = this;
    return state.kind === 'up' ? this.deps.connect(this.disposal.signal) : err(unavailable(state));
  }

  setWatched(watched: boolean): void {
    this.watched = watched;
    this.wake();
  }

  dispose(): void {
    this.disposal.abort();
    this.wake();
    this.client?.close();
    this.states.dispose();
    this.keys.dispose();
  }

  private become(next: StoreState): void {
    if (same(this.state, next)) return;
    this.state = next;
    this.states.fire(next);
    this.wake();
  }

  private fail(problem: string, behind: string | null = null): void {
    const { state } = this;
    const known = behind ?? (state.kind === 'connecting' ? '' : state.behind);
    const since = state.kind === 'down' ? state.since : this.deps.clock.now();
    this.become({ kind: 'down', since, problem, behind: known });
  }

  private async pulse(): Promise<void> {
    const { signal } = this.disposal;
    while (!signal.aborted) {
      await this.look();
      await this.pause(PULSE_MS);
    }
  }

  private async look(): Promise<void> {
    if (!this.client || this.client.closed) {
      const opened = await this.deps.connect(this.disposal.signal);
      if (!opened.ok) return this.fail(opened.error.message);
      this.client = opened.value;
    }
    const reply = await this.client.command(['CFN.STATE']);
    if (!reply.ok) return this.fail(reply.error.message);
    const [serves, generation = '', problem = '', behind = ''] = textsOf(reply.value);
    if (serves === 'up') this.become({ kind: 'up', behind, generation });
    else this.fail(problem, behind);
  }

  private get following(): boolean {
    return this.watched && this.state.kind === 'up' && !this.disposal.signal.aborted;
  }

  private async follow(): Promise<void> {
    const { signal } = this.disposal;
    while (!signal.aborted) {
      if (!this.following) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        continue;
      }
      const asking = await this.deps.connect(signal);
      if (asking.ok) {
        await this.followOn(asking.value);
        asking.value.close();
      }
      await this.pause(PULSE_MS);
    }
  }

  private async followOn(asking: StoreCommands): Promise<void> {
    let since = '0';
    while (this.following) {
      const words = ['CFN.CHANGES', since, since === '0' ? '0' : String(HINT_WAIT_MS)];
      const reply = await asking.command(words, { deadlineMs: HINT_DEADLINE_MS });
      if (!reply.ok) return;
      const [next, kind, changed] = listOf(reply.value);
      since = textOf(next);
      const names = textsOf(changed);
      if (kind === 'any') this.keys.fire(null);
      else if (names.length > 0) this.keys.fire(names);
      await this.pause(HINT_PAUSE_MS);
    }
  }

  private async pause(ms: number): Promise<void> {
    // An end of the wait by disposal is its end all the same.
    await this.deps.clock.sleep(ms, this.disposal.signal).catch(() => undefined);
  }
}

const unavailable = (state: StoreState): CoordinationError => ({
  kind: 'unavailable',
  message: state.kind === 'down' ? state.problem : 'The store is not connected yet.',
});

function same(one: StoreState, other: StoreState): boolean {
  if (one.kind === 'up') {
    return other.kind === 'up' && one.generation === other.generation && one.behind === other.behind;
  }
  return one.kind === other.kind && (one.kind !== 'down' || sameProblem(one, other));
}

const sameProblem = (one: StoreState, other: StoreState): boolean =>
  one.kind === 'down' && other.kind === 'down' && one.problem === other.problem;
