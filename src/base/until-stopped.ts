import type { Clock } from './clock.ts';

/** Why a command has to be ended. Once `done` is aborted it never resolves: the command ended first. */
export function untilStopped(
  clock: Clock,
  {
    timeoutMs,
    signal,
    done,
  }: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly done: AbortSignal },
): Promise<'timeout' | 'aborted'> {
  const timeout = clock.sleep(timeoutMs, done).then(
    (): 'timeout' => 'timeout',
    // The command ended first: this promise lost its race and nobody looks at it.
    () => new Promise<never>(() => undefined),
  );
  const aborted = new Promise<'aborted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true, signal: done });
  });
  return Promise.race([timeout, aborted]);
}
