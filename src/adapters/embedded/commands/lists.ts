import { Deque } from '../deque.ts';
import { ITEM_BYTES, type ValueOf } from '../keyspace.ts';
import { ONE_KEY, TWO_KEYS, type Command, type CommandContext, type Engine } from '../command.ts';
import { parseCount, rangeOf } from '../numbers.ts';
import {
  bulk,
  bulkOrNull,
  bulks,
  EMPTY,
  error,
  integer,
  NO_SUCH_KEY,
  NOT_INTEGER,
  NULL,
  NULL_ARRAY,
  OK,
  SYNTAX,
  WRONGTYPE,
  array,
  type Reply,
} from '../reply.ts';

export type Side = 'left' | 'right';
type List = ValueOf<'list'>;

export function pushItem(engine: Engine, key: string, side: Side, item: string): void {
  const found = engine.keyspace.find(key, 'list');
  if (found === 'wrong-type') return;
  if (found) {
    if (side === 'left') found.items.pushLeft(item);
    else found.items.pushRight(item);
    engine.keyspace.changed(key, item.length + ITEM_BYTES);
  } else {
    const items = new Deque();
    items.pushRight(item);
    engine.keyspace.put(key, { type: 'list', items });
  }
  engine.waiters.signal(key);
}

export function popItem(engine: Engine, key: string, list: List, side: Side): string | undefined {
  const item = side === 'left' ? list.items.popLeft() : list.items.popRight();
  if (item !== undefined) engine.keyspace.changed(key, -(item.length + ITEM_BYTES));
  return item;
}

/** Takes from one list and gives to another; `null` when there is nothing to take. */
export function moveItem(
  engine: Engine,
  from: { readonly key: string; readonly side: Side },
  to: { readonly key: string; readonly side: Side },
): Reply | null {
  const source = engine.keyspace.find(from.key, 'list');
  if (source === 'wrong-type') return WRONGTYPE;
  if (!source) return null;
  if (engine.keyspace.find(to.key, 'list') === 'wrong-type') return WRONGTYPE;
  const end = engine.keyspace.expiresAt(from.key) ?? null;
  const item = popItem(engine, from.key, source, from.side);
  if (item === undefined) return null;
  pushItem(engine, to.key, to.side, item);
  // A list of one item that is turned onto itself was gone for a moment; it keeps its end.
  if (from.key === to.key && end !== null) engine.keyspace.expire(to.key, end);
  return bulk(item);
}

export function sideOf(word: string | undefined): Side | null {
  const upper = word?.toUpperCase();
  return upper === 'LEFT' ? 'left' : upper === 'RIGHT' ? 'right' : null;
}

function push(side: Side, onlyExisting: boolean) {
  return (args: readonly string[], { engine }: CommandContext): Reply => {
    const [, key = '', ...items] = args;
    const found = engine.keyspace.find(key, 'list');
    if (found === 'wrong-type') return WRONGTYPE;
    if (!found && onlyExisting) return integer(0);
    for (const item of items) pushItem(engine, key, side, item);
    const list = engine.keyspace.find(key, 'list');
    return integer(list && list !== 'wrong-type' ? list.items.length : 0);
  };
}

