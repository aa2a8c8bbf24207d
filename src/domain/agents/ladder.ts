import type { NudgeReceipt } from './signals.ts';
import type { AgentStatus } from './status.ts';

/** What was done about a suspected attempt so far. Times are epoch milliseconds. */
export interface Care {
  /** Nudges of the loop itself; those of a person are not counted. */
  readonly nudges: number;
  /** The newest nudge, whoever gave it. */
  readonly nudgedAt: number | null;
  /** Since when a person is asked what to do. */
  readonly askedAt: number | null;
  /** A person said that the attempt is fine as it is. */
  readonly leftAlone: boolean;
}

export const NO_CARE: Care = { nudges: 0, nudgedAt: null, askedAt: null, leftAlone: false };

export interface LadderLimits {
  /** Most nudges of the loop itself in one attempt. */
  readonly nudges: number;
  /** What a nudge gets to show an effect, in milliseconds. */
  readonly nudgeMs: number;
  /** Without an answer the attempt is ended and made again after so long; null: never. */
  readonly restartMs: number | null;
}

export const LADDER: LadderLimits = { nudges: 2, nudgeMs: 60_000, restartMs: 600_000 };

export type Rung = 'none' | 'nudge' | 'ask' | 'restart';

export interface LadderFacts {
  readonly status: AgentStatus;
  readonly care: Care;
  /** What became of the nudges, oldest first. */
  readonly receipts: readonly NudgeReceipt[];
  readonly now: number;
  readonly limits: LadderLimits;
}

/** Suspect, nudge, ask, restart: the next step for one running attempt. Nothing is done about one that shows life. */
export function nextRung({ status, care, receipts, now, limits }: LadderFacts): Rung {
  if (status !== 'stuck' || care.leftAlone) return 'none';
  if (care.askedAt !== null) {
    return limits.restartMs !== null && now - care.askedAt >= limits.restartMs ? 'restart' : 'none';
  }
  const refused = receipts.at(-1)?.state === 'refused';
  if (refused) return 'ask';
  if (care.nudgedAt !== null && now - care.nudgedAt < limits.nudgeMs) return 'none';
  return care.nudges < limits.nudges ? 'nudge' : 'ask';
}

export const NUDGE_TEXT =
  'You have shown no sign of work for a while. If something hangs, end it and take another way. If you are done, give your result.';
