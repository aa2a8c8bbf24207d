import type { DayReached } from '../domain/agents/day-budget.ts';

export interface DayRequest {
  /** The attempt's folder, which names what is set aside. */
  readonly folder: string;
  /** What the run is expected to cost; null: unknown. */
  readonly usd: number | null;
  /** The day whose limit a person has said may be passed. */
  readonly passed: string | null;
  /** The agent was started before: it is counted whatever the limit is. */
  readonly started: boolean;
}

export interface DayReservation {
  /** From here on it counts until it is settled, also when this process dies. */
  started(): Promise<void>;
  /** The agent ended; null: it told no price. */
  settle(costUsd: number | null): Promise<void>;
  /** Gives back what was set aside, unless it was started. */
  drop(): Promise<void>;
}

export interface DayStanding {
  readonly day: string;
  readonly spentUsd: number;
  /** Set aside for agents under way. */
  readonly heldUsd: number;
  readonly limitUsd: number;
}

/** What agents of all loops of the user may cost on one calendar day of this machine. */
export interface DayBudget {
  /** Waits while the ends of others may make room; rejects with the signal's reason. */
  reserve(
    request: DayRequest,
    onWait: (standing: DayStanding) => void,
    signal: AbortSignal,
  ): Promise<DayReservation | DayReached>;
  /** Resolves once a start of this price fits, or on another day. */
  room(reached: DayReached, signal: AbortSignal): Promise<void>;
  /** Null without a limit. */
  standing(): Promise<DayStanding | null>;
}
