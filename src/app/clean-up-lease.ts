import type { Result } from '../base/result.ts';
import type { LoopStore } from '../ports/journal.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';

/** One clean-up of a repository at a time. */
export async function cleanUpAlone<T>(
  store: Pick<LoopStore, 'lease'>,
  work: () => Promise<Result<T, LoopError>>,
): Promise<Result<T, LoopError>> {
  const lease = await store.lease();
  if (!lease.ok) {
    return lease.error.kind === 'held'
      ? fail('state', `Process ${lease.error.pid} is cleaning this repository up; wait for it.`)
      : fail('internal', lease.error.message);
  }
  try {
    return await work();
  } finally {
    await lease.value.release();
  }
}
