import type { Command, Session } from '../command.ts';
import { integer, type Reply } from '../reply.ts';
import { refusal, type FrontContext } from './context.ts';
import { toClient } from './replies.ts';

type Kind = 'channels' | 'patterns';

/** One connection to the server hears for all clients of this front, which hands on what it hears. */
export class Messages {
  private readonly context: FrontContext;

  constructor(context: FrontContext) {
    this.context = context;
    const { engine, names, server } = context;
    server.onMessage(({ pattern, channel, text }) => {
      engine.pubsub.deliver({
        pattern: pattern === null ? null : names.oursOfChannel(pattern),
        channel: names.oursOfChannel(channel),
        text,
      });
    });
  }

  /** The client hears of its subscription once the server knows of it. */
  async subscribe(session: Session, command: Command, args: readonly string[]): Promise<Reply> {
    const { engine, names, server } = this.context;
    const kind = kindOf(command);
    for (const name of args.slice(1)) {
      if (engine.pubsub.listens(kind, name)) continue;
      const subscribed = await server.subscribe(wordOf(kind), names.channel(name));
      if (!subscribed.ok) return refusal(subscribed.error);
    }
    return command.run(args, { engine, session });
  }

  async unsubscribe(session: Session, command: Command, args: readonly string[]): Promise<Reply> {
    const { engine } = this.context;
    const kind = kindOf(command);
    const names = args.length > 1 ? args.slice(1) : Array.from(session[kind]);
    const reply = command.run(args, { engine, session });
    await this.forget(kind, names);
    return reply;
  }

  async publish(session: Session, args: readonly string[]): Promise<Reply> {
    const { engine, names, server } = this.context;
    const [, channel = '', text = ''] = args;
    const answer = await server.send(['PUBLISH', names.channel(channel), text]);
    if (!answer.ok) return refusal(answer.error);
    if (answer.value.kind !== 'integer') return toClient(answer.value);
    const { pubsub } = engine;
    const own = (pubsub.listens('channels', channel) ? 1 : 0) + pubsub.patternsOf(channel).length;
    if (own === 0) return toClient(answer.value);
    // As with a server itself, who publishes and listens hears it before the answer.
    if (session.protocol === 3) await server.heard();
    return integer(Math.max(Number(answer.value.digits) - own, 0) + pubsub.receivers(channel));
  }

  async left(channels: readonly string[], patterns: readonly string[]): Promise<void> {
    await this.forget('channels', channels);
    await this.forget('patterns', patterns);
  }

  private async forget(kind: Kind, given: readonly string[]): Promise<void> {
    const { engine, names, server } = this.context;
    for (const name of given) {
      if (!engine.pubsub.listens(kind, name)) await server.unsubscribe(wordOf(kind), names.channel(name));
    }
  }
}

const kindOf = (command: Command): Kind =>
  command.name === 'psubscribe' || command.name === 'punsubscribe' ? 'patterns' : 'channels';
const wordOf = (kind: Kind): 'channel' | 'pattern' => (kind === 'channels' ? 'channel' : 'pattern');
export const SUBSCRIBE: ReadonlySet<string> = new Set(['subscribe', 'psubscribe']);
export const UNSUBSCRIBE: ReadonlySet<string> = new Set(['unsubscribe', 'punsubscribe']);
