/** How much the account of a provider takes now, learned from how its agents ended. */

/** Without a time of the provider; doubled with each limit that no completed run came between. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;
/** A wait that a provider asks for is kept, but no slip of the pen holds an account for years. */
export const MOST_RETRY_MS = 86_400_000;
/** Everybody who waits hears of the same moment, and not every machine is to come back at it. */
const JITTER_SHARE = 0.1;
const LEAST_JITTER_MS = 250;
const MOST_JITTER_MS = 10_000;
/** So many completed runs in a row, and one more runs at the same time. */
export const GROW_AFTER = 3;

export interface AccountLimit {
  /** How many of its agents run at the same time; null: as many as the machine takes. */
  readonly most: number | null;
  /** Completed runs since `most` changed. */
  readonly successes: number;
  /** No agent starts before, epoch milliseconds; 0 where nothing was said. */
  readonly notBefore: number;
  /** Limits in a row that no completed run came between. */
  readonly limits: number;
  /** When it was limited last, epoch milliseconds; 0: never. */
  readonly limitedAt: number;
}

export const NO_LIMIT: AccountLimit = { most: null, successes: 0, notBefore: 0, limits: 0, limitedAt: 0 };

export interface RateLimited {
  readonly at: number;
  /** When the agent that was told had started. */
  readonly startedAt: number;
  /** When the provider takes more, epoch milliseconds; null where it did not say. */
  readonly retryAt: number | null;
  /** Agents of the account that ran, with this one. */
  readonly running: number;
  /** From 0 to 1. */
  readonly random: number;
}

/**
 * Nobody starts before the provider's time, and half as many run afterwards. Those that had started before the account was
 * limited hear the same limit again: they make the wait longer where they were told so, and halve nothing.
 */
export function limitedAccount(limit: AccountLimit, said: RateLimited): AccountLimit {
  const again = limit.limitedAt > 0 && said.startedAt <= limit.limitedAt;
  const limits = again ? limit.limits : limit.limits + 1;
  const own = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(20, Math.max(0, limits - 1)));
  const wait = said.retryAt === null ? own : Math.min(MOST_RETRY_MS, Math.max(0, said.retryAt - said.at));
  const span = Math.min(MOST_JITTER_MS, Math.max(LEAST_JITTER_MS, wait * JITTER_SHARE));
  const running = Math.max(1, said.running);
  return {
    most: again ? limit.most : Math.max(1, Math.floor(Math.min(limit.most ?? running, running) / 2)),
    successes: 0,
    notBefore: Math.max(limit.notBefore, Math.ceil(said.at + wait + span * said.random)),
    limits,
    limitedAt: Math.max(limit.limitedAt, said.at),
  };
}

/** `machine`: how many agents run on it at most; an account that takes as many has no limit of its own any more. */
export function completedRun(limit: AccountLimit, machine: number): AccountLimit {
  if (limit.most === null) return limit.limits === 0 ? limit : { ...limit, limits: 0 };
  if (limit.successes + 1 < GROW_AFTER) return { ...limit, limits: 0, successes: limit.successes + 1 };
  const most = limit.most + 1;
  return { ...limit, limits: 0, successes: 0, most: most >= machine ? null : most };
}

export interface AccountState {
  readonly limit: AccountLimit;
  /** When one agent may try an account whose circuit is open, epoch milliseconds; null: closed. */
  readonly openUntil: number | null;
}

/** Why no further agent of an account starts. `most`: so many run already. */
export type AccountHold =
  | { readonly kind: 'rate-limit' | 'errors'; readonly until: number }
  | { readonly kind: 'most'; readonly most: number };

/** Null while one more may start. Of an open circuit one agent is the trial, whatever the account takes otherwise. */
export function holdOf({ limit, openUntil }: AccountState, running: number, now: number): AccountHold | null {
  if (now < limit.notBefore && limit.notBefore >= (openUntil ?? 0))
    return { kind: 'rate-limit', until: limit.notBefore };
  if (openUntil !== null && now < openUntil) return { kind: 'errors', until: openUntil };
  const most = openUntil === null ? limit.most : 1;
  return most !== null && running >= most ? { kind: 'most', most } : null;
}

export interface Turn {
  /** Those before that take a slot of the machine first. */
  readonly ahead: number;
  /** Why the account keeps it; null: only slots of the machine are waited for. */
  readonly hold: AccountHold | null;
}

/**
 * Who waits takes slots in turn, except where an account takes no more: those behind pass, and nobody of the same account
 * does. `line`: the accounts of those before, null for what belongs to none.
 */
export function turnOf(
  line: readonly (string | null)[],
  own: string | null,
  holdFor: (account: string, more: number) => AccountHold | null,
): Turn {
  const taken = new Map<string, number>();
  let ahead = 0;
  for (const account of line) {
    if (account !== null) {
      const more = taken.get(account) ?? 0;
      if (holdFor(account, more) !== null) continue;
      taken.set(account, more + 1);
    }
    ahead += 1;
  }
  return { ahead, hold: own === null ? null : holdFor(own, taken.get(own) ?? 0) };
}
