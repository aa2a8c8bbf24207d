import type { ServerReply, Words } from '../../../ports/redis-server.ts';
import type { Command, Engine, Session } from '../command.ts';
import { lockMs, lockRequest, UNLOCK_SCRIPT, wrongScript } from '../commands/locks.ts';
import { integer, NULL, type Reply } from '../reply.ts';
import type { Names } from './names.ts';
import { shapeOf, toClient } from './replies.ts';

/** Takes a free lock or renews the caller's own. */
const LOCK_SCRIPT = `local held = redis.call('get', KEYS[1])
if held and held ~= ARGV[1] then return false end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1`;

/** A client's command as the server gets it, and its answer as the client gets it. */
export interface Translated {
  readonly words: Words;
  readonly answer: (reply: ServerReply) => Reply;
}

export interface TranslateContext {
  readonly names: Names;
  readonly engine: Engine;
  readonly session: Session;
  readonly within: 'transaction' | null;
}

/** `Reply`: the command is wrong, and the server need not be asked. */
export function translate(
  command: Command,
  args: readonly string[],
  context: TranslateContext,
): Translated | { readonly reply: Reply } {
  const { names } = context;
  switch (command.name) {
    case 'cfn.lock':
      return translateLock(args, context);
    case 'cfn.unlock':
      return translateUnlock(args, context);
    case 'eval':
    case 'evalsha': {
      const wrong = wrongScript(args);
      if (wrong) return { reply: wrong };
      return plain(['EVAL', UNLOCK_SCRIPT, '1', names.key(args[3] ?? ''), args[4] ?? '']);
    }
    case 'publish':
      return plain(['PUBLISH', names.channel(args[1] ?? ''), args[2] ?? '']);
    default: {
      const shape = shapeOf(command.name, args, context.within);
      const own = POPS.has(command.name) ? (reply: ServerReply) => withOurKey(reply, names) : same;
      return { words: withKeys(command, args, names), answer: (reply) => toClient(own(reply), shape) };
    }
  }
}

/** They answer the key that they took from. */
const POPS = new Set(['blpop', 'brpop']);
const same = (reply: ServerReply): ServerReply => reply;

function withOurKey(reply: ServerReply, names: Names): ServerReply {
  if (reply.kind !== 'list') return reply;
  const [key, ...rest] = reply.items;
  const text = key?.kind === 'text' ? names.ours(key.text) : null;
  return text === null ? reply : { kind: 'list', items: [{ kind: 'text', text }, ...rest] };
}

const plain = (words: Words): Translated => ({ words, answer: (reply) => toClient(reply) });

function translateLock(args: readonly string[], context: TranslateContext): Translated | { reply: Reply } {
  const request = lockRequest(args, context.session);
  if ('kind' in request) return { reply: request };
  const ttl = lockMs(args[3]);
  if (typeof ttl !== 'number') return { reply: ttl };
  return {
    words: ['EVAL', LOCK_SCRIPT, '1', context.names.key(request.key), request.value, String(ttl)],
    // The number comes from the front, whose count no wipe of the server sets back.
    answer: (reply) =>
      reply.kind === 'integer'
        ? integer(context.engine.nextFence())
        : isWrongType(reply)
          ? NULL
          : toClient(reply),
  };
}

function translateUnlock(args: readonly string[], context: TranslateContext): Translated | { reply: Reply } {
  const request = lockRequest(args, context.session);
  if ('kind' in request) return { reply: request };
  return plain(['EVAL', UNLOCK_SCRIPT, '1', context.names.key(request.key), request.value]);
}

const isWrongType = (reply: ServerReply): boolean =>
  reply.kind === 'refused' && reply.message.includes('WRONGTYPE');

function withKeys(command: Command, args: readonly string[], names: Names): Words {
  const [first, last, step] = command.keys;
  if (first === 0) return args;
  const end = last < 0 ? args.length + last : last;
  return args.map((arg, at) =>
    at >= first && at <= end && (at - first) % step === 0 ? names.key(arg) : arg,
  );
}
