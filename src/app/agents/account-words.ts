import { DAY_WARNING } from '../../domain/agents/day-budget.ts';
import type { AccountHold } from '../../domain/agents/account-limit.ts';
import type { DayStanding } from '../../ports/day-budget.ts';
import type { AccountStanding } from '../../ports/agent-slots.ts';

/** As a clock on the wall tells it, here; with the day where it is another one. */
export function clockTime(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const two = (part: number) => String(part).padStart(2, '0');
  const time = [then.getHours(), then.getMinutes(), then.getSeconds()].map(two).join(':');
  if (then.toDateString() === today.toDateString()) return time;
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())} ${time}`;
}

/** `claude waits until 12:03:10 (rate limit)` */
export function holdWords(name: string, hold: AccountHold, now: number): string {
  switch (hold.kind) {
    case 'rate-limit':
      return `${name} waits until ${clockTime(hold.until, now)} (rate limit)`;
    case 'errors':
      return `${name} waits until ${clockTime(hold.until, now)} ([ERROR] Circuit breaker: Too many failures)`;
    case 'most':
      return `${name} runs ${hold.most} at a time (rate limit)`;
  }
}

/** `waits for claude until 14:32`, in the row of an agent. */
export function waitsForWords(name: string, hold: AccountHold, now: number): string {
  if (hold.kind === 'most') return `waits for ${name}, which takes ${hold.most} at a time`;
  return `waits for ${name} until ${clockTime(hold.until, now).replace(/:\d\d$/, '')}`;
}

/** How an account stands that is limited or fails, in one line; null where nothing keeps its agents. */
export function standingWords(standing: AccountStanding, now: number): string | null {
  const { name, hold, most, errors, lastError } = standing;
  const error = errors > 0 && lastError !== null ? `; ${errors} errors in a row, the last: ${lastError}` : '';
  if (hold !== null) return `${holdWords(name, hold, now)}${hold.kind === 'errors' ? error : ''}`;
  return most === null ? null : `${name} runs at most ${most} at a time (rate limit)`;
}

/** `today $4.10 of $5.00, $0.40 more set aside for agents under way: nearly spent` */
export function todayWords({ spentUsd, heldUsd, limitUsd }: DayStanding): string {
  const held = heldUsd > 0 ? `, $${heldUsd.toFixed(2)} more set aside for agents under way` : '';
  const share = limitUsd === 0 ? 1 : spentUsd / limitUsd;
  const left = share >= 1 ? ': spent' : share >= DAY_WARNING ? ': nearly spent' : '';
  return `today $${spentUsd.toFixed(2)} of $${limitUsd.toFixed(2)} a day over all loops of this machine${held}${left}`;
}
