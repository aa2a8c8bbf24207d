import type { Session } from './command.ts';
import { array, bulk, bulks, integer, LATER, type Reply } from './reply.ts';

/** So many changed keys are remembered for who asks next; with more, anything may have changed. */
const MOST_REMEMBERED = 4096;
/** After so long without a question, changes are not followed any more. */
const FOLLOWED_MS = 30_000;

interface Asking {
  readonly since: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * Which keys have changed, for those who look on: each asks for what came after the number it knows, and waits until
 * there is something. Nothing is remembered while nobody asks.
 */
export class Changes {
  private readonly asking = new Map<Session, Asking>();
  private readonly onFollow: ((follow: boolean) => void)[] = [];
  private recent: string[] = [];
  /** Number of the newest change. */
  private newest = 0;
  private forgetting: NodeJS.Timeout | null = null;
  private following = false;
  private waking = false;

  note(key: string): void {
    if (!this.following) return;
    this.newest += 1;
    this.recent.push(key);
    if (this.recent.length > 2 * MOST_REMEMBERED) this.recent = this.recent.slice(-MOST_REMEMBERED);
    this.wake();
  }

  /** Changes were missed, or are too many to name. */
  noteAll(): void {
    if (!this.following) return;
    this.newest += MOST_REMEMBERED;
    this.recent = [];
    this.wake();
  }

  /** Called when somebody begins to ask, and when nobody has asked for a while. */
  follow(listener: (follow: boolean) => void): void {
    this.onFollow.push(listener);
  }

  ask(session: Session, since: number, waitMs: number): Reply {
    this.begin();
    if (since !== this.newest || session.executing || waitMs === 0) return this.answer(since);
    const timer = setTimeout(() => this.finish(session), waitMs);
    this.asking.set(session, { since, timer });
    session.block();
    return LATER;
  }

  leave(session: Session): void {
    const asking = this.asking.get(session);
    if (!asking) return;
    clearTimeout(asking.timer);
    this.asking.delete(session);
  }

  dispose(): void {
    for (const session of Array.from(this.asking.keys())) this.leave(session);
    this.end();
  }

  private begin(): void {
    if (this.forgetting) clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => {
      if (this.asking.size > 0) this.begin();
      else this.end();
    }, FOLLOWED_MS);
    this.forgetting.unref();
    if (this.following) return;
    this.following = true;
    // Whoever asks for the first time has missed everything before.
    this.newest += 1;
    this.recent = [];
    for (const listener of this.onFollow) listener(true);
  }

  private end(): void {
    if (this.forgetting) clearTimeout(this.forgetting);
    this.forgetting = null;
    if (!this.following) return;
    this.following = false;
    this.recent = [];
    for (const listener of this.onFollow) listener(false);
  }

  /** Once for all changes of a turn. */
  private wake(): void {
    if (this.waking || this.asking.size === 0) return;
    this.waking = true;
    setImmediate(() => {
      this.waking = false;
      for (const session of Array.from(this.asking.keys())) this.finish(session);
    });
  }

  private finish(session: Session): void {
    const asking = this.asking.get(session);
    if (!asking) return;
    this.leave(session);
    session.unblock(this.answer(asking.since));
  }

  private answer(since: number): Reply {
    const missed = this.newest - since;
    const known = missed >= 0 && missed <= this.recent.length;
    const keys = known && missed > 0 ? new Set(this.recent.slice(-missed)) : [];
    return array([integer(this.newest), bulk(known ? 'named' : 'any'), bulks(keys)]);
  }
}
