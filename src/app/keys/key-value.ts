/** The value of one key, with limits on what is read and shown. */
import { decodeBytes, decodeCut, hexDump, pieceDecoder } from '../../base/byte-text.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { RespValue } from '../../ports/store-commands.ts';
import { prettyJson, type JsonLine } from './pretty-json.ts';
import { listOf, textOf, textsOf } from './resp-words.ts';

export type Ask = (words: readonly string[]) => Promise<Result<RespValue, CoordinationError>>;

/** A string up to this size is shown whole. */
export const WHOLE_BYTES = 64 * 1024;
/** Of a longer one, so much. */
const BEGINNING_BYTES = 4096;
export const PAGE_ITEMS = 100;
const ITEM_BYTES = 2000;
/** Lists of large items are read a few at a time. */
const MOST_PAGE_BYTES = 4 * 1024 * 1024;

/** A text within a list or a table; `bytes` of it in all. */
export interface Cell {
  readonly text: string;
  readonly hex: boolean;
  readonly bytes: number;
  readonly cut: boolean;
}

export type ValueBody =
  | { readonly kind: 'text'; readonly text: string; readonly bytes: number; readonly cut: boolean }
  | { readonly kind: 'json'; readonly lines: readonly JsonLine[]; readonly text: string }
  | { readonly kind: 'hex'; readonly text: string; readonly bytes: number; readonly cut: boolean }
  | {
      readonly kind: 'list';
      readonly total: number;
      readonly offset: number;
      readonly items: readonly Cell[];
    }
  | {
      readonly kind: 'table';
      readonly type: 'hash' | 'set' | 'zset';
      readonly total: number;
      readonly rows: readonly (readonly Cell[])[];
      /** Where the next page begins; `null` at the end. */
      readonly next: string | null;
    }
  | { readonly kind: 'other'; readonly type: string };

export interface KeyValue {
  readonly type: string;
  /** Milliseconds; `null`: without an end. */
  readonly leftMs: number | null;
  /** As the store counts it; `null` where it does not tell. */
  readonly memory: number | null;
  readonly body: ValueBody;
  /** As they were read, for an edit that must not overwrite what is newer. */
  readonly raw: readonly string[];
}

export interface ValuePage {
  /** Of a list: the first item. */
  readonly offset: number;
  /** Of a table: where it goes on. */
  readonly cursor: string;
}
export const FIRST_PAGE: ValuePage = { offset: 0, cursor: '0' };

/** `null`: there is no such key. */
export async function readValue(
  ask: Ask,
  name: string,
  page: ValuePage,
): Promise<Result<KeyValue | null, string>> {
  const [type, left, memory] = await Promise.all([
    ask(['TYPE', name]),
    ask(['PTTL', name]),
    ask(['MEMORY', 'USAGE', name]),
  ]);
  if (!type.ok) return err(type.error.message);
  if (!left.ok) return err(left.error.message);
  if (type.value === 'none') return ok(null);
  const used = memory.ok && typeof memory.value === 'number' ? memory.value : null;
  const body = await readBody({ ask, name, type: textOf(type.value), page, memory: used });
  if (!body.ok) return body;
  const leftMs = Number(left.value);
  return ok({
    type: textOf(type.value),
    leftMs: leftMs < 0 ? null : leftMs,
    memory: used,
    ...body.value,
  });
}

interface Reading {
  readonly ask: Ask;
  readonly name: string;
  readonly type: string;
  readonly page: ValuePage;
  readonly memory: number | null;
}
type Body = Pick<KeyValue, 'body' | 'raw'>;

async function readBody(reading: Reading): Promise<Result<Body, string>> {
  switch (reading.type) {
    case 'string':
      return readString(reading);
    case 'list':
      return readList(reading);
    case 'hash':
    case 'set':
      return readMembers(reading, reading.type);
    case 'zset':
      return readSorted(reading);
    default:
      return ok({ body: { kind: 'other', type: reading.type }, raw: [] });
  }
}

async function readString({ ask, name }: Reading): Promise<Result<Body, string>> {
  const length = await ask(['STRLEN', name]);
  if (!length.ok) return err(length.error.message);
  const bytes = Number(length.value);
  const whole = bytes <= WHOLE_BYTES;
  const read = await ask(['GETRANGE', name, '0', String(whole ? bytes - 1 : BEGINNING_BYTES - 1)]);
  if (!read.ok) return err(read.error.message);
  const raw = bytes === 0 ? '' : textOf(read.value);
  return ok({ body: bodyOfString(raw, bytes, !whole), raw: whole ? [raw] : [] });
}

