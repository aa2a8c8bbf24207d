import type { Session } from './command.ts';
import { globMatches } from './glob.ts';
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
    let receivers = 0;
    for (const session of this.channels.get(channel) ?? []) {
      if (!session.user || !mayReach(session.user, channel)) continue;
      session.send(push(bulk('message'), bulk(channel), bulk(message)));
      receivers++;
    }
    for (const [pattern, sessions] of this.patterns) {
      if (!globMatches(pattern, channel)) continue;
      for (const session of sessions) {
        // A pattern may match more than its owner reaches; those messages are not for it.
        if (!session.user || !mayReach(session.user, channel)) continue;
        session.send(push(bulk('pmessage'), bulk(pattern), bulk(channel), bulk(message)));
        receivers++;
      }
    }
    return receivers;
  }

  leave(session: Session): void {
    for (const name of Array.from(session.channels)) this.unsubscribe(session, 'channels', name);
    for (const name of Array.from(session.patterns)) this.unsubscribe(session, 'patterns', name);
  }
}

function countOf(session: Session): Reply {
  return integer(session.channels.size + session.patterns.size);
}
