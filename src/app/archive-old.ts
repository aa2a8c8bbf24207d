import type { CleanUpDeps } from './clean-up.ts';
import { storedView } from './stored-view.ts';

export interface ArchiveOldRequest {
  readonly olderThanMs: number;
  /** Ends it between two loops. */
  readonly signal: AbortSignal;
}

/**
 * Archives journal and transcripts of loops that ended long ago; git is left alone. Goes on in the background of a
 * loop that was just started, so whatever fails is logged and tried again some other day. Returns how many it was.
 */
export async function archiveOld(
  deps: Pick<CleanUpDeps, 'clock' | 'logger' | 'store' | 'files' | 'storage'>,
  { olderThanMs, signal }: ArchiveOldRequest,
): Promise<number> {
  const lease = await deps.store.lease();
  // Somebody cleans up just now.
  if (!lease.ok) return 0;
  let archived = 0;
  try {
    const before = deps.clock.now() - olderThanMs;
    for (const taskId of await deps.storage.tasks()) {
      if (signal.aborted) break;
      if (!(await isDue(deps, taskId, before))) continue;
      const holder = await deps.store.care(taskId);
      if (!holder.ok) continue;
      const done = await deps.storage.archive(taskId);
      await holder.value.release();
      if (done.ok) archived += 1;
      else deps.logger.warn(done.error, { taskId });
    }
  } finally {
    await lease.value.release();
  }
  if (archived > 0) deps.logger.info(`Archived the journals and transcripts of ${archived} old loops.`);
  return archived;
}

async function isDue(
  deps: Pick<CleanUpDeps, 'logger' | 'store' | 'files' | 'storage'>,
  taskId: string,
  before: number,
): Promise<boolean> {
  if (await deps.storage.archived(taskId)) return false;
  if (!(await deps.store.exists(taskId))) return false;
  const view = await storedView(deps, taskId);
  return (
    view.ok && view.value.outcome !== null && view.value.endedAt !== null && view.value.endedAt <= before
  );
}
