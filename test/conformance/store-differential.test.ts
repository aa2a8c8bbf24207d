import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../support/redis-topologies.ts';
import {
  ADMIN_PASSWORD,
  findProgram,
  openRaw,
  startFront,
  startRedis,
  startTestStore,
  type RawConnection,
} from '../integration/store-support.ts';

const reason = findProgram('redis-server') ? null : 'redis-server is not installed';
if (reason) process.stderr.write(`[skipped] comparison with a real Redis: ${reason}\n`);

/** One command a line; words are split at blanks, `~` stands for an empty word and `\x..` for a byte. */
const SCRIPTS: Readonly<Record<string, string>> = {
  strings: `
    SET a 1
    GET a
    SET a 2 NX
    SET b 2 NX
    SET missing 1 XX
    SET a 3 XX GET
    SET new 3 GET
    SET a 4 NX XX
    SET a 4 EX 0
    SET a 4 EX -1
    SET a 4 EX abc
    SET a 4 PX
    SET a 4 EX 10 PX 10
    SET a 4 KEEPTTL EX 10
    SET a 4 EX 10 KEEPTTL
    SET a 4 bogus
    SET a 4 EX 9223372036854775807
    SET a 4 EX 100
    TTL a
    SET a 5 KEEPTTL
    TTL a
    SET a 6
    TTL a
    SETEX a 100 v
    SETEX a 0 v
    SETEX a x v
    SETEX a 100
    PSETEX a 100000 v
    PSETEX a -5 v
    TTL a
    SETNX a 1
    SETNX fresh 1
    SETNX fresh
    GETSET a next
    GETSET other next
    GETDEL a
    GETDEL a
    APPEND app one
    APPEND app \\x00\\xff
    GET app
    STRLEN app
    STRLEN missing
    INCR n
    INCRBY n 10
    DECR n
    DECRBY n 5
    INCRBY n x
    INCRBY n 9223372036854775807
    SET big 9223372036854775807
    INCR big
    DECRBY big -9223372036854775808
    SET bad abc
    INCR bad
    SET bad 01
    INCR bad
    SET bad -0
    INCR bad
    MSET k1 v1 k2 v2
    MSET k1 v1 k2
    MGET k1 k2 missing
    GET
    GET a b
    get k1
    gEt k1
    SET s3 v EXAT 99999999999
    SET s4 v PXAT 99999999999999
    SET s5 v EXAT 1
    GET s5
    EXISTS s5
    FLUSHALL
  `,
  keys: `
    SET a 1
    SET b 2
    EXISTS a b c a
    TYPE a
    TYPE none
    RPUSH l 1
    TYPE l
    HSET h f v
    TYPE h
    SADD s m
    TYPE s
    DEL a nothing b
    UNLINK l
    EXPIRE h 100
    TTL h
    EXPIRE h 200 NX
    EXPIRE h 200 XX
    EXPIRE h 100 GT
    EXPIRE h 300 GT
    EXPIRE h 400 LT
    EXPIRE h 10 NX GT
    EXPIRE h 10 GT LT
    EXPIRE h 10 WHAT
    EXPIRE h x
    EXPIRE nothing 10
    PERSIST h
    PERSIST h
    TTL h
    EXPIRE h 100 GT
    EXPIRE h 100 LT
    PEXPIRE h 100000
    EXPIREAT h 99999999999
    EXPIRE h -1
    EXISTS h
    EXPIRE s 9223372036854775807
    TTL missing
    PTTL missing
    RENAME missing x
    SET r 1
    RENAME r r
    RENAME r q
    GET q
    RENAME q s
    GET s
    KEYS *
    KEYS [a-s]
    KEYS \\\\*
    DBSIZE
    SCAN 0
    SCAN 0 COUNT 0
    SCAN 0 COUNT x
    SCAN 0 MATCH
    SCAN 0 WHAT x
    SCAN abc
    SCAN 0 TYPE string
    SCAN 0 TYPE list
    SCAN 0 MATCH zz*
    TOUCH s
    FLUSHALL
    DBSIZE
    SELECT 0
    SELECT 99
    SELECT x
  `,
  lists: `
    LPUSH l a b c
    RPUSH l d
    LRANGE l 0 -1
    LRANGE l -100 100
    LRANGE l 2 1
    LRANGE l 10 20
    LRANGE l x 1
    LRANGE missing 0 -1
    LLEN l
    LLEN missing
    LINDEX l 0
    LINDEX l -1
    LINDEX l 99
    LINDEX l x
    LINDEX missing x
    LSET l 0 z
    LSET l -1 y
    LSET l 99 y
    LSET l x y
    LSET missing 0 y
    LSET missing x y
    LPUSHX missing a
    RPUSHX missing a
    RPUSHX l a
    LPUSHX l a
    LREM l 1 a
    LREM l -1 a
    RPUSH r x y x y x
    LREM r -2 x
    LRANGE r 0 -1
    LREM r 0 y
    LRANGE r 0 -1
    LREM r x y
    LREM missing 0 y
    LTRIM l 1 2
    LRANGE l 0 -1
    LTRIM l 5 9
    EXISTS l
    LTRIM missing 0 1
    RPUSH p 1 2 3 4 5 6
    LPOP p
    RPOP p
    LPOP p 2
    RPOP p 0
    LPOP p -1
    LPOP p x
    LPOP p 1 1
    RPOP p 100
    LPOP p
    LPOP p 1
    RPUSH m 1 2 3
    LMOVE m n LEFT RIGHT
    LMOVE m n RIGHT LEFT
    LMOVE m n UP LEFT
    LMOVE missing n LEFT LEFT
    LRANGE n 0 -1
    RPOPLPUSH m n
    RPOPLPUSH missing n
    EXISTS m
    RPOPLPUSH n n
    LRANGE n 0 -1
    BLPOP n 0
    BRPOP n 0
    BLPOP missing n 0
    BLPOP n x
    BLPOP n -1
    BLPOP missing 0.01
    BRPOP missing 0.01
    RPUSH bm 1
    BLMOVE bm bn LEFT LEFT 0
    BLMOVE missing bn LEFT LEFT 0.01
    BRPOPLPUSH bn bm 0
    BRPOPLPUSH missing bm 0.01
    BLMOVE bm bn LEFT
    SET str 1
    LPUSH str 1
    LRANGE str 0 -1
    LPOP str
    BLPOP str 0
    LMOVE str bm LEFT LEFT
    LMOVE bm str LEFT LEFT
    RPOPLPUSH bm str
    LLEN str
    LINDEX str 0
    LREM str 0 a
    LPUSH
    LPUSH l
    FLUSHALL
  `,
  hashes: `
    HSET h a 1 b 2
    HSET h a 2
    HSET h a
    HSET h a 1 b
    HMSET h c 3
    HMSET h c
    HSETNX h a 9
    HSETNX h d 4
    HGET h a
    HGET h zz
    HGET missing a
    HMGET h a zz c
    HMGET missing a
    HGETALL h
    HGETALL missing
    HKEYS h
    HVALS h
    HLEN h
    HLEN missing
    HEXISTS h a
    HEXISTS h zz
    HSTRLEN h a
    HINCRBY h a 5
    HINCRBY h new -5
    HINCRBY h a x
    HSET h t text
    HINCRBY h t 1
    HINCRBY h a 9223372036854775807
    HDEL h a zz
    HDEL h b c d new t
    EXISTS h
    SET s 1
    HSET s a 1
    HGET s a
    HGETALL s
    HDEL s a
    HLEN s
    GET s
    HSET g a 1
    GET g
    APPEND g x
    INCR g
    FLUSHALL
  `,
  sets: `
    SADD s a
    SADD s a
    SCARD s
    SISMEMBER s a
    SISMEMBER s z
    SISMEMBER missing z
    SMISMEMBER s a z
    SMEMBERS s
    SMEMBERS missing
    SREM s z
    SADD t a
    SINTER s t
    SINTER s missing
    SDIFF s missing
    SDIFF s t
    SUNION s t
    SMOVE s u a
    SMOVE s u a
    EXISTS s
    SREM u a
    EXISTS u
    SET str 1
    SADD str a
    SMEMBERS str
    SINTER str t
    SMOVE t str a
    FLUSHALL
  `,
  transactions: `
    EXEC
    DISCARD
    MULTI
    SET a 1
    INCR a
    LPUSH a x
    GET a
    EXEC
    MULTI
    MULTI
    DISCARD
    MULTI
    NOSUCHCOMMAND
    SET a 2
    EXEC
    GET a
    MULTI
    GET
    EXEC
    WATCH a
    SET a 7
    MULTI
    GET a
    EXEC
    WATCH a
    UNWATCH
    SET a 8
    MULTI
    GET a
    EXEC
    MULTI
    WATCH a
    EXEC
    MULTI
    BLPOP missing 0
    BRPOP missing 5
    BLMOVE missing x LEFT LEFT 0
    EXEC
    MULTI
    EXEC
    FLUSHALL
  `,
  'parts of values': `
    SET a hello
    GETRANGE a 0 2
    GETRANGE a -3 -1
    GETRANGE a 3 100
    GETRANGE a 5 9
    GETRANGE a -100 1
    GETRANGE a 3 1
    GETRANGE a -1 -3
    GETRANGE a 0 -100
    GETRANGE a -200 -100
    GETRANGE a x 1
    GETRANGE a 0
    GETRANGE missing 0 -1
    HSCAN missing 0
    HSCAN a 0
    HSCAN a x
    HSET h f v
    HSCAN h 0
    HSCAN h 0 MATCH x*
    HSCAN h 0 COUNT 1
    HSCAN h 0 COUNT 0
    HSCAN h 0 COUNT x
    HSCAN h 0 TYPE hash
    HSCAN h x
    HSCAN h
    GETRANGE h 0 1
    SADD s m
    SSCAN s 0
    SSCAN missing 0
    SSCAN h 0
    SSCAN s 0 MATCH n
    ZCARD missing
    ZCARD s
    ZRANGE missing 0 -1
    ZRANGE missing 0 -1 WITHSCORES
    ZRANGE s 0 -1
    MEMORY USAGE missing
    MEMORY USAGE
    MEMORY
    FLUSHALL
  `,
  connection: `
    PING
    PING hello
    PING a b
    ECHO hi
    ECHO
    CLIENT SETNAME me
    CLIENT GETNAME
    CLIENT SETNAME with\\x20space
    CLIENT SETNAME ~
    CLIENT GETNAME
    AUTH wrong
    AUTH default wrong
    AUTH a b c
    ACL WHOAMI
    FOO
    FOO bar baz
    foo\\x0d\\x0abar x
    HELLO 9
    HELLO x
    HELLO 3 WHAT
    PUBLISH nobody hi
    SCRIPT EXISTS abc
    EVALSHA abc 0
    UNSUBSCRIBE
    PUNSUBSCRIBE
    UNSUBSCRIBE a b
  `,
  'pub/sub with RESP3': `
    SUBSCRIBE a b
    PUBLISH a hi
    GET x
    PSUBSCRIBE a*
    PUBLISH a again
    UNSUBSCRIBE a
    PUBLISH a third
    UNSUBSCRIBE
    PUNSUBSCRIBE
  `,
};

