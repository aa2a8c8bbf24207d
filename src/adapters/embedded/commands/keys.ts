import { ALL_KEYS, NO_KEYS, ONE_KEY, TWO_KEYS, type Command, type CommandContext } from '../command.ts';
import { globMatches } from '../../../base/glob.ts';
import { parseCount, parseInt64 } from '../numbers.ts';
import {
  array,
  bulk,
  bulks,
  error,
  integer,
  NO_SUCH_KEY,
  NOT_INTEGER,
  OK,
  simple,
  SYNTAX,
  type Reply,
} from '../reply.ts';
import { mayReach } from '../users.ts';
import { endOf } from './strings.ts';

function countWhere(args: readonly string[], test: (key: string) => boolean): Reply {
  let count = 0;
  for (const key of args.slice(1)) if (test(key)) count++;
  return integer(count);
}

const EXPIRE_CONDITIONS = new Set(['NX', 'XX', 'GT', 'LT']);

function expire(factor: number, absolute: boolean) {
  return (args: readonly string[], { engine }: CommandContext): Reply => {
    const [name = '', key = '', amount, ...words] = args;
    const conditions = new Set(words.map((word) => word.toUpperCase()));
    const unknown = words.find((word) => !EXPIRE_CONDITIONS.has(word.toUpperCase()));
    if (unknown !== undefined) return error(`ERR Unsupported option ${unknown}`);
    if (conditions.has('NX') && conditions.size > 1) {
      return error('ERR NX and XX, GT or LT options at the same time are not compatible');
    }
    if (conditions.has('GT') && conditions.has('LT')) {
      return error('ERR GT and LT options at the same time are not compatible');
    }
    const end = endOf({
      amount,
      factor,
      absolute,
      now: engine.now(),
      command: name.toLowerCase(),
      positive: false,
    });
    if (typeof end !== 'number') return end;
    const current = engine.keyspace.expiresAt(key);
    if (current === undefined || !allowed(conditions, current, end)) return integer(0);
    if (end <= engine.now()) engine.keyspace.delete(key);
    else engine.keyspace.expire(key, end);
    return integer(1);
  };
}

function allowed(conditions: ReadonlySet<string>, current: number | null, end: number): boolean {
  if (conditions.has('NX') && current !== null) return false;
  if (conditions.has('XX') && current === null) return false;
  if (conditions.has('GT') && (current === null || end <= current)) return false;
  return !(conditions.has('LT') && current !== null && end >= current);
}

function remaining(factor: number) {
  return ([, key = '']: readonly string[], { engine }: CommandContext): Reply => {
    const end = engine.keyspace.expiresAt(key);
    if (end === undefined) return integer(-2);
    if (end === null) return integer(-1);
    const left = Math.max(end - engine.now(), 0);
    return integer(factor === 1 ? left : Math.floor((left + 500) / factor));
  };
}

export interface ScanOptions {
  readonly pattern: string | null;
  readonly type: string | null;
  readonly count: number;
}

export function scanOptions(words: readonly string[], { type: typed = true } = {}): ScanOptions | Reply {
  let pattern: string | null = null;
  let type: string | null = null;
  let count = 10;
  for (let at = 0; at < words.length; at += 2) {
    const word = (words[at] ?? '').toUpperCase();
    const value = words[at + 1];
    if (value === undefined) return SYNTAX;
    if (word === 'MATCH') pattern = value;
    else if (word === 'TYPE' && typed) type = value.toLowerCase();
    else if (word === 'COUNT') {
      const given = parseCount(value);
      if (given === null) return NOT_INTEGER;
      if (given < 1) return SYNTAX;
      count = given;
    } else return SYNTAX;
  }
  return { pattern, type, count };
}

export const BAD_CURSOR = error('ERR invalid cursor');

