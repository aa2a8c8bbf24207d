import type { Session } from './command.ts';
import { LATER, type Reply } from './reply.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Waiter {
  readonly session: Session;
  readonly command: string;
  readonly keys: readonly string[];
  readonly since: number;
  /** Epoch milliseconds; `null`: without an end. */
  readonly until: number | null;
  readonly attempt: (key: string) => Reply | null;
  readonly timer: NodeJS.Timeout | null;
}

/** A client that waits, as others see it. Times are epoch milliseconds. */
export type WaitLook = Pick<Waiter, 'session' | 'command' | 'keys' | 'since' | 'until'>;

export interface WaitRequest {
  /** Its name, for those who look who waits. */
  readonly command: string;
  readonly keys: readonly string[];
  /** 0: without an end. */
  readonly timeoutMs: number;
  readonly onTimeout: Reply;
  /** Within EXEC nothing waits; this is the answer when there is nothing. */
  readonly onEmpty: Reply;
  /** Takes what is there; `null` when there is nothing for this client. */
  readonly attempt: (key: string) => Reply | null;
}

/** Clients that wait for a list to get an item, first come first served. */
export class Waiters {
  private readonly byKey = new Map<string, Set<Waiter>>();
  private readonly bySession = new Map<Session, Waiter>();
  private readonly ready = new Set<string>();
  private serving = false;
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  all(): readonly WaitLook[] {
    return Array.from(this.bySession.values());
  }

  get size(): number {
    return this.bySession.size;
  }

  wait(session: Session, request: WaitRequest): Reply {
    for (const key of request.keys) {
      const reply = request.attempt(key);
      if (reply) return reply;
    }
    if (session.executing) return request.onEmpty;
    const timer =
      request.timeoutMs === 0
        ? null
        : setTimeout(
            () => this.finish(waiter, request.onTimeout),
            Math.min(request.timeoutMs, LONGEST_TIMER_MS),
          );
    const { command, keys, timeoutMs, attempt } = request;
    const since = this.now();
    const until = timeoutMs === 0 ? null : since + timeoutMs;
    const waiter: Waiter = { session, command, keys, since, until, attempt, timer };
    this.bySession.set(session, waiter);
    for (const key of request.keys) {
      const waiters = this.byKey.get(key) ?? new Set();
      this.byKey.set(key, waiters.add(waiter));
    }
    session.block();
    return LATER;
  }

  /** A list has got an item. */
  signal(key: string): void {
    if (this.byKey.has(key)) this.ready.add(key);
  }

  /** Hands out what came in; called after each command, and after a transaction as a whole. */
  serve(): void {
    if (this.serving) return;
    this.serving = true;
    for (const key of this.ready) {
      this.ready.delete(key);
      for (const waiter of Array.from(this.byKey.get(key) ?? [])) {
        const reply = waiter.attempt(key);
        if (!reply) break;
        this.finish(waiter, reply);
      }
    }
    this.serving = false;
  }

  leave(session: Session): void {
    const waiter = this.bySession.get(session);
    if (waiter) this.remove(waiter);
  }

  private finish(waiter: Waiter, reply: Reply): void {
    this.remove(waiter);
    waiter.session.unblock(reply);
  }

  private remove(waiter: Waiter): void {
    if (waiter.timer) clearTimeout(waiter.timer);
    this.bySession.delete(waiter.session);
    for (const key of waiter.keys) {
      const waiters = this.byKey.get(key);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.byKey.delete(key);
    }
  }
}
