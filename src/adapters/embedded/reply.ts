/** Replies of the store. Text is latin1: one character for each byte, so that values are binary-safe. */
export type Reply =
  | { readonly kind: 'simple' | 'error' | 'bulk' | 'verbatim'; readonly text: string }
  | { readonly kind: 'integer'; readonly value: number | bigint }
  | { readonly kind: 'null' | 'null-array' }
  | { readonly kind: 'array' | 'set' | 'push'; readonly items: readonly Reply[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Reply, Reply])[] }
  /** Several replies to one command, as SUBSCRIBE gives them. */
  | { readonly kind: 'frames'; readonly items: readonly Reply[] }
  /** The reply comes when the client is unblocked. */
  | { readonly kind: 'later' };

export type Protocol = 2 | 3;

export const OK: Reply = { kind: 'simple', text: 'OK' };
export const NULL: Reply = { kind: 'null' };
export const NULL_ARRAY: Reply = { kind: 'null-array' };
export const LATER: Reply = { kind: 'later' };
export const EMPTY: Reply = { kind: 'array', items: [] };
export const simple = (text: string): Reply => ({ kind: 'simple', text });
export const error = (text: string): Reply => ({ kind: 'error', text });
export const bulk = (text: string): Reply => ({ kind: 'bulk', text });
export const integer = (value: number | bigint): Reply => ({ kind: 'integer', value });
export const array = (items: readonly Reply[]): Reply => ({ kind: 'array', items });
export const bulks = (texts: Iterable<string>): Reply => array(Array.from(texts, bulk));
export const bulkOrNull = (text: string | undefined): Reply => (text === undefined ? NULL : bulk(text));

export const WRONGTYPE = error('WRONGTYPE Operation against a key holding the wrong kind of value');
export const NOT_INTEGER = error('ERR value is not an integer or out of range');
export const SYNTAX = error('ERR syntax error');
export const NO_SUCH_KEY = error('ERR no such key');
export const OUT_OF_MEMORY = error("OOM command not allowed when used memory > 'maxmemory'.");

/** Frames of a reply; `null` when it is larger than `limit` bytes. */
export function encode(reply: Reply, protocol: Protocol, limit: number): string[] | null {
  const out: string[] = [];
  let size = 0;
  const add = (text: string): void => {
    size += text.length;
    if (size <= limit) out.push(text);
  };
  write(reply, protocol, add);
  return size > limit ? null : out;
}

type Add = (text: string) => void;
/** The member of the union that may be of a kind. */
type ReplyOf<K, R = Reply> = R extends { readonly kind: infer A } ? (K extends A ? R : never) : never;
type Writers = {
  readonly [K in Reply['kind']]: (reply: ReplyOf<K>, protocol: Protocol, add: Add) => void;
};

function writeItems(reply: ReplyOf<'array'>, protocol: Protocol, add: Add): void {
  add(`${prefixOf(reply.kind, protocol)}${reply.items.length}\r\n`);
  for (const item of reply.items) write(item, protocol, add);
}

const WRITERS: Writers = {
  simple: (reply, _protocol, add) => add(`+${reply.text}\r\n`),
  error: (reply, _protocol, add) => add(`-${reply.text.replaceAll(/[\r\n]/g, ' ')}\r\n`),
  integer: (reply, _protocol, add) => add(`:${reply.value}\r\n`),
  bulk: (reply, _protocol, add) => writeBulk(reply.text, add),
  verbatim: (reply, protocol, add) =>
    protocol === 3 ? add(`=${reply.text.length + 4}\r\ntxt:${reply.text}\r\n`) : writeBulk(reply.text, add),
  null: (_reply, protocol, add) => add(protocol === 3 ? '_\r\n' : '$-1\r\n'),
  'null-array': (_reply, protocol, add) => add(protocol === 3 ? '_\r\n' : '*-1\r\n'),
  array: writeItems,
  set: writeItems,
  push: writeItems,
  map(reply, protocol, add) {
    add(protocol === 3 ? `%${reply.entries.length}\r\n` : `*${reply.entries.length * 2}\r\n`);
    for (const [name, value] of reply.entries) {
      write(name, protocol, add);
      write(value, protocol, add);
    }
  },
  frames(reply, protocol, add) {
    for (const item of reply.items) write(item, protocol, add);
  },
  later: () => undefined,
};

function write(reply: Reply, protocol: Protocol, add: Add): void {
  // The table has one writer for each kind; the compiler cannot follow a reply to its own.
  const writer = WRITERS[reply.kind] as (reply: Reply, protocol: Protocol, add: Add) => void;
  writer(reply, protocol, add);
}

function writeBulk(text: string, add: (text: string) => void): void {
  add(`$${text.length}\r\n`);
  add(text);
  add('\r\n');
}

function prefixOf(kind: 'array' | 'set' | 'push', protocol: Protocol): string {
  if (protocol === 2 || kind === 'array') return '*';
  return kind === 'set' ? '~' : '>';
}
