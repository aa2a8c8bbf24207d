/** A reader or a virus scanner that has a file open makes Windows refuse a rename for a moment. */
const PASSING: ReadonlySet<unknown> = new Set(['EPERM', 'EACCES', 'EBUSY']);
const PAUSES_MS = [10, 20, 30, 40, 50, 60, 70, 80, 90] as const;

function isPassing(error: unknown, platform: string): boolean {
  return platform === 'win32' && error instanceof Error && 'code' in error && PASSING.has(error.code);
}

/** Does something to a file that Windows may refuse for a moment; elsewhere once. */
export async function patiently<T>(
  action: () => Promise<T>,
  platform: string,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<T> {
  for (const ms of PAUSES_MS) {
    try {
      return await action();
    } catch (error) {
      if (!isPassing(error, platform)) throw error;
      await pause(ms);
    }
  }
  return action();
}

/** `patiently` for those who must not let anything else run meanwhile. */
export function patientlySync<T>(
  action: () => T,
  platform: string,
  pause: (ms: number) => void = (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
): T {
  for (const ms of PAUSES_MS) {
    try {
      return action();
    } catch (error) {
      if (!isPassing(error, platform)) throw error;
      pause(ms);
    }
  }
  return action();
}
