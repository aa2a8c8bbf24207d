/** Tells once that the budget of the day is nearly spent: it is no loop's own, so no loop's row says it. */
import type { DayStanding } from '../../ports/day-budget.ts';
import { DAY_WARNING } from '../../domain/agents/day-budget.ts';
import type { Disposable, Listen } from '../../base/emitter.ts';

export interface DayWarningDeps {
  /** Some loop changed. */
  readonly onChange: Listen<void>;
  /** What agents of this window's loops have cost so far: where that stays as it is, nobody is asked. */
  readonly spentUsd: () => number;
  readonly today: () => Promise<DayStanding | null>;
  /** Told already, of this day and limit; kept over reloads. */
  readonly told: { get(): string | undefined; set(name: string): void };
  readonly show: (standing: DayStanding) => void;
}

/** Null while there is nothing to tell; else what it is of. */
export function nearlySpentDay(standing: DayStanding | null): string | null {
  if (standing === null) return null;
  const { day, spentUsd, limitUsd } = standing;
  // A limit of 0 says by itself that nothing may be spent.
  return limitUsd > 0 && spentUsd >= limitUsd * DAY_WARNING ? `${day}/${limitUsd}` : null;
}

export function watchDay({ onChange, spentUsd, today, told, show }: DayWarningDeps): Disposable {
  let known = 0;
  const look = async (): Promise<void> => {
    const standing = await today();
    const name = nearlySpentDay(standing);
    if (standing === null || name === null || told.get() === name) return;
    told.set(name);
    show(standing);
  };
  return onChange(() => {
    const spent = spentUsd();
    if (spent === known) return;
    known = spent;
    // Where it cannot be read nothing is told; the limit holds all the same.
    look().catch(() => undefined);
  });
}
