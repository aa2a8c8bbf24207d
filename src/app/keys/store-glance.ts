import type { Clock } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { HandChanges } from '../../ports/hand-changes.ts';
import type { StoreCommands } from '../../ports/store-commands.ts';
import { KEY_PATTERNS } from '../../protocol/keys.ts';
import type { KeyBrowser, StoreFacts } from './key-browser.ts';
import { listOf, textOf, textsOf } from './resp-words.ts';
import { createRowFacts } from './row-facts.ts';
import { waitsOf } from './waits.ts';

/** The store at one moment, for a row or two about it. */
export interface StoreSummary extends Pick<KeyBrowser, 'waits' | 'locks' | 'changes'> {
  readonly state:
    | { readonly kind: 'ended' }
    | { readonly kind: 'up'; readonly behind: string }
    | { readonly kind: 'down'; readonly behind: string; readonly problem: string };
  readonly size: StoreFacts['size'];
}

export interface StoreGlance {
  /** Starts nothing. */
  look(signal: AbortSignal): Promise<StoreSummary>;
}

export interface StoreGlanceDeps {
  /** Null: no store runs. */
  readonly connect: (signal: AbortSignal) => Promise<Result<StoreCommands | null, CoordinationError>>;
  readonly changes: HandChanges;
  readonly clock: Clock;
}

const NEWEST_CHANGES = 5;
/** Among millions of keys of others a lock may stay unseen; it is not worth reading them all. */
const LOCK_PAGES = 10;
const LOCK_PAGE_KEYS = '1000';
const MOST_LOCKS = 20;

/** Looks at the store as it is, without keeping a connection or a name. */
export function createStoreGlance({ connect, changes, clock }: StoreGlanceDeps): StoreGlance {
  return {
    look: async (signal) => {
      const { changes: newest, count } = await changes.recent(NEWEST_CHANGES);
      const nothing = {
        size: null,
        waits: [],
        locks: [],
        changes: { newest, count, file: changes.file },
      };
      const store = await connect(signal);
      if (!store.ok) {
        return { ...nothing, state: { kind: 'down', behind: '', problem: store.error.message } };
      }
      if (store.value === null) return { ...nothing, state: { kind: 'ended' } };
      try {
        return { ...nothing, ...(await lookAt(store.value, clock)) };
      } finally {
        store.value.close();
      }
    },
  };
}

async function lookAt(
  store: StoreCommands,
  clock: Clock,
): Promise<Pick<StoreSummary, 'state'> & Partial<StoreSummary>> {
  const reply = await store.command(['CFN.STATE']);
  if (!reply.ok) return { state: { kind: 'down', behind: '', problem: reply.error.message } };
  const [serves, , problem = '', behind = ''] = textsOf(reply.value);
  if (serves !== 'up') return { state: { kind: 'down', behind, problem } };
  const [size, waits, locks] = await Promise.all([
    store.command(['CFN.KEYSPACE']),
    store.command(['CFN.WAITS']),
    locksOf(store, clock),
  ]);
  const [keys, exact] = size.ok ? listOf(size.value) : [];
  return {
    state: { kind: 'up', behind },
    size: keys === undefined ? null : { keys: Number(keys), exact: exact === 'exact' },
    waits: waits.ok ? waitsOf(waits.value, clock.now()) : [],
    locks,
  };
}

async function locksOf(store: StoreCommands, clock: Clock): Promise<StoreSummary['locks']> {
  const names = new Set<string>();
  let cursor = '0';
  for (let page = 0; page < LOCK_PAGES && names.size < MOST_LOCKS; page += 1) {
    const reply = await store.command(['SCAN', cursor, 'MATCH', KEY_PATTERNS.locks, 'COUNT', LOCK_PAGE_KEYS]);
    if (!reply.ok) break;
    const [next, found] = listOf(reply.value);
    for (const name of textsOf(found)) names.add(name);
    cursor = textOf(next);
    if (cursor === '0') break;
  }
  const facts = createRowFacts({ ask: (words) => store.command(words), clock });
  const shown = Array.from(names).slice(0, MOST_LOCKS);
  const { gone } = await facts.refresh(shown, 0);
  return shown
    .filter((name) => !gone.includes(name))
    .sort()
    .map((name) => ({ name, facts: facts.get(name) }));
}
