/**
 * The channel between the editor and the coordination view: the view says `hello` and gets every part once; then each
 * part comes whole when it has changed. Keys and prefixes go by numbers that the host gives them: their names are
 * bytes, may be long, and rows move while somebody clicks.
 */
import * as z from 'zod/mini';

const time = z.number();
const reference = z.int().check(z.minimum(1));

export const KEY_TYPES = ['string', 'list', 'hash', 'set', 'zset', 'stream'] as const;

const filter = z.object({
  text: z.string().check(z.maxLength(500)),
  type: z.nullable(z.enum(KEY_TYPES)),
  taskId: z.nullable(z.string().check(z.maxLength(64))),
});

const banner = z.object({ title: z.string(), text: z.string(), since: time, password: z.boolean() });

const store = z.object({
  state: z.enum(['opening', 'problem', 'connecting', 'up', 'down']),
  /** `Embedded store`, `Redis at cache.example:6379` */
  name: z.string(),
  /** Why there is nothing to show, in one sentence; empty while there is. */
  problem: z.string(),
  /** While the store does not serve. */
  banner: z.nullable(banner),
  /** `1,204 keys`; empty while it is not known. */
  count: z.string(),
  /** How changes are noticed. */
  freshness: z.string(),
  edits: z.enum(['ours', 'allowed', 'read-only']),
  filter,
  loops: z.array(z.object({ taskId: z.string(), title: z.string() })),
});
export type StorePart = z.infer<typeof store>;

const facts = z.object({
  type: z.string(),
  endsAt: z.nullable(time),
  /** `412 bytes`; empty where the store does not tell. */
  size: z.string(),
  owner: z.nullable(z.string()),
});

const row = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('prefix'),
    id: reference,
    label: z.string(),
    depth: z.int(),
    count: z.int(),
    open: z.boolean(),
  }),
  /** `facts` null: not read yet. */
  z.object({
    kind: z.literal('key'),
    id: reference,
    label: z.string(),
    depth: z.int(),
    facts: z.nullable(facts),
  }),
]);
export type KeyRow = z.infer<typeof row>;

const scan = z.object({
  read: z.int(),
  running: z.boolean(),
  complete: z.boolean(),
  /** No more are kept; the search narrows them down. */
  full: z.boolean(),
  problem: z.string(),
});
export type ScanPart = z.infer<typeof scan>;

/** A text of a list or a table; `note` says what is missing of it. */
const cell = z.object({ text: z.string(), hex: z.boolean(), note: z.string() });
export type KeyCell = z.infer<typeof cell>;

const body = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['text', 'hex']), text: z.string(), note: z.string() }),
  z.object({
    kind: z.literal('json'),
    /** `end`: the line that closes what this one opens; `items`: how many entries that has. */
    lines: z.array(z.object({ depth: z.int(), text: z.string(), end: z.nullable(z.int()), items: z.int() })),
  }),
  z.object({
    kind: z.literal('list'),
    total: z.int(),
    offset: z.int(),
    items: z.array(cell),
    /** Whether a message of this list can be delivered once more. */
    redeliver: z.boolean(),
  }),
  z.object({
    kind: z.literal('table'),
    columns: z.array(z.string()),
    total: z.int(),
    rows: z.array(z.array(cell)),
    more: z.boolean(),
    back: z.boolean(),
    editable: z.boolean(),
  }),
  z.object({ kind: z.literal('other'), text: z.string() }),
]);
export type KeyBody = z.infer<typeof body>;

const selected = z.object({
  id: reference,
  name: z.string(),
  state: z.enum(['reading', 'read', 'gone', 'failed']),
  problem: z.string(),
  /** `list, 240 items`, `412 bytes` */
  facts: z.array(z.string()),
  endsAt: z.nullable(time),
  body: z.nullable(body),
  /** Why the value cannot be changed here; empty when it can. */
  fixed: z.string(),
  isList: z.boolean(),
  /** There is more of it than what is shown. */
  whole: z.string(),
  /** What a change brings about, and what it does not. */
  note: z.string(),
  point: z.nullable(
    z.object({
      point: z.int(),
      verified: z.boolean(),
      /** The loop runs, so it can be held. */
      active: z.boolean(),
      breakpoint: z.boolean(),
    }),
  ),
});
export type SelectedPart = z.infer<typeof selected>;

