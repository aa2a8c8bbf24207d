import * as l10n from '@vscode/l10n';
import { duration } from '../kit/age.tsx';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long a key has left, of milliseconds: `0:24`, `58 m`, `23 h`, `3 d`. */
export function leftText(ms: number): string {
  if (ms >= 2 * DAY) return l10n.t('{0} d', Math.floor(ms / DAY));
  if (ms >= HOUR) return l10n.t('{0} h', Math.floor(ms / HOUR));
  return ms >= 10 * MINUTE ? l10n.t('{0} m', Math.floor(ms / MINUTE)) : duration(ms);
}
