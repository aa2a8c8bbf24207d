import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';

const listeners = new Set<() => void>();
setInterval(() => {
  for (const listener of listeners) listener();
}, 1000);

/** Epoch milliseconds, again each second. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return undefined;
    const tick = () => setNow(Date.now());
    listeners.add(tick);
    return () => {
      listeners.delete(tick);
    };
  }, [running]);
  return now;
}

const two = (value: number) => String(value).padStart(2, '0');

/** `4:05`, `1:02:03`; of milliseconds. */
export function duration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

/** `3 s`, `6:02`; of milliseconds. */
export const age = (ms: number): string =>
  ms < 60_000 ? l10n.t('{0} s', Math.max(0, Math.floor(ms / 1000))) : duration(ms);

/** A time that the panel's own clock keeps up to date; `end` null: it goes on. */
export function Age({ start, end = null }: { readonly start: number; readonly end?: number | null }) {
  const now = useNow(end === null);
  return <span class="age">{duration((end ?? now) - start)}</span>;
}