const waits = z.object({
  held: z.array(z.object({ taskId: z.string(), who: z.string(), text: z.string(), since: time })),
  waits: z.array(
    z.object({
      who: z.string(),
      /** `blpop` */
      command: z.string(),
      keys: z.array(z.object({ id: reference, name: z.string() })),
      since: time,
      until: z.nullable(time),
    }),
  ),
  locks: z.array(z.object({ id: reference, name: z.string(), owner: z.string(), endsAt: z.nullable(time) })),
});
export type WaitsPart = z.infer<typeof waits>;

const changes = z.object({
  /** Newest first. */
  newest: z.array(z.object({ at: time, text: z.string() })),
  count: z.int(),
});
export type ChangesPart = z.infer<typeof changes>;

/** What the tab keeps over a reload, as the editor hands it back. */
export const keptKeysSchema = z.object({
  filter,
  /** Bytes, one character for each; null when nothing is selected. */
  selected: z.nullable(z.string().check(z.maxLength(2000))),
  open: z.array(z.string().check(z.maxLength(2000))).check(z.maxLength(200)),
});
export type KeptKeys = z.infer<typeof keptKeysSchema>;

export const toKeysSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('store'), store }),
  z.object({
    type: z.literal('rows'),
    offset: z.int(),
    total: z.int(),
    rows: z.array(row),
    scan,
  }),
  z.object({ type: z.literal('value'), selected: z.nullable(selected) }),
  z.object({ type: z.literal('waits'), waits }),
  z.object({ type: z.literal('changes'), changes }),
  /** Bring this row into sight. */
  z.object({ type: z.literal('reveal'), row: z.int(), id: reference }),
  z.object({ type: z.literal('keep'), kept: keptKeysSchema }),
  /** A text to change, exactly as it is; `number` tells this change from others. */
  z.object({ type: z.literal('draft'), number: z.int(), title: z.string(), text: z.string() }),
  /** That change is over: made, or given up. */
  z.object({ type: z.literal('draftEnded'), number: z.int() }),
  /** What became of something that was asked for. */
  z.object({ type: z.literal('told'), failed: z.boolean(), message: z.string() }),
]);
export type ToKeys = z.infer<typeof toKeysSchema>;

/** No more rows are sent at once. */
export const MOST_ROWS = 300;

export const KEYS_COMMANDS = ['showLog', 'doctor', 'setRedisPassword'] as const;

const item = z.int().check(z.minimum(0));
/** As long as what is shown whole. */
const MOST_TEXT = 64 * 1024;

export const fromKeysSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello') }),
  z.object({ type: z.literal('command'), command: z.enum(KEYS_COMMANDS) }),
  /** Which rows are seen. */
  z.object({
    type: z.literal('look'),
    offset: z.int().check(z.minimum(0)),
    count: z.int().check(z.minimum(0), z.maximum(MOST_ROWS)),
  }),
  z.object({ type: z.literal('search'), filter }),
  z.object({
    type: z.literal('ask'),
    what: z.enum(['refresh', 'more', 'again', 'allowEdits', 'showChanges']),
  }),
  z.object({ type: z.literal('fold'), id: reference, open: z.boolean() }),
  /** `reveal`: it may stand elsewhere than where it was clicked. */
  z.object({ type: z.literal('select'), id: reference, reveal: z.boolean() }),
  z.object({ type: z.literal('page'), id: reference, to: z.enum(['next', 'previous', 'first', 'last']) }),
  z.object({ type: z.literal('copy'), id: reference, what: z.enum(['name', 'value']) }),
  z.object({ type: z.literal('whole'), id: reference }),
  /** Begins a change of the chosen key; what it was then must still be so when it is made. `item`: of those shown. */
  z.object({ type: z.literal('change'), id: reference, item: z.nullable(item) }),
  z.object({ type: z.literal('save'), number: z.int(), text: z.string().check(z.maxLength(MOST_TEXT)) }),
  z.object({ type: z.literal('giveUp'), number: z.int() }),
  /** These are asked for, and confirmed where they can hurt, by the editor. */
  z.object({ type: z.enum(['expire', 'delete']), id: reference }),
  z.object({ type: z.literal('redeliver'), id: reference, item }),
  /** `id` null: the person says which list. */
  z.object({ type: z.literal('push'), id: z.nullable(reference) }),
  z.object({ type: z.literal('breakpoint'), id: reference }),
  z.object({ type: z.literal('release'), taskId: z.string().check(z.maxLength(64)) }),
]);
export type FromKeys = z.infer<typeof fromKeysSchema>;
