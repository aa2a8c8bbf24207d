import type { Deque } from './deque.ts';

export type Value =
  | { readonly type: 'string'; text: string; appends: number }
  | { readonly type: 'list'; readonly items: Deque }
  | { readonly type: 'hash'; readonly fields: Map<string, string> }
  | { readonly type: 'set'; readonly members: Set<string> };
export type ValueType = Value['type'];
export type ValueOf<T extends ValueType> = Extract<Value, { type: T }>;

interface Entry {
  value: Value;
  /** Epoch milliseconds; `null` for a key without an end. */
  expiresAt: number | null;
  bytes: number;
  /** Order of creation, the base of SCAN's cursors. */
  readonly sequence: number;
}

/** What an item costs beside its own text; a guess that is rather too high. */
export const ITEM_BYTES = 32;
const ENTRY_BYTES = 160;

export interface KeyspaceOptions {
  readonly now: () => number;
  /** Called when a key changed, ended or went away, so that transactions that watch it fail. */
  readonly onTouch: (key: string) => void;
}

/** Keys and values in memory, expired on access and by `sweep`. */
export class Keyspace {
  private readonly entries = new Map<string, Entry>();
  private readonly options: KeyspaceOptions;
  private readonly deadlines = new DeadlineHeap();
  private order: { readonly key: string; readonly sequence: number }[] = [];
  private lastSequence = 0;
  private timed = 0;
  /** Estimated bytes of all keys and values. */
  used = 0;

  constructor(options: KeyspaceOptions) {
    this.options = options;
  }

  get size(): number {
    return this.entries.size;
  }

  /** Keys with an end. */
  get expiring(): number {
    return this.timed;
  }

  has(key: string): boolean {
    return this.entry(key) !== undefined;
  }

  typeOf(key: string): ValueType | null {
    return this.entry(key)?.value.type ?? null;
  }

  find<T extends ValueType>(key: string, type: T): ValueOf<T> | null | 'wrong-type' {
    const value = this.entry(key)?.value;
    if (!value) return null;
    return isType(value, type) ? value : 'wrong-type';
  }

  /** Stores a value; the key's own end is dropped unless it is to be kept. */
  put(
    key: string,
    value: Value,
    options: { readonly expiresAt?: number | null; readonly keepTtl?: boolean } = {},
  ): void {
    const old = this.entry(key);
    const expiresAt = options.keepTtl ? (old?.expiresAt ?? null) : (options.expiresAt ?? null);
    if (old) {
      this.used -= old.bytes;
      old.value = value;
      old.bytes = ENTRY_BYTES + key.length + sizeOf(value);
      this.used += old.bytes;
      this.setEnd(key, old, expiresAt);
    } else {
      const bytes = ENTRY_BYTES + key.length + sizeOf(value);
      const entry: Entry = { value, expiresAt: null, bytes, sequence: ++this.lastSequence };
      this.entries.set(key, entry);
      this.order.push({ key, sequence: entry.sequence });
      this.used += bytes;
      this.setEnd(key, entry, expiresAt);
    }
    this.options.onTouch(key);
  }

