import type { ServerReply } from '../../../ports/redis-server.ts';
import { bulk, error, integer, NULL, NULL_ARRAY, simple, WRONGTYPE, type Reply } from '../reply.ts';

/** What a server's reply does not tell: whether text is a status, and what kind of list or nothing it is. */
export interface ReplyShape {
  readonly text: 'bulk' | 'status';
  readonly list: 'array' | 'set' | 'map';
  readonly nothing: 'null' | 'null-array';
}

const BULK: ReplyShape = { text: 'bulk', list: 'array', nothing: 'null' };
const STATUS: ReplyShape = { ...BULK, text: 'status' };
const SET: ReplyShape = { ...BULK, list: 'set' };
const MAP: ReplyShape = { ...BULK, list: 'map' };
const NO_LIST: ReplyShape = { ...BULK, nothing: 'null-array' };

const SHAPES: ReadonlyMap<string, ReplyShape> = new Map([
  ...['set', 'setex', 'psetex', 'mset', 'hmset', 'lset', 'ltrim', 'rename', 'type'].map(
    (name) => [name, STATUS] as const,
  ),
  ...['smembers', 'sinter', 'sunion', 'sdiff'].map((name) => [name, SET] as const),
  ...['hgetall'].map((name) => [name, MAP] as const),
  ...['blpop', 'brpop', 'blmove', 'brpoplpush'].map((name) => [name, NO_LIST] as const),
]);

export function shapeOf(
  name: string,
  args: readonly string[],
  within: 'transaction' | null = null,
): ReplyShape {
  if (name === 'set' && args.slice(3).some((word) => word.toUpperCase() === 'GET')) return BULK;
  if ((name === 'lpop' || name === 'rpop') && args.length > 2) return NO_LIST;
  // Within a transaction nothing waits: these are then LMOVE and RPOPLPUSH.
  if (within && (name === 'blmove' || name === 'brpoplpush')) return BULK;
  return SHAPES.get(name) ?? BULK;
}

export function toClient(reply: ServerReply, shape: ReplyShape = BULK): Reply {
  switch (reply.kind) {
    case 'refused':
      // Scripts add their own name to it.
      return reply.message.startsWith('WRONGTYPE ') ? WRONGTYPE : error(reply.message);
    case 'integer':
      return integer(BigInt(reply.digits));
    case 'nothing':
      return shape.nothing === 'null' ? NULL : NULL_ARRAY;
    case 'text':
      return shape.text === 'status' ? simple(reply.text) : bulk(reply.text);
    default:
      return listToClient(reply.items, shape.list);
  }
}

function listToClient(items: readonly ServerReply[], kind: ReplyShape['list']): Reply {
  const replies = items.map((item) => toClient(item));
  if (kind !== 'map') return { kind, items: replies };
  const entries: [Reply, Reply][] = [];
  for (let at = 0; at + 1 < replies.length; at += 2) {
    entries.push([replies[at] ?? NULL, replies[at + 1] ?? NULL]);
  }
  return { kind: 'map', entries };
}
