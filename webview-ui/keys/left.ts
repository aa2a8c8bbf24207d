import { duration } from '../kit/age.tsx';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long a key has left, of milliseconds: `0:24`, `58 m`, `23 h`, `3 d`. */
export function leftText(ms: number): string {
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)} d`;
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)} h`;
  return ms >= 10 * MINUTE ? `${Math.floor(ms / MINUTE)} m` : duration(ms);
}
