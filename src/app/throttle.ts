import type { Clock } from '../base/clock.ts';

export interface Throttle<T> {
  push(key: string, value: T): void;
  /** Delivers what is held back at once. */
  flush(key: string): void;
  dispose(): void;
}

/** Delivers the newest value of each key at most once per interval; the last one is never lost. */
export function createThrottle<T>(
  intervalMs: number,
  clock: Clock,
  deliver: (value: T) => void,
): Throttle<T> {
  const waiting = new Map<string, T>();
  const resting = new Set<string>();
  const controller = new AbortController();

  const flush = (key: string): void => {
    if (!waiting.has(key)) return;
    const value = waiting.get(key) as T;
    waiting.delete(key);
    deliver(value);
  };
  const rest = async (key: string): Promise<void> => {
    resting.add(key);
    await clock.sleep(intervalMs, controller.signal).catch(() => undefined);
    resting.delete(key);
    if (controller.signal.aborted || !waiting.has(key)) return;
    flush(key);
    void rest(key);
  };
  return {
    push(key, value) {
      waiting.set(key, value);
      if (resting.has(key) || controller.signal.aborted) return;
      flush(key);
      void rest(key);
    },
    flush,
    dispose: () => controller.abort(),
  };
}