  /** Tells that the value under a key was changed in place; an emptied one goes away. */
  changed(key: string, deltaBytes: number): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    if (isEmpty(entry.value)) {
      this.drop(key, entry);
    } else {
      entry.bytes += deltaBytes;
      this.used += deltaBytes;
    }
    this.options.onTouch(key);
  }

  delete(key: string): boolean {
    const entry = this.entry(key);
    if (!entry) return false;
    this.drop(key, entry);
    this.options.onTouch(key);
    return true;
  }

  rename(from: string, to: string): void {
    const entry = this.entry(from);
    if (!entry) return;
    const { value, expiresAt } = entry;
    this.delete(from);
    this.delete(to);
    this.put(to, value, { expiresAt });
  }

  clear(): void {
    for (const key of Array.from(this.entries.keys())) this.delete(key);
  }

  /** `undefined` for a missing key, `null` for one without an end. */
  expiresAt(key: string): number | null | undefined {
    return this.entry(key)?.expiresAt;
  }

  /** Estimated bytes of a key and its value; `null` for a missing one. */
  bytesOf(key: string): number | null {
    return this.entry(key)?.bytes ?? null;
  }

  expire(key: string, expiresAt: number | null): boolean {
    const entry = this.entry(key);
    if (!entry) return false;
    this.setEnd(key, entry, expiresAt);
    this.options.onTouch(key);
    return true;
  }

  *keys(): Generator<string> {
    for (const key of Array.from(this.entries.keys())) if (this.has(key)) yield key;
  }

  /** Keys created after `cursor`; a key that exists all the while is met exactly once. */
  scan(cursor: number, count: number): { readonly keys: readonly string[]; readonly next: number } {
    this.compact();
    let at = firstAfter(this.order, cursor);
    const keys: string[] = [];
    let last = cursor;
    for (let looked = 0; at < this.order.length && looked < count; at++) {
      const item = this.order[at];
      if (!item) break;
      last = item.sequence;
      if (this.entries.get(item.key)?.sequence !== item.sequence) continue;
      looked++;
      if (this.has(item.key)) keys.push(item.key);
    }
    return { keys, next: at < this.order.length ? last : 0 };
  }

  /** When the earliest key may end, in epoch milliseconds. */
  get nextEnd(): number | null {
    return this.deadlines.peek()?.at ?? null;
  }

  /** Drops what has ended, at most `limit` keys, and returns when the next one ends. */
  sweep(limit: number): number | null {
    const now = this.options.now();
    for (let dropped = 0; dropped < limit;) {
      const next = this.deadlines.peek();
      if (!next) return null;
      const entry = this.entries.get(next.key);
      if (entry?.expiresAt !== next.at) {
        this.deadlines.pop();
        continue;
      }
      if (next.at > now) return next.at;
      this.deadlines.pop();
      this.drop(next.key, entry);
      this.options.onTouch(next.key);
      dropped++;
    }
    return now;
  }

  private entry(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    if (!entry || entry.expiresAt === null || entry.expiresAt > this.options.now()) return entry;
    this.drop(key, entry);
    this.options.onTouch(key);
    return undefined;
  }

  private drop(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.used -= entry.bytes;
    if (entry.expiresAt !== null) this.timed--;
  }

  private setEnd(key: string, entry: Entry, expiresAt: number | null): void {
    if ((entry.expiresAt === null) !== (expiresAt === null)) this.timed += expiresAt === null ? -1 : 1;
    entry.expiresAt = expiresAt;
    if (expiresAt === null) return;
    this.deadlines.push({ key, at: expiresAt });
    // Every change of an end leaves an old deadline behind; one busy key must not fill the memory with them.
    if (this.deadlines.length > 2 * this.timed + 1024) {
      this.deadlines.rebuild((item) => this.entries.get(item.key)?.expiresAt === item.at);
    }
  }

  private compact(): void {
    if (this.order.length <= 2 * this.entries.size + 1024) return;
    this.order = this.order.filter((item) => this.entries.get(item.key)?.sequence === item.sequence);
  }
}

function isType<T extends ValueType>(value: Value, type: T): value is ValueOf<T> {
  return value.type === type;
}

function sizeOf(value: Value): number {
  if (value.type === 'string') return value.text.length;
  if (value.type === 'list') return sum(value.items.slice(), (item) => item.length + ITEM_BYTES);
  if (value.type === 'set') return sum(value.members, (member) => member.length + ITEM_BYTES);
  return sum(value.fields, ([field, text]) => field.length + text.length + 2 * ITEM_BYTES);
}

function sum<T>(items: Iterable<T>, size: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += size(item);
  return total;
}

function isEmpty(value: Value): boolean {
  if (value.type === 'string') return false;
  if (value.type === 'list') return value.items.length === 0;
  return (value.type === 'set' ? value.members : value.fields).size === 0;
}

function firstAfter(order: readonly { readonly sequence: number }[], cursor: number): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((order[middle]?.sequence ?? 0) <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Deadline {
  readonly key: string;
  readonly at: number;
}

/** The earliest end first. */
class DeadlineHeap {
  private items: Deadline[] = [];

  get length(): number {
    return this.items.length;
  }

  peek(): Deadline | undefined {
    return this.items[0];
  }

  push(item: Deadline): void {
    this.items.push(item);
    this.up(this.items.length - 1);
  }

  pop(): void {
    const last = this.items.pop();
    if (!last || this.items.length === 0) return;
    this.items[0] = last;
    this.down();
  }

  rebuild(keep: (item: Deadline) => boolean): void {
    const kept = new Map<string, Deadline>();
    for (const item of this.items) if (keep(item)) kept.set(item.key, item);
    this.items = Array.from(kept.values()).sort((a, b) => a.at - b.at);
  }

  private up(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.swapIfEarlier(index, parent)) return;
      index = parent;
    }
  }

  private down(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const child = this.atOf(right) < this.atOf(left) ? right : left;
      if (child >= this.items.length || !this.swapIfEarlier(child, index)) return;
      index = child;
    }
  }

  private atOf(index: number): number {
    return this.items[index]?.at ?? Number.POSITIVE_INFINITY;
  }

  private swapIfEarlier(lower: number, upper: number): boolean {
    const a = this.items[lower];
    const b = this.items[upper];
    if (!a || !b || a.at >= b.at) return false;
    this.items[lower] = b;
    this.items[upper] = a;
    return true;
  }
}
