/** How an agent's status is put into words for people; pure, so that every word can be tested. */
import type { AgentStatus, StatusFact } from '../../domain/agents/status.ts';

export const STATUS_WORDS: Readonly<Record<AgentStatus, string>> = {
  queued: 'queued',
  working: 'working',
  quiet: 'quiet',
  stuck: 'stuck?',
  'waiting-for-you': 'waiting for you',
  'rate-limited': 'rate-limited',
  done: 'done',
  failed: 'failed',
  lost: 'lost',
  cancelled: 'cancelled',
};

/** `3 s`, `2:10`, `1:02:10`; never negative. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const tail = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** `$1.20`; an unknown price is never shown as 0. */
export const usdText = (usd: number | null): string =>
  usd === null ? 'unknown price' : `$${usd.toFixed(2)}`;

/** `changed src/a.ts 3 s ago`, `no output 6:02`, `next try in 1:12`; `words` may tell ages in another way. */
export function factText({ text, at, age }: StatusFact, now: number, words = ageText): string {
  if (at === null || age === null) return text;
  if (age === 'until') return `${text} in ${words(at - now)}`;
  return `${text} ${words(now - at)}${age === 'ago' ? ' ago' : ''}`;
}
