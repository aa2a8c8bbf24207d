/** For whoever looks at the store from outside a loop: with the orchestrator's login alone. */
import { NO_KEYS, type Command, type Session } from '../command.ts';
import { parseCount } from '../numbers.ts';
import { array, bulk, EMPTY, error, integer, NOT_INTEGER, NULL, WRONGTYPE, type Reply } from '../reply.ts';
import { nameOf } from '../users.ts';
import type { WaitLook } from '../waiters.ts';

const LONGEST_ASK_MS = 60_000;

/** Client, user, its name, command, milliseconds since and left (-1: without an end), then the keys. */
export function waitsReply(waits: readonly WaitLook[], now: number): Reply {
  return array(
    waits.map(({ session, command, keys, since, until }) =>
      array([
        integer(session.id),
        bulk(session.user ? nameOf(session.user) : ''),
        bulk(describe(session)),
        bulk(command),
        integer(Math.max(0, Math.round(now - since))),
        integer(until === null ? -1 : Math.max(0, Math.round(until - now))),
        ...keys.map(bulk),
      ]),
    ),
  );
}

const describe = (session: Session): string => session.lease ?? session.name;

export const browsingCommands: readonly Command[] = [
  {
    name: 'cfn.waits',
    arity: 1,
    keys: NO_KEYS,
    access: 'admin',
    run: (_args, { engine }) => waitsReply(engine.waiters.all(), engine.now()),
  },
  {
    // `CFN.CHANGES since milliseconds`: waits for a change after that number.
    name: 'cfn.changes',
    arity: 3,
    keys: NO_KEYS,
    access: 'admin',
    alone: true,
    run([, sinceText, waitText], { engine, session }) {
      const since = parseCount(sinceText);
      const wait = parseCount(waitText);
      if (since === null || wait === null) return NOT_INTEGER;
      if (wait < 0 || wait > LONGEST_ASK_MS) {
        return error(`ERR the wait takes milliseconds from 0 to ${LONGEST_ASK_MS}`);
      }
      return engine.changes.ask(session, since, wait);
    },
  },
  {
    // How many keys there are, whether that is exact, and how changes of them are noticed.
    name: 'cfn.keyspace',
    arity: 1,
    keys: NO_KEYS,
    access: 'admin',
    run: (_args, { engine }) => array([integer(engine.keyspace.size), bulk('exact'), bulk('own')]),
  },
  {
    name: 'memory',
    arity: -2,
    keys: [2, 2, 1],
    run(args, { engine }) {
      const [, sub = '', key = ''] = args;
      if (sub.toLowerCase() !== 'usage') return error(`ERR unknown subcommand '${sub}'. Try MEMORY HELP.`);
      if (args.length !== 3) return error("ERR wrong number of arguments for 'memory|usage' command");
      const bytes = engine.keyspace.bytesOf(key);
      return bytes === null ? NULL : integer(bytes);
    },
  },
  // The embedded store holds no sorted sets; a server behind the front may.
  {
    name: 'zcard',
    arity: 2,
    keys: [1, 1, 1],
    run: ([, key = ''], { engine }) => (engine.keyspace.has(key) ? WRONGTYPE : integer(0)),
  },
  {
    name: 'zrange',
    arity: -4,
    keys: [1, 1, 1],
    run: ([, key = ''], { engine }) => (engine.keyspace.has(key) ? WRONGTYPE : EMPTY),
  },
];
