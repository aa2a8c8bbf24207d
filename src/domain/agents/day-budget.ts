/** What agents of all loops of a machine cost on one day, and who may still start. */

/** Ten times 0.1 is not 1.0 in binary fractions; nobody is to be held up by that. */
const HAIR = 1e-9;
/** The share of a day's budget at which it is said that it is nearly spent. */
export const DAY_WARNING = 0.8;

export interface DayEntry {
  /** Set aside at the start; null: its price is unknown. */
  readonly reservedUsd: number | null;
  /** What it told at its end; null where it told nothing. */
  readonly toldUsd: number | null;
  readonly ended: boolean;
}

/** Who ended without telling a price counts with what was set aside. */
export const spentToday = (entries: readonly DayEntry[]): number =>
  entries.reduce(
    (sum, { ended, toldUsd, reservedUsd }) => sum + (ended ? (toldUsd ?? reservedUsd ?? 0) : 0),
    0,
  );

export const heldToday = (entries: readonly DayEntry[]): number =>
  entries.reduce((sum, { ended, reservedUsd }) => sum + (ended ? 0 : (reservedUsd ?? 0)), 0);

/**
 * `later`: it may fit once others have ended, so it waits for them. `reached`: it does not fit whatever they cost. Of unknown
 * price there is one at a time, and only while something is left.
 */
export function dayAllows(
  entries: readonly DayEntry[],
  usd: number | null,
  limitUsd: number,
): 'now' | 'later' | 'reached' {
  const spent = spentToday(entries);
  const taken = spent + heldToday(entries);
  if (usd === null) {
    if (spent >= limitUsd - HAIR) return 'reached';
    const alone = entries.every(({ ended, reservedUsd }) => ended || reservedUsd !== null);
    return alone && taken < limitUsd - HAIR ? 'now' : 'later';
  }
  if (spent + usd > limitUsd + HAIR) return 'reached';
  return taken + usd > limitUsd + HAIR ? 'later' : 'now';
}

export interface DayReached {
  /** `2026-11-27`, as the machine's calendar has it. */
  readonly day: string;
  readonly spentUsd: number;
  readonly limitUsd: number;
  /** What the start would have set aside; null: unknown. */
  readonly usd: number | null;
}

const dollars = (usd: number): string => `$${usd.toFixed(2)}`;

/** In a sentence, for the person whose loop waits. */
export function dayReachedText({ day, spentUsd, limitUsd, usd }: DayReached, who: string): string {
  const next = usd === null ? `${who} is not started` : `${who} is expected to cost ${dollars(usd)}`;
  return `The budget of the day is reached: ${dollars(spentUsd)} of ${dollars(limitUsd)} on ${day}, over all loops of this machine. ${next}. The loop goes on tomorrow, or when the limit is raised; PROCEED goes past it for today.`;
}
