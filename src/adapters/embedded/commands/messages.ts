import { NO_KEYS, type Command, type CommandContext } from '../command.ts';
import { integer, type Reply } from '../reply.ts';

function subscribe(kind: 'channels' | 'patterns') {
  return ([, ...names]: readonly string[], { engine, session }: CommandContext): Reply => ({
    kind: 'frames',
    items: names.map((name) => engine.pubsub.subscribe(session, kind, name)),
  });
}

function unsubscribe(kind: 'channels' | 'patterns') {
  return ([, ...names]: readonly string[], { engine, session }: CommandContext): Reply => {
    const left = names.length > 0 ? names : Array.from(session[kind]);
    return {
      kind: 'frames',
      items:
        left.length === 0
          ? [engine.pubsub.unsubscribe(session, kind, null)]
          : left.map((name) => engine.pubsub.unsubscribe(session, kind, name)),
    };
  };
}

const names = (args: readonly string[]): readonly string[] => args.slice(1);

export const messageCommands: readonly Command[] = [
  {
    name: 'subscribe',
    arity: -2,
    keys: NO_KEYS,
    whileSubscribed: true,
    alone: true,
    channels: names,
    run: subscribe('channels'),
  },
  {
    name: 'unsubscribe',
    arity: -1,
    keys: NO_KEYS,
    whileSubscribed: true,
    alone: true,
    run: unsubscribe('channels'),
  },
  {
    name: 'psubscribe',
    arity: -2,
    keys: NO_KEYS,
    whileSubscribed: true,
    alone: true,
    run: subscribe('patterns'),
  },
  {
    name: 'punsubscribe',
    arity: -1,
    keys: NO_KEYS,
    whileSubscribed: true,
    alone: true,
    run: unsubscribe('patterns'),
  },
  {
    name: 'publish',
    arity: 3,
    keys: NO_KEYS,
    channels: (args) => [args[1] ?? ''],
    run: ([, channel = '', message = ''], { engine }) => integer(engine.pubsub.publish(channel, message)),
  },
];
