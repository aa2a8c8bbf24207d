/**
 * Taking a message off a list so that it is not lost when its taker dies. It is moved aside, and only the
 * acknowledgement ends it; what a dead taker held goes back to the front of the list. A message may so be
 * seen twice, never not at all.
 */
import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { StoreCommands } from '../../ports/store-commands.ts';
import { takenKeys, type CoordinationKey } from '../../protocol/keys.ts';
import { texts, transact } from './transact.ts';

export interface TakeRequest {
  readonly list: CoordinationKey;
  /** Of the keys that hold what is taken. */
  readonly ttlSeconds: number;
  readonly timeoutMs: number;
  /** A fresh random word for this one call. */
  readonly taker: string;
  /** Milliseconds of any clock that does not jump. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface Taken {
  readonly text: string;
  /** Without it the message comes back for others once the lease is over. False: it had come back already. */
  acknowledge(): Promise<Result<boolean, CoordinationError>>;
}

/** A wait is made of pieces; before each one the dead are looked for and the own lease is renewed. */
export const PIECE_MS = 2000;
export const LEASE_GRACE_MS = 5000;

/** The oldest message of the list, `null` when none came in time. An abort closes the connection. */
export async function take(
  store: StoreCommands,
  request: TakeRequest,
): Promise<Result<Taken | null, CoordinationError>> {
  const cutOff = (): void => store.close();
  request.signal.addEventListener('abort', cutOff, { once: true });
  try {
    if (request.signal.aborted) return err({ kind: 'unavailable', message: 'cancelled' });
    const taken = await waitForOne(store, request);
    return request.signal.aborted && !taken.ok ? err({ kind: 'unavailable', message: 'cancelled' }) : taken;
  } finally {
    request.signal.removeEventListener('abort', cutOff);
  }
}

async function waitForOne(
  store: StoreCommands,
  request: TakeRequest,
): Promise<Result<Taken | null, CoordinationError>> {
  const { list, taker, timeoutMs, now } = request;
  const held = takenKeys(list).held(taker).name;
  const end = now() + timeoutMs;
  for (let left = timeoutMs; left > 0; left = end - now()) {
    const returned = await returnAbandoned(store, request);
    if (!returned.ok) return returned;
    // A wait of 0 would have no end.
    const piece = Math.max(1, Math.min(left, PIECE_MS));
    const claimed = await claim(store, request);
    if (!claimed.ok) return claimed;
    const words = ['BLMOVE', list.name, held, 'RIGHT', 'LEFT', (piece / 1000).toFixed(3)];
    const moved = await store.command(words, { deadlineMs: piece + LEASE_GRACE_MS });
    if (!moved.ok) return moved;
    if (typeof moved.value === 'string') {
      return ok({ text: moved.value, acknowledge: () => release(store, request) });
    }
  }
  const released = await release(store, request);
  return released.ok ? ok(null) : released;
}

/**
 * The mark is there before any message is, so that what a dying taker holds has its TTL already. Done for each
 * piece, since a taker that slept too long was taken for dead.
 */
function claim(store: StoreCommands, { list, taker, ttlSeconds }: TakeRequest) {
  const { takers, held, lease } = takenKeys(list);
  const mine = held(taker).name;
  const ttl = String(ttlSeconds);
  return transact(store, [
    ['SET', lease(taker).name, '1', 'PX', String(PIECE_MS + LEASE_GRACE_MS)],
    ['SADD', takers.name, taker],
    ['EXPIRE', takers.name, ttl],
    ['LREM', mine, '0', ''],
    ['RPUSH', mine, ''],
    ['EXPIRE', mine, ttl],
  ]);
}

async function release(
  store: StoreCommands,
  { list, taker }: TakeRequest,
): Promise<Result<boolean, CoordinationError>> {
  const { takers, held, lease } = takenKeys(list);
  const done = await transact(store, [
    ['DEL', held(taker).name],
    ['DEL', lease(taker).name],
    ['SREM', takers.name, taker],
  ]);
  return done.ok ? ok(done.value?.[0] === 1) : done;
}

async function returnAbandoned(
  store: StoreCommands,
  request: TakeRequest,
): Promise<Result<void, CoordinationError>> {
  const { takers, lease } = takenKeys(request.list);
  const members = await store.command(['SMEMBERS', takers.name]);
  if (!members.ok) return members;
  for (const other of texts(members.value)) {
    if (other === request.taker) continue;
    const living = await store.command(['EXISTS', lease(other).name]);
    if (!living.ok) return living;
    if (living.value === 1) continue;
    const returned = await returnHeld(store, request, other);
    if (!returned.ok) return returned;
  }
  return ok(undefined);
}

/** Watched, because its taker may come back and others may be about to do the same. */
async function returnHeld(
  store: StoreCommands,
  { list, ttlSeconds }: TakeRequest,
  other: string,
): Promise<Result<void, CoordinationError>> {
  const { takers, held, lease } = takenKeys(list);
  const from = held(other).name;
  const watched = await store.command(['WATCH', from, lease(other).name]);
  if (!watched.ok) return watched;
  const length = await store.command(['LLEN', from]);
  if (!length.ok) return length;
  const messages = typeof length.value === 'number' ? Math.max(0, length.value - 1) : 0;
  const back = ['LMOVE', from, list.name, 'LEFT', 'RIGHT'];
  const returned = await transact(store, [
    ...Array.from({ length: messages }, () => back),
    ...(messages === 0 ? [] : [['EXPIRE', list.name, String(ttlSeconds)]]),
    ['DEL', from],
    ['SREM', takers.name, other],
  ]);
  return returned.ok ? ok(undefined) : returned;
}
