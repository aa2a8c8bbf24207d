import { encodeText } from '../../base/byte-text.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { RespValue, StoreCommands } from '../../ports/store-commands.ts';
import { listOfTaken, TTL_SECONDS } from '../../protocol/keys.ts';
import { transact, type Command } from '../coordination/transact.ts';
import type { KeyEdit } from './consequences.ts';

/** What was seen of the key when the edit was begun. */
export interface Seen {
  readonly type: string;
  /** As `KeyValue.raw`. */
  readonly raw: readonly string[];
  /** Of a list: the number of the first item of `raw`. */
  readonly offset: number;
}

const CHANGED = 'The key was changed meanwhile; look at it again.';

/**
 * Makes one change by hand on a connection of its own. It is made only if the key still holds what the person saw,
 * and as one transaction.
 */
export async function applyEdit(
  store: StoreCommands,
  edit: KeyEdit,
  seen: Seen | null,
): Promise<Result<void, string>> {
  const watched = await store.command(['WATCH', edit.key]);
  if (!watched.ok) return err(watched.error.message);
  const same = await stillSame(store, edit, seen);
  if (!same.ok) return same;
  const commands = commandsOf(edit, seen, same.value);
  if (!commands.ok) return commands;
  const done = await transact(store, commands.value);
  if (!done.ok) return err(done.error.message);
  return done.value === null ? err(CHANGED) : ok(undefined);
}

/** The answer that says so. */
async function stillSame(
  store: StoreCommands,
  edit: KeyEdit,
  seen: Seen | null,
): Promise<Result<RespValue, string>> {
  const check = checkOf(edit, seen);
  if (typeof check === 'string') return err(check);
  const now = await store.command(check.words);
  if (!now.ok) return err(now.error.message);
  return check.holds(now.value) ? now : err(CHANGED);
}

interface Check {
  readonly words: Command;
  readonly holds: (value: RespValue) => boolean;
}

/** How to find out that the key is as it was seen; a text when it was not seen well enough. */
function checkOf(edit: KeyEdit, seen: Seen | null): Check | string {
  const is = (words: Command, expected: string | undefined): Check | string =>
    expected === undefined
      ? 'Only what is shown whole can be changed; look at it first.'
      : { words, holds: (value) => value === expected };
  switch (edit.kind) {
    case 'set':
      return is(['GET', edit.key], seen?.type === 'string' ? seen.raw[0] : undefined);
    case 'item':
    case 'redeliver':
      return is(['LINDEX', edit.key, String(edit.index)], itemOf(seen, edit.index));
    case 'field':
      return is(['HGET', edit.key, edit.field], fieldOf(seen, edit.field));
    case 'delete':
    case 'expire':
      return { words: ['EXISTS', edit.key], holds: (value) => value === 1 };
    case 'push':
      return { words: ['TYPE', edit.key], holds: (value) => value === 'list' || value === 'none' };
  }
}

const itemOf = (seen: Seen | null, index: number): string | undefined =>
  seen?.type === 'list' ? seen.raw[index - seen.offset] : undefined;

function fieldOf(seen: Seen | null, field: string): string | undefined {
  if (seen?.type !== 'hash') return undefined;
  const at = seen.raw.findIndex((word, index) => index % 2 === 0 && word === field);
  return at < 0 ? undefined : seen.raw[at + 1];
}

function commandsOf(edit: KeyEdit, seen: Seen | null, found: RespValue): Result<readonly Command[], string> {
  const { key } = edit;
  switch (edit.kind) {
    case 'set':
      return ok([['SET', key, encodeText(edit.text), 'KEEPTTL']]);
    case 'item':
      return ok([['LSET', key, String(edit.index), encodeText(edit.text)]]);
    case 'field':
      return ok([['HSET', key, edit.field, encodeText(edit.text)]]);
    case 'expire':
      return ok([edit.seconds === null ? ['PERSIST', key] : ['EXPIRE', key, String(edit.seconds)]]);
    case 'delete':
      return ok([['DEL', key]]);
    case 'push':
      return ok(pushOf(key, encodeText(edit.text), found === 'none'));
    case 'redeliver':
      return ok(redeliverOf(key, itemOf(seen, edit.index) ?? ''));
  }
}

/** A list that this message begins gets an end, as every key of coordination has one. */
function pushOf(key: string, item: string, fresh: boolean): readonly Command[] {
  const push = ['LPUSH', key, item];
  return fresh ? [push, ['EXPIRE', key, String(TTL_SECONDS.coordination)]] : [push];
}

/** The same bytes again; what a taker held aside goes back to the list that it was taken from. */
function redeliverOf(key: string, item: string): readonly Command[] {
  const list = listOfTaken(key);
  if (list === null) return [['LPUSH', key, item]];
  // The mark behind the message stays, as long as the taker keeps the key.
  return [
    ['LREM', key, '1', item],
    ['RPUSH', list, item],
    ['EXPIRE', list, String(TTL_SECONDS.coordination)],
  ];
}

/** For the record: what was done, by size and hash, never the value itself. */
export function recordOf(
  edit: KeyEdit,
  facts: { readonly leftMs: number | null; readonly hash: (text: string) => string },
): { readonly action: string; readonly detail: string } {
  const sized = (text: string): string =>
    `${encodeText(text).length} bytes, sha256 ${facts.hash(text).slice(0, 12)}…`;
  switch (edit.kind) {
    case 'set':
      return { action: 'changed', detail: sized(edit.text) };
    case 'item':
      return { action: `changed item ${edit.index} of`, detail: sized(edit.text) };
    case 'field':
      return { action: 'changed a field of', detail: sized(edit.text) };
    case 'expire':
      return {
        action: 'changed the TTL of',
        detail: `from ${ttlText(facts.leftMs)} to ${ttlText(edit.seconds === null ? null : edit.seconds * 1000)}`,
      };
    case 'delete':
      return { action: 'deleted', detail: '' };
    case 'push':
      return { action: 'pushed a message to', detail: sized(edit.text) };
    case 'redeliver':
      return { action: 'delivered a message again to', detail: '' };
  }
}

/** `5:00`, `23 h`, `none`. */
export function ttlText(ms: number | null): string {
  if (ms === null) return 'none';
  const seconds = Math.ceil(ms / 1000);
  if (seconds >= 36_000) return `${Math.round(seconds / 3600)} h`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}
