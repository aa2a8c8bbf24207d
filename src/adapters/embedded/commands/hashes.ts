import { ITEM_BYTES, type ValueOf } from '../keyspace.ts';
import { ONE_KEY, type Command, type CommandContext, type Engine } from '../command.ts';
import { scanMembers } from './member-scan.ts';
import { inRange, parseInt64 } from '../numbers.ts';
import {
  array,
  bulk,
  bulkOrNull,
  bulks,
  EMPTY,
  error,
  integer,
  NOT_INTEGER,
  NULL,
  OK,
  WRONGTYPE,
  type Reply,
} from '../reply.ts';

type Hash = ValueOf<'hash'>;

/** True when the field is new. */
function setField(engine: Engine, key: string, field: string, text: string): boolean {
  const hash = engine.keyspace.find(key, 'hash');
  if (hash === 'wrong-type') return false;
  if (!hash) {
    engine.keyspace.put(key, { type: 'hash', fields: new Map([[field, text]]) });
    return true;
  }
  const old = hash.fields.get(field);
  hash.fields.set(field, text);
  engine.keyspace.changed(
    key,
    old === undefined ? field.length + text.length + 2 * ITEM_BYTES : text.length - old.length,
  );
  return old === undefined;
}

function set(reply: (added: number) => Reply) {
  return (args: readonly string[], { engine }: CommandContext): Reply => {
    const [name = '', key = '', ...words] = args;
    if (words.length % 2 !== 0) {
      return error(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
    }
    if (engine.keyspace.find(key, 'hash') === 'wrong-type') return WRONGTYPE;
    let added = 0;
    for (let at = 0; at < words.length; at += 2) {
      if (setField(engine, key, words[at] ?? '', words[at + 1] ?? '')) added++;
    }
    return reply(added);
  };
}

function read(missing: Reply, found: (hash: Hash, args: readonly string[]) => Reply) {
  return (args: readonly string[], { engine }: CommandContext): Reply => {
    const hash = engine.keyspace.find(args[1] ?? '', 'hash');
    if (hash === 'wrong-type') return WRONGTYPE;
    return hash ? found(hash, args) : missing;
  };
}

function remove(args: readonly string[], { engine }: CommandContext): Reply {
  const [, key = '', ...fields] = args;
  const hash = engine.keyspace.find(key, 'hash');
  if (hash === 'wrong-type') return WRONGTYPE;
  if (!hash) return integer(0);
  let removed = 0;
  let bytes = 0;
  for (const field of fields) {
    const text = hash.fields.get(field);
    if (text === undefined) continue;
    hash.fields.delete(field);
    bytes += field.length + text.length + 2 * ITEM_BYTES;
    removed++;
  }
  if (removed > 0) engine.keyspace.changed(key, -bytes);
  return integer(removed);
}

function increase(args: readonly string[], { engine }: CommandContext): Reply {
  const [, key = '', field = '', by] = args;
  const amount = parseInt64(by);
  if (amount === null) return NOT_INTEGER;
  const hash = engine.keyspace.find(key, 'hash');
  if (hash === 'wrong-type') return WRONGTYPE;
  const current = parseInt64(hash?.fields.get(field) ?? '0');
  if (current === null) return error('ERR hash value is not an integer');
  const next = current + amount;
  if (!inRange(next)) return error('ERR increment or decrement would overflow');
  setField(engine, key, field, String(next));
  return integer(next);
}

export const hashCommands: readonly Command[] = [
  { name: 'hset', arity: -4, keys: ONE_KEY, write: true, grows: true, run: set((added) => integer(added)) },
  { name: 'hmset', arity: -4, keys: ONE_KEY, write: true, grows: true, run: set(() => OK) },
  {
    name: 'hsetnx',
    arity: 4,
    keys: ONE_KEY,
    write: true,
    grows: true,
    run([, key = '', field = '', text = ''], { engine }) {
      const hash = engine.keyspace.find(key, 'hash');
      if (hash === 'wrong-type') return WRONGTYPE;
      if (hash?.fields.has(field)) return integer(0);
      setField(engine, key, field, text);
      return integer(1);
    },
  },
  {
    name: 'hget',
    arity: 3,
    keys: ONE_KEY,
    run: read(NULL, (hash, args) => bulkOrNull(hash.fields.get(args[2] ?? ''))),
  },
  {
    name: 'hmget',
    arity: -3,
    keys: ONE_KEY,
    run([, key = '', ...fields], { engine }) {
      const hash = engine.keyspace.find(key, 'hash');
      if (hash === 'wrong-type') return WRONGTYPE;
      return array(fields.map((field) => bulkOrNull(hash?.fields.get(field))));
    },
  },
  {
    name: 'hgetall',
    arity: 2,
    keys: ONE_KEY,
    run: read({ kind: 'map', entries: [] }, (hash) => ({
      kind: 'map',
      entries: Array.from(hash.fields, ([field, text]) => [bulk(field), bulk(text)] as const),
    })),
  },
  {
    name: 'hscan',
    arity: -3,
    keys: ONE_KEY,
    run([, key = '', ...words], { engine }) {
      const hash = engine.keyspace.find(key, 'hash');
      if (hash === null || hash === 'wrong-type') return scanMembers(hash, words, () => []);
      return scanMembers(hash.fields, words, (field) => [field, hash.fields.get(field) ?? '']);
    },
  },
  { name: 'hdel', arity: -3, keys: ONE_KEY, write: true, run: remove },
  {
    name: 'hexists',
    arity: 3,
    keys: ONE_KEY,
    run: read(integer(0), (hash, args) => integer(hash.fields.has(args[2] ?? '') ? 1 : 0)),
  },
  { name: 'hlen', arity: 2, keys: ONE_KEY, run: read(integer(0), (hash) => integer(hash.fields.size)) },
  { name: 'hkeys', arity: 2, keys: ONE_KEY, run: read(EMPTY, (hash) => bulks(hash.fields.keys())) },
  { name: 'hvals', arity: 2, keys: ONE_KEY, run: read(EMPTY, (hash) => bulks(hash.fields.values())) },
  {
    name: 'hstrlen',
    arity: 3,
    keys: ONE_KEY,
    run: read(integer(0), (hash, args) => integer(hash.fields.get(args[2] ?? '')?.length ?? 0)),
  },
  { name: 'hincrby', arity: 4, keys: ONE_KEY, write: true, grows: true, run: increase },
];
