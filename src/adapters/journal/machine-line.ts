/** What lines of waiting processes in a folder of the machine have in common. */
import { watch } from 'node:fs';
import { stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { deferred } from '../../base/deferred.ts';
import type { Clock } from '../../base/clock.ts';
import { errorCode } from './durable-files.ts';
import { holdLoop } from './holder.ts';
import type { Processes } from './process-identity.ts';

/** A place that nobody renewed for so long does not count for now. */
export const STALE_MS = 15_000;
/** Between two looks at what no file tells: that somebody died, or another limit. */
const LOOK_MS = process.platform === 'win32' ? 5_000 : 1_500;
/** Whoever has the lock needs it for some milliseconds. */
export const LOCK_MS = 30;

export interface LineDeps {
  readonly folder: string;
  readonly clock: Clock;
  readonly processes: Processes;
}

/** Says that somebody waits here; false when the place is gone. */
export async function renew({ clock }: Pick<LineDeps, 'clock'>, place: string): Promise<boolean> {
  const now = new Date(clock.now());
  return utimes(place, now, now).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
      return false;
    },
  );
}

/** Milliseconds since it was renewed; null when it is gone. */
export async function ageOf({ clock }: Pick<LineDeps, 'clock'>, place: string): Promise<number | null> {
  return stat(place).then(
    ({ mtimeMs }) => clock.now() - mtimeMs,
    (error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
      return null;
    },
  );
}

/** Under a lock that a death frees (see `holder.ts`); `locked` while another process has it. */
export async function tryUnderLock<T>(
  { folder, processes }: LineDeps,
  act: () => Promise<T>,
): Promise<T | 'locked'> {
  const lock = await holdLoop({ folder: join(folder, 'lock'), processes, answer: null });
  if (!lock.ok) {
    if (lock.error.kind === 'held') return 'locked';
    throw new Error(lock.error.message);
  }
  try {
    return await act();
  } finally {
    await lock.value.release();
  }
}

/** Resolves when a file came or went, or after a while; renewing a place is neither. */
export function changeIn({ folder, clock }: LineDeps, signal: AbortSignal): Promise<void> {
  const looking = new AbortController();
  const { promise, resolve } = deferred<void>();
  // A system without watchers left still has the clock.
  try {
    const watcher = watch(folder, { signal: looking.signal, persistent: false });
    watcher.on('change', (kind) => {
      if (kind === 'rename') resolve();
    });
    watcher.on('error', () => undefined);
  } catch (error) {
    if (errorCode(error) === '') throw error;
  }
  const slept = clock.sleep(LOOK_MS, AbortSignal.any([looking.signal, signal]));
  return Promise.race([promise, slept]).finally(() => looking.abort());
}