function scan(args: readonly string[], { engine, session }: CommandContext): Reply {
  const [, cursorText, ...words] = args;
  const cursor = /^\d{1,16}$/.test(cursorText ?? '') ? Number(cursorText) : null;
  if (cursor === null) return BAD_CURSOR;
  const options = scanOptions(words);
  if ('kind' in options) return options;
  const { pattern, type, count } = options;
  const page = engine.keyspace.scan(cursor, count);
  const { user } = session;
  const keys = page.keys.filter(
    (key) =>
      user !== null &&
      mayReach(user, key) &&
      (pattern === null || globMatches(pattern, key)) &&
      (type === null || engine.keyspace.typeOf(key) === type),
  );
  return array([bulk(String(page.next)), bulks(keys)]);
}

export const keyCommands: readonly Command[] = [
  {
    name: 'exists',
    arity: -2,
    keys: ALL_KEYS,
    run: (args, { engine }) => countWhere(args, (key) => engine.keyspace.has(key)),
  },
  {
    name: 'touch',
    arity: -2,
    keys: ALL_KEYS,
    run: (args, { engine }) => countWhere(args, (key) => engine.keyspace.has(key)),
  },
  {
    name: 'del',
    arity: -2,
    keys: ALL_KEYS,
    write: true,
    run: (args, { engine }) => countWhere(args, (key) => engine.keyspace.delete(key)),
  },
  {
    name: 'unlink',
    arity: -2,
    keys: ALL_KEYS,
    write: true,
    run: (args, { engine }) => countWhere(args, (key) => engine.keyspace.delete(key)),
  },
  {
    name: 'type',
    arity: 2,
    keys: ONE_KEY,
    run: ([, key = ''], { engine }) => simple(engine.keyspace.typeOf(key) ?? 'none'),
  },
  { name: 'expire', arity: -3, keys: ONE_KEY, write: true, run: expire(1000, false) },
  { name: 'pexpire', arity: -3, keys: ONE_KEY, write: true, run: expire(1, false) },
  { name: 'expireat', arity: -3, keys: ONE_KEY, write: true, run: expire(1000, true) },
  { name: 'pexpireat', arity: -3, keys: ONE_KEY, write: true, run: expire(1, true) },
  { name: 'ttl', arity: 2, keys: ONE_KEY, run: remaining(1000) },
  { name: 'pttl', arity: 2, keys: ONE_KEY, run: remaining(1) },
  {
    name: 'persist',
    arity: 2,
    keys: ONE_KEY,
    write: true,
    run([, key = ''], { engine }) {
      const timed = typeof engine.keyspace.expiresAt(key) === 'number';
      if (timed) engine.keyspace.expire(key, null);
      return integer(timed ? 1 : 0);
    },
  },
  {
    name: 'rename',
    arity: 3,
    keys: TWO_KEYS,
    write: true,
    run([, from = '', to = ''], { engine }) {
      if (!engine.keyspace.has(from)) return NO_SUCH_KEY;
      if (from !== to) engine.keyspace.rename(from, to);
      if (engine.keyspace.typeOf(to) === 'list') engine.waiters.signal(to);
      return OK;
    },
  },
  {
    name: 'keys',
    arity: 2,
    keys: NO_KEYS,
    run([, pattern = ''], { engine, session }) {
      const { user } = session;
      const found: string[] = [];
      if (user) {
        for (const key of engine.keyspace.keys()) {
          if (mayReach(user, key) && globMatches(pattern, key)) found.push(key);
        }
      }
      return bulks(found);
    },
  },
  { name: 'scan', arity: -2, keys: NO_KEYS, run: scan },
  {
    name: 'dbsize',
    arity: 1,
    keys: NO_KEYS,
    access: 'admin',
    run: (_args, { engine }) => integer(engine.keyspace.size),
  },
  {
    name: 'flushall',
    arity: -1,
    keys: NO_KEYS,
    access: 'admin',
    write: true,
    run(_args, { engine }) {
      engine.keyspace.clear();
      return OK;
    },
  },
  {
    name: 'flushdb',
    arity: -1,
    keys: NO_KEYS,
    access: 'admin',
    write: true,
    run(_args, { engine }) {
      engine.keyspace.clear();
      return OK;
    },
  },
  {
    name: 'select',
    arity: 2,
    keys: NO_KEYS,
    run([, index]) {
      const number = parseInt64(index);
      if (number === null) return NOT_INTEGER;
      return number === 0n ? OK : error('ERR DB index is out of range');
    },
  },
];
