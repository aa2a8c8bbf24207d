import type { Answer, HeldConnection, ServerReply, Words } from '../../../ports/redis-server.ts';
import { COMMANDS } from '../command-table.ts';
import type { Command, Session } from '../command.ts';
import { array, error, NULL_ARRAY, OK, type Reply } from '../reply.ts';
import { refusal, type FrontContext } from './context.ts';
import { isLocal } from './local.ts';
import { translate } from './translate.ts';

/** These go over all keys of the server in several steps, which no transaction of it can hold together. */
const IN_STEPS = new Set(['keys', 'scan', 'dbsize', 'flushall', 'flushdb']);

type Part =
  | { readonly kind: 'here'; readonly run: () => Reply }
  | {
      readonly kind: 'server';
      readonly words: Words;
      readonly answer: (reply: ServerReply) => Reply;
      readonly done: () => void;
    };

/** MULTI is collected here and carried out by the server in one piece; WATCH takes a connection of its own. */
export class Transactions {
  private readonly context: FrontContext;
  private readonly watching = new Map<Session, HeldConnection>();

  constructor(context: FrontContext) {
    this.context = context;
  }

  async watch(session: Session, args: readonly string[]): Promise<Reply> {
    if (session.transaction) return error('ERR WATCH inside MULTI is not allowed');
    const { engine, names, server } = this.context;
    let held = this.watching.get(session);
    if (!held) {
      const taken = await server.hold(names.key(args[1] ?? ''));
      if (!taken.ok) return refusal(taken.error);
      held = taken.value;
      this.watching.set(session, held);
    }
    const answer = await held.send(['WATCH', ...args.slice(1).map(names.key)]);
    if (!answer.ok) {
      this.lose(session);
      return refusal(answer.error);
    }
    for (const key of args.slice(1)) engine.watch(session, key);
    return answer.value.kind === 'refused' ? error(answer.value.message) : OK;
  }

  /** Lets go of the connection when the session watches nothing any more. */
  async settle(session: Session): Promise<void> {
    const held = this.watching.get(session);
    if (!held || session.watched.size > 0) return;
    this.watching.delete(session);
    const answer = await held.send(['UNWATCH']);
    if (answer.ok) held.release();
    else held.abort();
  }

  lose(session: Session): void {
    this.watching.get(session)?.abort();
    this.watching.delete(session);
  }

  async exec(session: Session): Promise<Reply> {
    const { transaction } = session;
    if (!transaction) return error('ERR EXEC without MULTI');
    const { engine } = this.context;
    session.transaction = null;
    const watched = session.watched.size > 0;
    const held = this.watching.get(session);
    engine.unwatch(session);
    if (transaction.failed) {
      await this.settle(session);
      return error('EXECABORT Transaction discarded because of previous errors.');
    }
    if (watched && !held) return refusal({ kind: 'unavailable', message: 'the watched keys were lost' });
    const parts = transaction.queue.map((args) => this.part(session, args));
    const words = parts.flatMap((part) => (part.kind === 'server' ? [part.words] : []));
    const answer = await this.run(session, held, words);
    if (!answer.ok) return refusal(answer.error);
    if (answer.value.kind === 'nothing') return NULL_ARRAY;
    if (answer.value.kind !== 'list')
      return error(answer.value.kind === 'refused' ? answer.value.message : 'ERR no answer');
    return array(assemble(parts, answer.value.items));
  }

  private async run(
    session: Session,
    held: HeldConnection | undefined,
    words: readonly Words[],
  ): Promise<Answer> {
    // An empty transaction still has to tell whether a watched key was changed.
    const commands = words.length > 0 || !held ? words : [['PING']];
    if (held) {
      this.watching.delete(session);
      const answer = await held.transaction(commands);
      if (answer.ok) held.release();
      else held.abort();
      return answer;
    }
    if (commands.length === 0) return { ok: true, value: { kind: 'list', items: [] } };
    return this.context.server.transaction(commands);
  }

  private part(session: Session, args: readonly string[]): Part {
    const { cache, engine, names } = this.context;
    const command = COMMANDS.get((args[0] ?? '').toLowerCase());
    if (!command || isLocal(command.name)) return { kind: 'here', run: () => engine.execute(session, args) };
    if (IN_STEPS.has(command.name)) return { kind: 'here', run: () => notWithin(command) };
    const translated = translate(command, args, { engine, names, session, within: 'transaction' });
    if ('reply' in translated) return { kind: 'here', run: () => translated.reply };
    return { kind: 'server', ...translated, done: () => cache.carriedOut(command, args, session) };
  }
}

const notWithin = (command: Command): Reply =>
  error(`ERR '${command.name}' is not possible in a transaction on a Redis server`);

function assemble(parts: readonly Part[], items: readonly ServerReply[]): readonly Reply[] {
  let next = 0;
  return parts.map((part) => {
    if (part.kind === 'here') return part.run();
    const reply = items[next++] ?? { kind: 'nothing' };
    if (reply.kind !== 'refused') part.done();
    return part.answer(reply);
  });
}