const UNESCAPE = /\\x([0-9a-f]{2})/g;
const words = (line: string): string[] =>
  line
    .trim()
    .split(/\s+/)
    .map((word) =>
      word === '~'
        ? ''
        : word
            .replaceAll('\\\\', '\\')
            .replaceAll(UNESCAPE, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    );

interface Compared {
  readonly port: number;
  close(): Promise<void>;
}

/** What is compared with a Redis that nobody else speaks to, and the lines in which it differs by design. */
const STORES: readonly {
  readonly store: string;
  readonly start: () => Promise<Compared | null>;
  readonly differs: RegExp | null;
}[] = [
  { store: 'the embedded store', start: startTestStore, differs: null },
  {
    store: 'the front before a real Redis',
    start: () => before(startRedis(), (redis) => `redis://127.0.0.1:${redis.port}`),
    differs: null,
  },
  {
    store: 'the front before a cluster',
    start: () => before(startCluster(), (cluster) => cluster.url),
    // A scan goes over one master after the other, messages come from a node of their own, and a command that lacks
    // its key has no place to go to.
    differs: /^SCAN 0|SUBSCRIBE|^PUBLISH a|^MEMORY USAGE$/,
  },
];

async function before<T extends { close(): Promise<void> }>(
  starting: Promise<T | null>,
  url: (behind: T) => string,
): Promise<Compared | null> {
  const behind = await starting;
  if (!behind) return null;
  const front = await startFront({ url: url(behind) });
  return {
    port: front.port,
    close: async () => {
      await front.close();
      await behind.close();
    },
  };
}

describe.skipIf(reason !== null).each(STORES)('$store beside a real Redis', ({ start, differs }) => {
  let redis: NonNullable<Awaited<ReturnType<typeof startRedis>>>;
  let ours: Compared;
  beforeAll(async () => {
    const [started, compared] = await Promise.all([startRedis(), start()]);
    if (!started || !compared) throw new Error('redis-server or redis-cli did not start');
    redis = started;
    ours = compared;
  });
  afterAll(async () => {
    await ours?.close();
    await redis?.close();
  });

  async function run(port: number, protocol: '2' | '3', script: readonly string[]): Promise<string[]> {
    const transaction = script.includes('MULTI');
    const connection: RawConnection = await openRaw(port, [ADMIN_PASSWORD]);
    if (protocol === '3') await connection.ask('HELLO', '3');
    const lines: string[] = [];
    for (const line of script) {
      const answer = transaction
        ? await connection.askOne(...words(line))
        : await connection.ask(...words(line));
      lines.push(`${line} -> ${JSON.stringify(answer)}`);
    }
    connection.end();
    return lines;
  }

  it.each(
    Object.entries(SCRIPTS).flatMap(([name, script]) => {
      const lines = script
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
      return (['2', '3'] as const)
        .filter((protocol) => protocol === '3' || !name.endsWith('RESP3'))
        .map((protocol) => ({ name, protocol, lines }));
    }),
  )('[X-04] answers $name byte for byte the same, RESP$protocol', async ({ lines: all, protocol }) => {
    const lines = all.filter((line) => !differs?.test(line));
    const theirs = await run(redis.port, protocol, lines);
    const own = await run(ours.port, protocol, lines);
    expect(own).toEqual(theirs);
  });

  it('[X-04] answers random commands byte for byte the same', async () => {
    const redisConnection = await openRaw(redis.port, [ADMIN_PASSWORD]);
    const ownConnection = await openRaw(ours.port, [ADMIN_PASSWORD]);
    const both = async (command: readonly string[]): Promise<readonly [string, string]> => {
      const [theirs, own] = await Promise.all([
        redisConnection.ask(...command),
        ownConnection.ask(...command),
      ]);
      return [sortedIfUnordered(command, theirs), sortedIfUnordered(command, own)];
    };
    await fc.assert(
      fc.asyncProperty(fc.array(randomCommand, { minLength: 1, maxLength: 60 }), async (commands) => {
        await both(['FLUSHALL']);
        for (const command of commands) {
          const [theirs, own] = await both(command);
          expect({ command, answer: own }).toEqual({ command, answer: theirs });
        }
      }),
      { numRuns: 200 },
    );
    redisConnection.end();
    ownConnection.end();
  });
});

const UNORDERED = new Set(['KEYS', 'SMEMBERS', 'SUNION', 'SINTER', 'SDIFF', 'HGETALL', 'HKEYS', 'HVALS']);
const sortedIfUnordered = (command: readonly string[], answer: string): string =>
  UNORDERED.has(command[0] ?? '') ? answer.split('\r\n').sort().join('\r\n') : answer;

const key = fc.constantFrom('a', 'b', 'c');
const item = fc.constantFrom('1', '2', 'x', '', '-7', '9223372036854775807', '\x00\xff\r\n');
const count = fc.constantFrom('0', '1', '2', '-1', '-2', '5', '-100', 'x', '01');
const shape = (name: string, ...words: readonly fc.Arbitrary<string>[]): fc.Arbitrary<readonly string[]> =>
  fc.tuple(fc.constant(name), ...words);
const side = fc.constantFrom('LEFT', 'right');

const randomCommand: fc.Arbitrary<readonly string[]> = fc.oneof(
  shape('SET', key, item),
  shape('SET', key, item, fc.constantFrom('NX', 'XX', 'GET', 'KEEPTTL', 'EX', 'nonsense')),
  shape('SET', key, item, fc.constantFrom('EX', 'PX'), fc.constantFrom('1000', '0', 'x')),
  ...['GET', 'GETDEL', 'STRLEN', 'INCR', 'DECR', 'TYPE', 'EXISTS', 'DEL', 'PERSIST', 'TTL'].map((name) =>
    shape(name, key),
  ),
  ...['LPOP', 'RPOP', 'LLEN', 'SMEMBERS', 'SCARD', 'HGETALL', 'HLEN', 'HKEYS', 'HVALS'].map((name) =>
    shape(name, key),
  ),
  ...['APPEND', 'GETSET', 'SETNX', 'INCRBY', 'DECRBY', 'SADD', 'SREM', 'SISMEMBER', 'HGET', 'HDEL'].map(
    (name) => shape(name, key, item),
  ),
  ...['LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX'].map((name) => shape(name, key, item, item)),
  ...['LPOP', 'RPOP', 'LINDEX', 'EXPIRE'].map((name) => shape(name, key, count)),
  ...['LRANGE', 'LTRIM'].map((name) => shape(name, key, count, count)),
  ...['LREM', 'LSET'].map((name) => shape(name, key, count, item)),
  ...['HSET', 'HSETNX', 'HINCRBY', 'SMOVE'].map((name) => shape(name, key, key, item)),
  ...['RENAME', 'RPOPLPUSH', 'SUNION', 'SINTER', 'SDIFF', 'MGET'].map((name) => shape(name, key, key)),
  shape('LMOVE', key, key, side, side),
  shape('BLMOVE', key, key, side, side, fc.constant('0.001')),
  shape('BLPOP', key, key, fc.constant('0.001')),
  shape('BRPOPLPUSH', key, key, fc.constant('0.001')),
  shape('SETEX', key, fc.constantFrom('100', '0', '-1', 'x'), item),
  shape('MSET', key, item, key, item),
  shape('KEYS', fc.constantFrom('*', '[ab]', '?', 'a*', '[^a]')),
  shape('DBSIZE'),
);