function bodyOfString(raw: string, bytes: number, cut: boolean): ValueBody {
  const text = cut ? decodeCut(raw) : decodeBytes(raw);
  if (text === null)
    return { kind: 'hex', text: hexDump(raw.slice(0, BEGINNING_BYTES)), bytes, cut: bytes > BEGINNING_BYTES };
  const lines = cut ? null : prettyJson(text);
  return lines ? { kind: 'json', lines, text } : { kind: 'text', text, bytes, cut };
}

async function readList({ ask, name, page, memory }: Reading): Promise<Result<Body, string>> {
  const length = await ask(['LLEN', name]);
  if (!length.ok) return err(length.error.message);
  const total = Number(length.value);
  const offset = Math.max(0, Math.min(page.offset, total - 1));
  const each = (memory ?? 0) / Math.max(1, total);
  const count = Math.max(1, Math.min(PAGE_ITEMS, Math.floor(MOST_PAGE_BYTES / Math.max(1, each))));
  const read = await ask(['LRANGE', name, String(offset), String(offset + count - 1)]);
  if (!read.ok) return err(read.error.message);
  const raw = textsOf(read.value);
  return ok({ body: { kind: 'list', total, offset, items: raw.map(cellOf) }, raw });
}

async function readMembers(
  { ask, name, page }: Reading,
  type: 'hash' | 'set',
): Promise<Result<Body, string>> {
  const [count, read] = await Promise.all([
    ask([type === 'hash' ? 'HLEN' : 'SCARD', name]),
    ask([type === 'hash' ? 'HSCAN' : 'SSCAN', name, page.cursor, 'COUNT', String(PAGE_ITEMS)]),
  ]);
  if (!count.ok) return err(count.error.message);
  if (!read.ok) return err(read.error.message);
  const [next, found] = listOf(read.value);
  const raw = textsOf(found);
  const rows = type === 'hash' ? pairs(raw) : raw.map((member) => [member]);
  return ok({
    body: {
      kind: 'table',
      type,
      total: Number(count.value),
      rows: rows.map((row) => row.map(cellOf)),
      next: textOf(next) === '0' ? null : textOf(next),
    },
    raw,
  });
}

async function readSorted({ ask, name, page }: Reading): Promise<Result<Body, string>> {
  const from = Number(page.cursor);
  const [count, read] = await Promise.all([
    ask(['ZCARD', name]),
    ask(['ZRANGE', name, page.cursor, String(from + PAGE_ITEMS - 1), 'WITHSCORES']),
  ]);
  if (!count.ok) return err(count.error.message);
  if (!read.ok) return err(read.error.message);
  const total = Number(count.value);
  const raw = textsOf(read.value);
  const next = from + PAGE_ITEMS < total ? String(from + PAGE_ITEMS) : null;
  const rows = pairs(raw).map((row) => row.map(cellOf));
  return ok({ body: { kind: 'table', type: 'zset', total, rows, next }, raw });
}

function pairs(words: readonly string[]): readonly (readonly string[])[] {
  const rows: string[][] = [];
  for (let at = 0; at + 1 < words.length; at += 2) rows.push([words[at] ?? '', words[at + 1] ?? '']);
  return rows;
}

function cellOf(raw: string): Cell {
  const cut = raw.length > ITEM_BYTES;
  const text = cut ? decodeCut(raw.slice(0, ITEM_BYTES)) : decodeBytes(raw);
  const bytes = raw.length;
  if (text !== null) return { text, hex: false, bytes, cut };
  return { text: hexDump(raw.slice(0, ITEM_BYTES / 4)), hex: true, bytes, cut: bytes > ITEM_BYTES / 4 };
}

/** So much of a value is read at a time, so that nothing else waits long. */
const PIECE_BYTES = 256 * 1024;
/** Hex takes five times the place. */
const MOST_HEX_BYTES = 1024 * 1024;

/** All of a string, as text or as hex; stops when the signal is aborted. */
export async function readWhole(
  ask: Ask,
  name: string,
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const length = await ask(['STRLEN', name]);
  if (!length.ok) return err(length.error.message);
  const bytes = Number(length.value);
  const decoder = pieceDecoder();
  const texts: (string | null)[] = [];
  let beginning = '';
  for (let at = 0; at < bytes; at += PIECE_BYTES) {
    if (signal.aborted) return err('It was cancelled.');
    const read = await ask(['GETRANGE', name, String(at), String(at + PIECE_BYTES - 1)]);
    if (!read.ok) return err(read.error.message);
    const piece = textOf(read.value);
    if (beginning.length < MOST_HEX_BYTES) beginning += piece;
    texts.push(decoder.add(piece));
  }
  texts.push(decoder.end());
  if (!texts.includes(null)) return ok(texts.join(''));
  const more = bytes > MOST_HEX_BYTES ? `\n… ${bytes} bytes in all; the first 1 MiB is shown` : '';
  return ok(hexDump(beginning.slice(0, MOST_HEX_BYTES)) + more);
}
