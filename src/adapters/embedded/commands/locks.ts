import { createHash } from 'node:crypto';
import { checkResource, keys } from '../../../protocol/keys.ts';
import { NO_KEYS, type Command, type CommandContext, type Engine } from '../command.ts';
import { parseCount, parseInt64 } from '../numbers.ts';
import { error, integer, NOT_INTEGER, NULL, WRONGTYPE, bulk, array, type Reply } from '../reply.ts';
import { nameOf, type User } from '../users.ts';

const LONGEST_LOCK_MS = 86_400_000;

/** The one script that is known: delete a key only if it still holds the given token. */
export const UNLOCK_SCRIPT =
  'if redis.call("get",KEYS[1]) == ARGV[1] then return redis.call("del",KEYS[1]) else return 0 end';
export const UNLOCK_SHA = createHash('sha1').update(UNLOCK_SCRIPT).digest('hex');

/** Names its owner, so that a token is worth nothing to another task. */
const valueOf = (user: User, token: string): string => `${nameOf(user)}:${token}`;

/** Key and value of a lock, or why there is none. */
export function lockRequest(args: readonly string[], session: CommandContext['session']) {
  const [, resource = '', token = ''] = args;
  const name = checkResource('resource', resource);
  if (!name.ok) return error(`ERR ${name.error}`);
  if (!/^[!-~]{8,128}$/.test(token)) return error('ERR token takes 8 to 128 visible characters');
  if (!session.user) return error('NOAUTH Authentication required.');
  return { key: keys.lock(resource).name, value: valueOf(session.user, token) };
}

export function lockMs(word: string | undefined): number | Reply {
  const ttl = parseCount(word);
  if (ttl !== null && ttl >= 1 && ttl <= LONGEST_LOCK_MS) return ttl;
  return error(`ERR ttl takes milliseconds from 1 to ${LONGEST_LOCK_MS}`);
}

function lock(args: readonly string[], { engine, session }: CommandContext): Reply {
  const request = lockRequest(args, session);
  if ('kind' in request) return request;
  const ttl = lockMs(args[3]);
  if (typeof ttl !== 'number') return ttl;
  const held = engine.keyspace.find(request.key, 'string');
  if (held === 'wrong-type' || (held && held.text !== request.value)) return NULL;
  engine.keyspace.put(
    request.key,
    { type: 'string', text: request.value, appends: 0 },
    { expiresAt: engine.now() + ttl },
  );
  return integer(engine.nextFence());
}

function compareAndDelete(engine: Engine, key: string, value: string): Reply {
  const held = engine.keyspace.find(key, 'string');
  if (held === 'wrong-type') return WRONGTYPE;
  if (held?.text !== value) return integer(0);
  engine.keyspace.delete(key);
  return integer(1);
}

function runScript(args: readonly string[], { engine }: CommandContext): Reply {
  const wrong = wrongScript(args);
  return wrong ?? compareAndDelete(engine, args[3] ?? '', args[4] ?? '');
}

/** What is wrong with EVAL or EVALSHA, `null` when it is the unlock of one key. */
export function wrongScript(args: readonly string[]): Reply | null {
  const [name = '', script = '', count] = args;
  if (name.toLowerCase() === 'eval' && !sameScript(script)) {
    return error('ERR unsupported script: EVAL runs the compare-and-delete unlock only');
  }
  if (name.toLowerCase() === 'evalsha' && script.toLowerCase() !== UNLOCK_SHA) {
    return error('NOSCRIPT No matching script. Please use EVAL.');
  }
  const keyCount = parseInt64(count);
  if (keyCount === null) return NOT_INTEGER;
  return keyCount === 1n && args.length === 5
    ? null
    : error('ERR the unlock script takes one key and one argument');
}

const sameScript = (text: string): boolean =>
  text.trim().replaceAll(/\s+/g, ' ').replaceAll("'", '"').replaceAll(/, /g, ',') === UNLOCK_SCRIPT;

const scriptKeys = (args: readonly string[]): readonly string[] => {
  const count = parseCount(args[2]) ?? 0;
  return args.slice(3, 3 + Math.max(0, count));
};

export const lockCommands: readonly Command[] = [
  { name: 'cfn.lock', arity: 4, keys: NO_KEYS, write: true, grows: true, run: lock },
  {
    name: 'cfn.unlock',
    arity: 3,
    keys: NO_KEYS,
    write: true,
    run(args, { engine, session }) {
      const request = lockRequest(args, session);
      return 'kind' in request ? request : compareAndDelete(engine, request.key, request.value);
    },
  },
  {
    name: 'eval',
    arity: -3,
    keys: NO_KEYS,
    keysOf: scriptKeys,
    write: true,
    run: runScript,
  },
  {
    name: 'evalsha',
    arity: -3,
    keys: NO_KEYS,
    keysOf: scriptKeys,
    write: true,
    run: runScript,
  },
  {
    name: 'script',
    arity: -2,
    keys: NO_KEYS,
    run([, sub, ...words]) {
      const word = sub?.toLowerCase();
      if (word === 'load' && words.length === 1) {
        return sameScript(words[0] ?? '')
          ? bulk(UNLOCK_SHA)
          : error('ERR unsupported script: only the compare-and-delete unlock can be loaded');
      }
      if (word === 'exists' && words.length > 0) {
        return array(words.map((sha) => integer(sha.toLowerCase() === UNLOCK_SHA ? 1 : 0)));
      }
      return error(`ERR unknown subcommand '${sub ?? ''}'. Try SCRIPT HELP.`);
    },
  },
];