function pop(side: Side) {
  return (args: readonly string[], { engine }: CommandContext): Reply => {
    const [name = '', key = '', countText] = args;
    if (args.length > 3) return error(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
    const count = countText === undefined ? null : parseCount(countText);
    if (countText !== undefined && (count === null || count < 0)) {
      return error('ERR value is out of range, must be positive');
    }
    const list = engine.keyspace.find(key, 'list');
    if (list === 'wrong-type') return WRONGTYPE;
    if (!list) return count === null ? NULL : NULL_ARRAY;
    if (count === null) return bulkOrNull(popItem(engine, key, list, side));
    const items: string[] = [];
    while (items.length < count) {
      const item = popItem(engine, key, list, side);
      if (item === undefined) break;
      items.push(item);
    }
    return bulks(items);
  };
}

function range(args: readonly string[], { engine }: CommandContext): Reply {
  const [, key = '', startText, stopText] = args;
  const start = parseCount(startText);
  const stop = parseCount(stopText);
  if (start === null || stop === null) return NOT_INTEGER;
  const list = engine.keyspace.find(key, 'list');
  if (list === 'wrong-type') return WRONGTYPE;
  const bounds = list ? rangeOf(start, stop, list.items.length) : null;
  return list && bounds ? bulks(list.items.slice(bounds[0], bounds[1] + 1)) : EMPTY;
}

function index(args: readonly string[], { engine }: CommandContext): Reply {
  const [, key = '', indexText] = args;
  const list = engine.keyspace.find(key, 'list');
  if (list === 'wrong-type') return WRONGTYPE;
  if (!list) return NULL;
  const at = parseCount(indexText);
  if (at === null) return NOT_INTEGER;
  return bulkOrNull(list.items.at(at < 0 ? list.items.length + at : at));
}

function setItem(args: readonly string[], { engine }: CommandContext): Reply {
  const [, key = '', indexText, value = ''] = args;
  const list = engine.keyspace.find(key, 'list');
  if (list === 'wrong-type') return WRONGTYPE;
  if (!list) return NO_SUCH_KEY;
  const given = parseCount(indexText);
  if (given === null) return NOT_INTEGER;
  const at = given < 0 ? list.items.length + given : given;
  const old = list.items.at(at);
  if (old === undefined) return error('ERR index out of range');
  list.items.set(at, value);
  engine.keyspace.changed(key, value.length - old.length);
  return OK;
}

function replace(engine: Engine, key: string, list: List, kept: readonly string[]): number {
  const bytes = (items: readonly string[]) => items.reduce((sum, item) => sum + item.length + ITEM_BYTES, 0);
  const before = list.items.slice();
  const removed = before.length - kept.length;
  if (removed > 0) {
    list.items.replace(kept);
    engine.keyspace.changed(key, bytes(kept) - bytes(before));
  }
  return removed;
}

function removeItems(args: readonly string[], { engine }: CommandContext): Reply {
  const [, key = '', countText, value = ''] = args;
  const count = parseCount(countText);
  if (count === null) return NOT_INTEGER;
  const list = engine.keyspace.find(key, 'list');
  if (list === 'wrong-type') return WRONGTYPE;
  if (!list) return integer(0);
  let left = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count);
  const items = list.items.slice();
  if (count < 0) items.reverse();
  const kept = items.filter((item) => item !== value || left-- <= 0);
  if (count < 0) kept.reverse();
  return integer(replace(engine, key, list, kept));
}

function trim(args: readonly string[], { engine }: CommandContext): Reply {
  const [, key = '', startText, stopText] = args;
  const start = parseCount(startText);
  const stop = parseCount(stopText);
  if (start === null || stop === null) return NOT_INTEGER;
  const list = engine.keyspace.find(key, 'list');
  if (list === 'wrong-type') return WRONGTYPE;
  if (!list) return OK;
  const bounds = rangeOf(start, stop, list.items.length);
  replace(engine, key, list, bounds ? list.items.slice(bounds[0], bounds[1] + 1) : []);
  return OK;
}

/** Seconds with a fraction, as the blocking commands take them; an error reply for anything else. */
export function parseTimeout(word: string | undefined): number | Reply {
  const seconds = word !== undefined && /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(word) ? Number(word) : Number.NaN;
  if (!Number.isFinite(seconds) || seconds > 1e12) return error('ERR timeout is not a float or out of range');
  if (seconds < 0) return error('ERR timeout is negative');
  return Math.ceil(seconds * 1000);
}

