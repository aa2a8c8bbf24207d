import { ITEM_BYTES } from '../keyspace.ts';
import { ALL_KEYS, ONE_KEY, TWO_KEYS, type Command, type CommandContext, type Engine } from '../command.ts';
import { scanMembers } from './member-scan.ts';
import { array, bulk, integer, WRONGTYPE, type Reply } from '../reply.ts';

const setReply = (members: Iterable<string>): Reply => ({ kind: 'set', items: Array.from(members, bulk) });
const yes = (value: boolean): Reply => integer(value ? 1 : 0);

function add(engine: Engine, key: string, members: readonly string[]): number {
  const found = engine.keyspace.find(key, 'set');
  if (found === 'wrong-type') return 0;
  if (!found) {
    const fresh = new Set(members);
    engine.keyspace.put(key, { type: 'set', members: fresh });
    return fresh.size;
  }
  let added = 0;
  let bytes = 0;
  for (const member of members) {
    if (found.members.has(member)) continue;
    found.members.add(member);
    added++;
    bytes += member.length + ITEM_BYTES;
  }
  if (added > 0) engine.keyspace.changed(key, bytes);
  return added;
}

function remove(engine: Engine, key: string, members: readonly string[]): number {
  const found = engine.keyspace.find(key, 'set');
  if (!found || found === 'wrong-type') return 0;
  let removed = 0;
  let bytes = 0;
  for (const member of members) {
    if (!found.members.delete(member)) continue;
    removed++;
    bytes += member.length + ITEM_BYTES;
  }
  if (removed > 0) engine.keyspace.changed(key, -bytes);
  return removed;
}

function guarded(run: (engine: Engine, key: string, members: readonly string[]) => Reply) {
  return ([, key = '', ...members]: readonly string[], { engine }: CommandContext): Reply =>
    engine.keyspace.find(key, 'set') === 'wrong-type' ? WRONGTYPE : run(engine, key, members);
}

function membersOf(engine: Engine, key: string): ReadonlySet<string> {
  const found = engine.keyspace.find(key, 'set');
  return found && found !== 'wrong-type' ? found.members : new Set();
}

function combine(merge: (sets: readonly ReadonlySet<string>[]) => Iterable<string>) {
  return ([, ...keys]: readonly string[], { engine }: CommandContext): Reply => {
    if (keys.some((key) => engine.keyspace.find(key, 'set') === 'wrong-type')) return WRONGTYPE;
    return setReply(merge(keys.map((key) => membersOf(engine, key))));
  };
}

export const setCommands: readonly Command[] = [
  {
    name: 'sadd',
    arity: -3,
    keys: ONE_KEY,
    write: true,
    grows: true,
    run: guarded((engine, key, members) => integer(add(engine, key, members))),
  },
  {
    name: 'srem',
    arity: -3,
    keys: ONE_KEY,
    write: true,
    run: guarded((engine, key, members) => integer(remove(engine, key, members))),
  },
  {
    name: 'smembers',
    arity: 2,
    keys: ONE_KEY,
    run: guarded((engine, key) => setReply(membersOf(engine, key))),
  },
  {
    name: 'sscan',
    arity: -3,
    keys: ONE_KEY,
    run([, key = '', ...words], { engine }) {
      const set = engine.keyspace.find(key, 'set');
      const members = set === null || set === 'wrong-type' ? set : set.members;
      return scanMembers(members, words, (member) => [member]);
    },
  },
  {
    name: 'scard',
    arity: 2,
    keys: ONE_KEY,
    run: guarded((engine, key) => integer(membersOf(engine, key).size)),
  },
  {
    name: 'sismember',
    arity: 3,
    keys: ONE_KEY,
    run: guarded((engine, key, [member = '']) => yes(membersOf(engine, key).has(member))),
  },
  {
    name: 'smismember',
    arity: -3,
    keys: ONE_KEY,
    run: guarded((engine, key, members) =>
      array(members.map((member) => yes(membersOf(engine, key).has(member)))),
    ),
  },
  {
    name: 'smove',
    arity: 4,
    keys: TWO_KEYS,
    write: true,
    grows: true,
    run([, from = '', to = '', member = ''], { engine }) {
      const kinds = [engine.keyspace.find(from, 'set'), engine.keyspace.find(to, 'set')];
      if (kinds[0] === null) return integer(0);
      if (kinds.includes('wrong-type')) return WRONGTYPE;
      if (from === to) return yes(membersOf(engine, from).has(member));
      if (remove(engine, from, [member]) === 0) return integer(0);
      add(engine, to, [member]);
      return integer(1);
    },
  },
  {
    name: 'sunion',
    arity: -2,
    keys: ALL_KEYS,
    run: combine((sets) => new Set(sets.flatMap((members) => Array.from(members)))),
  },
  {
    name: 'sinter',
    arity: -2,
    keys: ALL_KEYS,
    run: combine(([first = new Set(), ...others]) =>
      Array.from(first).filter((member) => others.every((members) => members.has(member))),
    ),
  },
  {
    name: 'sdiff',
    arity: -2,
    keys: ALL_KEYS,
    run: combine(([first = new Set(), ...others]) =>
      Array.from(first).filter((member) => !others.some((members) => members.has(member))),
    ),
  },
];
