import { ALL_KEYS, ONE_KEY, type Command, type CommandContext } from '../command.ts';
import { inRange, parseCount, parseInt64, rangeOf } from '../numbers.ts';
import {
  array,
  bulk,
  bulkOrNull,
  error,
  integer,
  NOT_INTEGER,
  NULL,
  OK,
  SYNTAX,
  WRONGTYPE,
  type Reply,
} from '../reply.ts';

/** After so many appends the parts are joined, so that small appends do not pile up as parts of one text. */
const APPENDS_BEFORE_JOIN = 64;

const text = (value: string) => ({ type: 'string', text: value, appends: 0 }) as const;

interface SetOptions {
  readonly condition: 'nx' | 'xx' | null;
  readonly get: boolean;
  readonly keepTtl: boolean;
  readonly expiresAt: number | null;
}

const UNITS = new Map([
  ['EX', { factor: 1000, absolute: false }],
  ['PX', { factor: 1, absolute: false }],
  ['EXAT', { factor: 1000, absolute: true }],
  ['PXAT', { factor: 1, absolute: true }],
]);

/** When a time given in one of Redis's units ends, in epoch milliseconds. */
export function endOf(options: {
  readonly amount: string | undefined;
  readonly factor: number;
  readonly absolute: boolean;
  readonly now: number;
  readonly command: string;
  readonly positive: boolean;
}): number | Reply {
  const amount = parseCount(options.amount);
  if (amount === null) return NOT_INTEGER;
  const end = amount * options.factor + (options.absolute ? 0 : options.now);
  if ((options.positive && amount <= 0) || !Number.isSafeInteger(end)) {
    return error(`ERR invalid expire time in '${options.command}' command`);
  }
  return end;
}

function parseSetOptions(words: readonly string[], now: number): SetOptions | Reply {
  const flags = new Set<string>();
  let expiresAt: number | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = (words[at] ?? '').toUpperCase();
    const unit = UNITS.get(word);
    if (SET_FLAGS.has(word)) {
      flags.add(word);
    } else if (unit && expiresAt === null && at + 1 < words.length) {
      const end = endOf({ ...unit, amount: words[++at], now, command: 'set', positive: true });
      if (typeof end !== 'number') return end;
      expiresAt = end;
    } else {
      return SYNTAX;
    }
  }
  const keepTtl = flags.has('KEEPTTL');
  if ((flags.has('NX') && flags.has('XX')) || (keepTtl && expiresAt !== null)) return SYNTAX;
  const condition = flags.has('NX') ? 'nx' : flags.has('XX') ? 'xx' : null;
  return { condition, get: flags.has('GET'), keepTtl, expiresAt };
}

const SET_FLAGS = new Set(['NX', 'XX', 'GET', 'KEEPTTL']);

function set(args: readonly string[], { engine }: CommandContext): Reply {
  const [, key = '', value = '', ...words] = args;
  const options = parseSetOptions(words, engine.now());
  if ('kind' in options) return options;
  const { keyspace } = engine;
  const old = options.get ? keyspace.find(key, 'string') : null;
  if (old === 'wrong-type') return WRONGTYPE;
  const before = options.get ? bulkOrNull(old?.text) : null;
  const exists = keyspace.has(key);
  if ((options.condition === 'nx' && exists) || (options.condition === 'xx' && !exists))
    return before ?? NULL;
  keyspace.put(key, text(value), { expiresAt: options.expiresAt, keepTtl: options.keepTtl });
  return before ?? OK;
}

function setWithEnd(factor: number) {
  return (args: readonly string[], { engine }: CommandContext): Reply => {
    const [name = '', key = '', amount, value = ''] = args;
    const end = endOf({
      amount,
      factor,
      absolute: false,
      now: engine.now(),
      command: name.toLowerCase(),
      positive: true,
    });
    if (typeof end !== 'number') return end;
    engine.keyspace.put(key, text(value), { expiresAt: end });
    return OK;
  };
}

function get(args: readonly string[], { engine }: CommandContext): Reply {
  const value = engine.keyspace.find(args[1] ?? '', 'string');
  return value === 'wrong-type' ? WRONGTYPE : bulkOrNull(value?.text);
}

function add(sign: 1n | -1n, fixed: bigint | null) {
  return (args: readonly string[], { engine }: CommandContext): Reply => {
    const [, key = '', by] = args;
    const amount = fixed ?? parseInt64(by);
    if (amount === null) return NOT_INTEGER;
    const value = engine.keyspace.find(key, 'string');
    if (value === 'wrong-type') return WRONGTYPE;
    const current = value ? parseInt64(value.text) : 0n;
    if (current === null) return NOT_INTEGER;
    if (sign < 0n && !inRange(-amount)) return error('ERR decrement would overflow');
    const next = current + sign * amount;
    if (!inRange(next)) return error('ERR increment or decrement would overflow');
    engine.keyspace.put(key, text(String(next)), { keepTtl: true });
    return integer(next);
  };
}

