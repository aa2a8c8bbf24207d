import { NO_KEYS, type Command, type CommandContext, type Engine, type Session } from '../command.ts';
import { parseInt64 } from '../numbers.ts';
import { array, bulk, EMPTY, error, integer, NULL, OK, simple, SYNTAX, type Reply } from '../reply.ts';
import { ADMIN_USER, nameOf } from '../users.ts';

/** The version of Redis whose answers these are. */
export const REDIS_VERSION = '7.0.15';
const LOGIN_TRIES = 10;
const WRONGPASS = error('WRONGPASS invalid username-password pair or user is disabled.');

/** `null` when the login worked. */
function logIn(context: CommandContext, name: string, password: string): Reply | null {
  const { engine, session } = context;
  const user = engine.users.authenticate(name, password);
  if (user) {
    // What another user subscribed to or watches does not pass over to this one.
    if (session.user && nameOf(session.user) !== nameOf(user)) {
      engine.pubsub.leave(session);
      engine.unwatch(session);
    }
    session.user = user;
    session.failedLogins = 0;
    return null;
  }
  if (++session.failedLogins >= LOGIN_TRIES) session.close();
  return WRONGPASS;
}

function auth(args: readonly string[], context: CommandContext): Reply {
  if (args.length > 3) return SYNTAX;
  const [, first = '', second] = args;
  return (second === undefined ? logIn(context, ADMIN_USER, first) : logIn(context, first, second)) ?? OK;
}

const HELLO_BEFORE_LOGIN = error(
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
);

function hello(args: readonly string[], context: CommandContext): Reply {
  const { session } = context;
  const [, version, ...words] = args;
  const wanted = version === undefined ? BigInt(session.protocol) : parseInt64(version);
  if (wanted === null) return error('ERR Protocol version is not an integer or out of range');
  if (wanted !== 2n && wanted !== 3n) return error('NOPROTO unsupported protocol version');
  const refused = helloOptions(words, context);
  if (refused) return refused;
  if (!session.user) return HELLO_BEFORE_LOGIN;
  session.protocol = wanted === 3n ? 3 : 2;
  return {
    kind: 'map',
    entries: [
      [bulk('server'), bulk('redis')],
      [bulk('version'), bulk(REDIS_VERSION)],
      [bulk('proto'), integer(session.protocol)],
      [bulk('id'), integer(session.id)],
      [bulk('mode'), bulk('standalone')],
      [bulk('role'), bulk('master')],
      [bulk('modules'), EMPTY],
    ],
  };
}

/** Logs in and names the client; the reply that ends HELLO, if any. */
function helloOptions(words: readonly string[], context: CommandContext): Reply | null {
  for (let at = 0; at < words.length;) {
    const word = (words[at] ?? '').toUpperCase();
    if (word === 'AUTH' && at + 2 < words.length) {
      const failed = logIn(context, words[at + 1] ?? '', words[at + 2] ?? '');
      if (failed) return failed;
      at += 3;
    } else if (word === 'SETNAME' && at + 1 < words.length) {
      const name = words[at + 1] ?? '';
      if (!isClientName(name)) return BAD_NAME;
      context.session.name = name;
      at += 2;
    } else {
      return error(`ERR Syntax error in HELLO option '${words[at] ?? ''}'`);
    }
  }
  return null;
}

const BAD_NAME = error('ERR Client names cannot contain spaces, newlines or special characters.');
const isClientName = (name: string): boolean => /^[!-~]{0,256}$/.test(name);

function client(args: readonly string[], { session }: CommandContext): Reply {
  const sub = (args[1] ?? '').toLowerCase();
  const wrongCount = error(`ERR wrong number of arguments for 'client|${sub}' command`);
  switch (sub) {
    case 'setname':
      if (args.length !== 3) return wrongCount;
      if (!isClientName(args[2] ?? '')) return BAD_NAME;
      session.name = args[2] ?? '';
      return OK;
    case 'getname':
      if (args.length !== 2) return wrongCount;
      return session.name === '' ? NULL : bulk(session.name);
    case 'id':
      return args.length === 2 ? integer(session.id) : wrongCount;
    case 'setinfo':
      return args.length === 4 ? OK : wrongCount;
    default:
      return error(`ERR unknown subcommand '${args[1] ?? ''}'. Try CLIENT HELP.`);
  }
}

