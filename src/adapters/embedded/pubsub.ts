import type { Message } from '../../ports/redis-server.ts';
import type { Session } from './command.ts';
import { globMatches } from '../../base/glob.ts';
import { bulk, integer, NULL, type Reply } from './reply.ts';
import { mayReach } from './users.ts';

const push = (...items: Reply[]): Reply => ({ kind: 'push', items });

/** Who listens to what. Messages are sent at once and to nobody later. */
export class PubSub {
  private readonly channels = new Map<string, Set<Session>>();
  private readonly patterns = new Map<string, Set<Session>>();

  subscribe(session: Session, kind: 'channels' | 'patterns', name: string): Reply {
    session[kind].add(name);
    const listeners = this[kind].get(name) ?? new Set();
    this[kind].set(name, listeners.add(session));
    return push(bulk(kind === 'channels' ? 'subscribe' : 'psubscribe'), bulk(name), countOf(session));
  }

  unsubscribe(session: Session, kind: 'channels' | 'patterns', name: string | null): Reply {
    if (name !== null) {
      session[kind].delete(name);
      const listeners = this[kind].get(name);
      listeners?.delete(session);
      if (listeners?.size === 0) this[kind].delete(name);
    }
    const word = kind === 'channels' ? 'unsubscribe' : 'punsubscribe';
    return push(bulk(word), name === null ? NULL : bulk(name), countOf(session));
  }

  publish(channel: string, message: string): number {
    let receivers = this.deliver({ pattern: null, channel, text: message });
    for (const pattern of this.patternsOf(channel)) {
      receivers += this.deliver({ pattern, channel, text: message });
    }
    return receivers;
  }

  /** To those who listen to the channel itself, or to one pattern that matches it. */
  deliver({ pattern, channel, text }: Message): number {
    const sessions = pattern === null ? this.channels.get(channel) : this.patterns.get(pattern);
    const words = pattern === null ? ['message', channel, text] : ['pmessage', pattern, channel, text];
    let receivers = 0;
    for (const session of sessions ?? []) {
      // A pattern may match more than its owner reaches; those messages are not for it.
      if (!session.user || !mayReach(session.user, channel)) continue;
      session.send(push(...words.map(bulk)));
      receivers++;
    }
    return receivers;
  }

  /** How many clients a message to this channel reaches. */
  receivers(channel: string): number {
    const count = (sessions: ReadonlySet<Session> = new Set()): number =>
      Array.from(sessions).filter((session) => session.user && mayReach(session.user, channel)).length;
    return this.patternsOf(channel).reduce(
      (sum, pattern) => sum + count(this.patterns.get(pattern)),
      count(this.channels.get(channel)),
    );
  }

  listens(kind: 'channels' | 'patterns', name: string): boolean {
    return this[kind].has(name);
  }

  patternsOf(channel: string): readonly string[] {
    return Array.from(this.patterns.keys()).filter((pattern) => globMatches(pattern, channel));
  }

  leave(session: Session): void {
    for (const name of Array.from(session.channels)) this.unsubscribe(session, 'channels', name);
    for (const name of Array.from(session.patterns)) this.unsubscribe(session, 'patterns', name);
  }
}

function countOf(session: Session): Reply {
  return integer(session.channels.size + session.patterns.size);
}