function append(args: readonly string[], { engine }: CommandContext): Reply {
  const [, key = '', more = ''] = args;
  const value = engine.keyspace.find(key, 'string');
  if (value === 'wrong-type') return WRONGTYPE;
  if (!value) {
    engine.keyspace.put(key, text(more));
    return integer(more.length);
  }
  if (value.text.length + more.length > engine.limits.bulkBytes) {
    return error('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
  }
  value.text += more;
  if (++value.appends >= APPENDS_BEFORE_JOIN) {
    value.text = Buffer.from(value.text, 'latin1').toString('latin1');
    value.appends = 0;
  }
  engine.keyspace.changed(key, more.length);
  return integer(value.text.length);
}

function pairs(args: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 1; at < args.length; at += 2) found.push([args[at] ?? '', args[at + 1] ?? '']);
  return found;
}

export const stringCommands: readonly Command[] = [
  { name: 'get', arity: 2, keys: ONE_KEY, run: get },
  { name: 'set', arity: -3, keys: ONE_KEY, write: true, grows: true, run: set },
  { name: 'setex', arity: 4, keys: ONE_KEY, write: true, grows: true, run: setWithEnd(1000) },
  { name: 'psetex', arity: 4, keys: ONE_KEY, write: true, grows: true, run: setWithEnd(1) },
  {
    name: 'setnx',
    arity: 3,
    keys: ONE_KEY,
    write: true,
    grows: true,
    run([, key = '', value = ''], { engine }) {
      if (engine.keyspace.has(key)) return integer(0);
      engine.keyspace.put(key, text(value));
      return integer(1);
    },
  },
  {
    name: 'getset',
    arity: 3,
    keys: ONE_KEY,
    write: true,
    grows: true,
    run(args, context) {
      const before = get(args, context);
      if (before.kind !== 'error') context.engine.keyspace.put(args[1] ?? '', text(args[2] ?? ''));
      return before;
    },
  },
  {
    name: 'getdel',
    arity: 2,
    keys: ONE_KEY,
    write: true,
    run(args, context) {
      const before = get(args, context);
      if (before.kind === 'bulk') context.engine.keyspace.delete(args[1] ?? '');
      return before;
    },
  },
  { name: 'append', arity: 3, keys: ONE_KEY, write: true, grows: true, run: append },
  {
    name: 'strlen',
    arity: 2,
    keys: ONE_KEY,
    run([, key = ''], { engine }) {
      const value = engine.keyspace.find(key, 'string');
      return value === 'wrong-type' ? WRONGTYPE : integer(value?.text.length ?? 0);
    },
  },
  {
    name: 'getrange',
    arity: 4,
    keys: ONE_KEY,
    run([, key = '', startText, stopText], { engine }) {
      const start = parseCount(startText);
      const stop = parseCount(stopText);
      if (start === null || stop === null) return NOT_INTEGER;
      const value = engine.keyspace.find(key, 'string');
      if (value === 'wrong-type') return WRONGTYPE;
      const length = value?.text.length ?? 0;
      // Redis takes an end before the beginning for the first byte.
      const end = stop < 0 ? Math.max(length + stop, 0) : stop;
      const bounds = start < 0 && stop < 0 && start > stop ? null : rangeOf(start, end, length);
      return bulk(value && bounds ? value.text.slice(bounds[0], bounds[1] + 1) : '');
    },
  },
  { name: 'incr', arity: 2, keys: ONE_KEY, write: true, grows: true, run: add(1n, 1n) },
  { name: 'decr', arity: 2, keys: ONE_KEY, write: true, grows: true, run: add(-1n, 1n) },
  { name: 'incrby', arity: 3, keys: ONE_KEY, write: true, grows: true, run: add(1n, null) },
  { name: 'decrby', arity: 3, keys: ONE_KEY, write: true, grows: true, run: add(-1n, null) },
  {
    name: 'mget',
    arity: -2,
    keys: ALL_KEYS,
    run([, ...names], { engine }) {
      return array(
        names.map((name) => {
          const value = engine.keyspace.find(name, 'string');
          return value === null || value === 'wrong-type' ? NULL : bulk(value.text);
        }),
      );
    },
  },
  {
    name: 'mset',
    arity: -3,
    keys: [1, -1, 2],
    write: true,
    grows: true,
    run(args, { engine }) {
      if (args.length % 2 === 0) return error("ERR wrong number of arguments for 'mset' command");
      for (const [key, value] of pairs(args)) engine.keyspace.put(key, text(value));
      return OK;
    },
  },
];