function blockingPop(side: Side) {
  return (args: readonly string[], { engine, session }: CommandContext): Reply => {
    const timeoutMs = parseTimeout(args.at(-1));
    if (typeof timeoutMs !== 'number') return timeoutMs;
    const keys = args.slice(1, -1);
    for (const key of keys) {
      const list = engine.keyspace.find(key, 'list');
      if (list === 'wrong-type') return WRONGTYPE;
      if (list) break;
    }
    return engine.waiters.wait(session, {
      command: (args[0] ?? '').toLowerCase(),
      keys,
      timeoutMs,
      onTimeout: NULL_ARRAY,
      onEmpty: NULL_ARRAY,
      attempt(key) {
        const list = engine.keyspace.find(key, 'list');
        if (!list || list === 'wrong-type') return null;
        const item = popItem(engine, key, list, side);
        return item === undefined ? null : array([bulk(key), bulk(item)]);
      },
    });
  };
}

interface MoveWords {
  readonly from: Side | null;
  readonly to: Side | null;
  readonly timeout?: string | undefined;
}

function move(words: (args: readonly string[]) => MoveWords, blocking: boolean) {
  return (args: readonly string[], { engine, session }: CommandContext): Reply => {
    const [, fromKey = '', toKey = ''] = args;
    const { from, to, timeout } = words(args);
    if (!from || !to) return SYNTAX;
    const timeoutMs = blocking ? parseTimeout(timeout) : 0;
    if (typeof timeoutMs !== 'number') return timeoutMs;
    const attempt = (): Reply | null =>
      moveItem(engine, { key: fromKey, side: from }, { key: toKey, side: to });
    if (!blocking) return attempt() ?? NULL;
    return engine.waiters.wait(session, {
      command: (args[0] ?? '').toLowerCase(),
      keys: [fromKey],
      timeoutMs,
      onTimeout: NULL_ARRAY,
      onEmpty: NULL,
      attempt,
    });
  };
}

const byWords = (args: readonly string[]): MoveWords => ({
  from: sideOf(args[3]),
  to: sideOf(args[4]),
  timeout: args[5],
});
const rightToLeft = (args: readonly string[]): MoveWords => ({ from: 'right', to: 'left', timeout: args[3] });

export const listCommands: readonly Command[] = [
  { name: 'lpush', arity: -3, keys: ONE_KEY, write: true, grows: true, run: push('left', false) },
  { name: 'rpush', arity: -3, keys: ONE_KEY, write: true, grows: true, run: push('right', false) },
  { name: 'lpushx', arity: -3, keys: ONE_KEY, write: true, grows: true, run: push('left', true) },
  { name: 'rpushx', arity: -3, keys: ONE_KEY, write: true, grows: true, run: push('right', true) },
  { name: 'lpop', arity: -2, keys: ONE_KEY, write: true, run: pop('left') },
  { name: 'rpop', arity: -2, keys: ONE_KEY, write: true, run: pop('right') },
  {
    name: 'llen',
    arity: 2,
    keys: ONE_KEY,
    run([, key = ''], { engine }) {
      const list = engine.keyspace.find(key, 'list');
      return list === 'wrong-type' ? WRONGTYPE : integer(list?.items.length ?? 0);
    },
  },
  { name: 'lrange', arity: 4, keys: ONE_KEY, run: range },
  { name: 'lindex', arity: 3, keys: ONE_KEY, run: index },
  { name: 'lrem', arity: 4, keys: ONE_KEY, write: true, run: removeItems },
  { name: 'ltrim', arity: 4, keys: ONE_KEY, write: true, run: trim },
  { name: 'lset', arity: 4, keys: ONE_KEY, write: true, grows: true, run: setItem },
  { name: 'blpop', arity: -3, keys: [1, -2, 1], write: true, run: blockingPop('left') },
  { name: 'brpop', arity: -3, keys: [1, -2, 1], write: true, run: blockingPop('right') },
  { name: 'lmove', arity: 5, keys: TWO_KEYS, write: true, grows: true, run: move(byWords, false) },
  { name: 'blmove', arity: 6, keys: TWO_KEYS, write: true, grows: true, run: move(byWords, true) },
  { name: 'rpoplpush', arity: 3, keys: TWO_KEYS, write: true, grows: true, run: move(rightToLeft, false) },
  { name: 'brpoplpush', arity: 4, keys: TWO_KEYS, write: true, grows: true, run: move(rightToLeft, true) },
];