function ping(args: readonly string[], { session }: CommandContext): Reply {
  if (args.length > 2) return error("ERR wrong number of arguments for 'ping' command");
  const subscribed = session.protocol === 2 && session.channels.size + session.patterns.size > 0;
  if (subscribed) return array([bulk('pong'), bulk(args[1] ?? '')]);
  return args[1] === undefined ? simple('PONG') : bulk(args[1]);
}

function info({ engine }: CommandContext): Reply {
  const { keyspace } = engine;
  const leases = Array.from(engine.sessions.values()).filter((session) => session.lease !== null).length;
  const lines = [
    '# Server',
    `redis_version:${REDIS_VERSION}`,
    'redis_mode:standalone',
    'cfn_store:embedded',
    `run_id:${engine.runId}`,
    `uptime_in_seconds:${Math.floor((engine.now() - engine.startedAt) / 1000)}`,
    '',
    '# Clients',
    `connected_clients:${engine.sessions.size}`,
    `blocked_clients:${engine.waiters.size}`,
    `cfn_leases:${leases}`,
    '',
    '# Memory',
    `used_memory:${keyspace.used}`,
    `maxmemory:${engine.limits.memoryBytes}`,
    'maxmemory_policy:noeviction',
    '',
    '# Persistence',
    'loading:0',
    '',
    '# Replication',
    'role:master',
    '',
    '# Keyspace',
    ...(keyspace.size === 0 ? [] : [`db0:keys=${keyspace.size},expires=${keyspace.expiring},avg_ttl=0`]),
    '',
  ];
  return { kind: 'verbatim', text: lines.join('\r\n') };
}

export const connectionCommands: readonly Command[] = [
  { name: 'ping', arity: -1, keys: NO_KEYS, whileSubscribed: true, run: ping },
  { name: 'echo', arity: 2, keys: NO_KEYS, run: ([, text = '']) => bulk(text) },
  { name: 'auth', arity: -2, keys: NO_KEYS, access: 'open', alone: true, run: auth },
  { name: 'hello', arity: -1, keys: NO_KEYS, access: 'open', alone: true, run: hello },
  {
    name: 'quit',
    arity: -1,
    keys: NO_KEYS,
    access: 'open',
    whileSubscribed: true,
    immediate: true,
    run(_args, { session }) {
      session.close();
      return OK;
    },
  },
  {
    name: 'reset',
    arity: 1,
    keys: NO_KEYS,
    access: 'open',
    whileSubscribed: true,
    immediate: true,
    run(_args, { engine, session }) {
      reset(engine, session);
      return simple('RESET');
    },
  },
  { name: 'client', arity: -2, keys: NO_KEYS, run: client },
  { name: 'info', arity: -1, keys: NO_KEYS, run: (_args, context) => info(context) },
  {
    name: 'acl',
    arity: -2,
    keys: NO_KEYS,
    run(args, { session }) {
      if (args[1]?.toLowerCase() === 'whoami' && session.user) return bulk(nameOf(session.user));
      return error(`ERR unknown subcommand '${args[1] ?? ''}'. Try ACL HELP.`);
    },
  },
];

function reset(engine: Engine, session: Session): void {
  engine.pubsub.leave(session);
  engine.unwatch(session);
  session.transaction = null;
  session.protocol = 2;
  session.name = '';
  session.user = null;
}

/** What COMMAND tells about the declared commands; clients ask for it to know where keys stand. */
export function describeCommands(all: readonly Command[]): Command {
  const describe = (command: Command): Reply =>
    array([
      bulk(command.name),
      integer(command.arity),
      {
        kind: 'set',
        items: [command.write ? 'write' : 'readonly', ...(command.grows ? ['denyoom'] : [])].map(simple),
      },
      ...command.keys.map((position) => integer(position)),
      { kind: 'set', items: [] },
      EMPTY,
      EMPTY,
      EMPTY,
    ]);
  return {
    name: 'command',
    arity: -1,
    keys: NO_KEYS,
    run([, sub, ...names]) {
      switch (sub?.toLowerCase()) {
        case undefined:
          return array(all.map(describe));
        case 'count':
          return integer(all.length);
        case 'list':
          return array(all.map((command) => bulk(command.name)));
        case 'docs':
          return { kind: 'map', entries: [] };
        case 'info':
          return array(
            (names.length > 0 ? names : all.map((command) => command.name)).map((name) => {
              const found = all.find((command) => command.name === name.toLowerCase());
              return found ? describe(found) : NULL;
            }),
          );
        default:
          return error(`ERR unknown subcommand '${sub}'. Try COMMAND HELP.`);
      }
    },
  };
}
