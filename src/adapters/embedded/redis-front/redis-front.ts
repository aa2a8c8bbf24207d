import type { RedisServer } from '../../../ports/redis-server.ts';
import { TTL_SECONDS } from '../../../protocol/keys.ts';
import type { Command, Session } from '../command.ts';
import { admit, type Front, type RunningEngine } from '../engine.ts';
import { waitsReply } from '../commands/browsing.ts';
import { bulk, bulks, error, LATER, type Reply } from '../reply.ts';
import { refusal, type FrontContext } from './context.ts';
import { isLocal } from './local.ts';
import { createLocalCache } from './local-cache.ts';
import { HeldLocks } from './held-locks.ts';
import { ServerChanges } from './server-changes.ts';
import { Messages, SUBSCRIBE, UNSUBSCRIBE } from './messages.ts';
import type { Names } from './names.ts';
import { Transactions } from './transactions.ts';
import { translate } from './translate.ts';
import { Waiting } from './waiting.ts';
import { clear, count, keys, limitLives, scan } from './whole-keyspace.ts';

export interface RedisFrontOptions {
  /** Logins, connections and rules; its keyspace is the local cache. */
  readonly engine: RunningEngine;
  readonly server: RedisServer;
  readonly names: Names;
  readonly log: (line: string) => void;
}

const BLOCKING = new Set(['blpop', 'brpop', 'blmove', 'brpoplpush']);

/**
 * Our front before a user's own Redis. Clients see what they see of the embedded store: loopback, a login for each
 * task, the same commands and the same rules; the server sees one namespace for each repository and user.
 */
export function createRedisFront(options: RedisFrontOptions): Front {
  const { engine, server, names, log } = options;
  const cache = createLocalCache({
    engine,
    serverKey: names.key,
    readFallback: (words) => server.readFallback(words),
  });
  const context: FrontContext = { engine, server, names, cache, log };
  const waiting = new Waiting(context);
  const transactions = new Transactions(context);
  const messages = new Messages(context);
  const locks = new HeldLocks(context);
  const changes = new ServerChanges(context);

  const perform = async (session: Session, command: Command, args: readonly string[]): Promise<Reply> => {
    const { name } = command;
    if (SUBSCRIBE.has(name)) return messages.subscribe(session, command, args);
    if (UNSUBSCRIBE.has(name)) return messages.unsubscribe(session, command, args);
    if (BLOCKING.has(name)) return waiting.wait(session, command, args);
    switch (name) {
      case 'publish':
        return messages.publish(session, args);
      case 'watch':
        return transactions.watch(session, args);
      case 'exec':
        return transactions.exec(session);
      case 'scan':
        return scan(context, session, args);
      case 'keys':
        return keys(context, session, args[1] ?? '');
      case 'dbsize':
        return count(context);
      case 'cfn.waits':
        return waitsReply(waiting.all(), engine.now());
      case 'cfn.keyspace':
        return changes.keyspace();
      case 'flushall':
      case 'flushdb':
        return clear(context);
      default:
        return forward(context, locks, { session, command, args });
    }
  };

  return {
    limits: engine.limits,
    sessions: engine.sessions,
    usedAt: () => engine.usedAt(),
    dispatch(session, args) {
      const admitted = admit(engine, session, args);
      if (admitted.reply) return admitted.reply;
      const { command } = admitted;
      if (isLocal(command.name)) {
        const reply = answerHere(context, session, command, args);
        void transactions.settle(session);
        return reply;
      }
      session.block();
      void perform(session, command, args)
        .catch((problem: unknown) => faultOf(context, command, problem))
        .then((reply) => session.unblock(reply));
      return LATER;
    },
    stopWaiting(session) {
      waiting.stop(session);
      engine.stopWaiting(session);
    },
    leave(session) {
      const channels = Array.from(session.channels);
      const patterns = Array.from(session.patterns);
      waiting.stop(session);
      transactions.lose(session);
      engine.leave(session);
      void messages.left(channels, patterns);
    },
    dispose() {
      engine.dispose();
      changes.dispose();
    },
  };
}

function faultOf({ log }: FrontContext, command: Command, problem: unknown): Reply {
  log(`[ERROR] ${command.name} failed: ${problem instanceof Error ? problem.stack : String(problem)}`);
  return error('ERR the coordination store met a fault of its own; its log tells more');
}

async function forward(
  context: FrontContext,
  locks: HeldLocks,
  request: { readonly session: Session; readonly command: Command; readonly args: readonly string[] },
): Promise<Reply> {
  const { cache, engine, names, server } = context;
  const { session, command, args } = request;
  const translated = translate(command, args, { engine, names, session, within: null });
  if ('reply' in translated) return translated.reply;
  const answer = await server.send(translated.words);
  if (!answer.ok) return (await cache.read(command, args, session)) ?? refusal(answer.error);
  const reply = translated.answer(answer.value);
  if (answer.value.kind !== 'refused') cache.carriedOut(command, args, session);
  locks.answered(command, args, { session, reply });
  return reply;
}

function answerHere(
  context: FrontContext,
  session: Session,
  command: Command,
  args: readonly string[],
): Reply {
  const { engine, server } = context;
  const { state } = server;
  if (command.name === 'cfn.state') {
    return bulks([state.up ? 'up' : 'down', state.generation, state.problem, server.description]);
  }
  const reply = command.run(args, { engine, session });
  if (command.name === 'cfn.lease' && reply.kind === 'bulk') return bulk(state.generation);
  if (command.name === 'cfn.revoke' && reply.kind === 'integer' && Number(reply.value) === 1) {
    void limitLives(context, { kind: 'task', taskId: args[1] ?? '' }, TTL_SECONDS.coordination);
  }
  if (command.name === 'info' && reply.kind === 'verbatim') {
    const store = `cfn_store:redis\r\ncfn_redis:${state.up ? 'up' : 'down'}`;
    const text = reply.text.replace('cfn_store:embedded', store);
    return { kind: 'verbatim', text: text.slice(0, text.indexOf('# Keyspace')) };
  }
  return reply;
}
